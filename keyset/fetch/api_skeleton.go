// Package fetch brings a keyset from one controller to another under a security token.
package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"time"

	"vns3/peering"
)

// ALPN is the protocol that the API's TLS listener hands over to Server.Serve.
const ALPN = "vns3-keyset/1"

// Source is the controller that a Server speaks for.
type Source interface {
	// Offer returns what may be fetched now. The error is ErrNoKeyset where there is nothing.
	Offer() (Bundle, error)
}

// ErrNoKeyset is returned by a Source that has no keyset.
var ErrNoKeyset = errors.New("this controller has no keyset")

// ServerOptions is what a Server needs.
type ServerOptions struct {
	Source Source
	State  State                 // as Save got it last
	Save   func(State)           // keeps failures over a restart; called in order
	Near   func(netip.Addr) bool // on-link and peer addresses; private ones are near anyhow
	Events func(Event)
	Now    func() time.Time // nil: time.Now
}

// State is what a Server remembers of wrong tokens. Its JSON is for a file.
type State struct{}

// Event is something that an administrator should know of.
type Event struct {
	Kind EventKind
	From netip.Addr
}

// EventKind says what happened.
type EventKind uint8

// Status is the state of a source.
type Status struct {
	Open     bool // others may fetch from here
	Failures int  // wrong tokens since the last success or re-arm
	LastAt   time.Time
	LastFrom netip.Addr
}

// Server gives the keyset to controllers that prove its token.
type Server struct{}

// NewServer returns a source of the keyset.
func NewServer(o ServerOptions) *Server { return &Server{} }

// Serve carries out one fetch over a connection and closes it. It handshakes, if that was not done.
func (s *Server) Serve(ctx context.Context, conn *tls.Conn) { conn.Close() }

// Status returns the state of the source.
func (s *Server) Status() Status { return Status{} }

// Rearm opens a source that was closed by too many wrong tokens.
func (s *Server) Rearm() {}

// Stage is a part of a fetch.
type Stage uint8

// Step is the progress of a stage.
type Step struct {
	Stage Stage
	Done  bool
	Text  string // what was found: "it is vns3 1.0, controller 1, \"Acme overlay\""
	Took  time.Duration
}

// Options is what a fetch needs.
type Options struct {
	Source   string // HOST[:PORT], port 8000 if none
	Token    string
	Dial     func(ctx context.Context, network, address string) (net.Conn, error) // nil: net.Dialer
	Progress func(Step)                                                           // nil: nobody watches
	Guard    *TokenGuard                                                          // nil: none
	Now      func() time.Time                                                     // nil: time.Now
}

// TokenGuard keeps a token that was just refused from being tried again at once.
type TokenGuard struct{}

// Fetch brings the keyset. Nothing is written: Bundle.Save does. Errors are *Error, or that of ctx.
func Fetch(ctx context.Context, o Options) (*Bundle, error) { return nil, errors.New("not yet") }

// Suggest proposes a peering table from the source's: its own row becomes the address fetched from, the
// row that is an address of this machine becomes "this instance". Notes say why, by ID.
func Suggest(b *Bundle, source string, local func(netip.Addr) bool) (peering.Table, map[int]string) {
	return peering.Table{}, nil
}
