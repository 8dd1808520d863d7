package fetch

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// ALPN is the protocol that the TLS listener on TCP 8000 hands over to Server.Serve.
const ALPN = "vns3-keyset/1"

// ErrNoKeyset is returned by a Source that has no keyset.
var ErrNoKeyset = errors.New("this controller has no keyset")

// Source is the controller that a Server speaks for.
type Source interface {
	// Offer returns what may be fetched now, Token included. The error is ErrNoKeyset where there is none.
	Offer() (*Bundle, error)
}

// ServerOptions is what a Server needs.
type ServerOptions struct {
	Source Source
	State  State                 // as Save got it last
	Save   func(State)           // keeps failures over a restart; never called twice at once; nil: nobody
	Near   func(netip.Addr) bool // on-link and peer addresses; private ones are near anyhow; nil: none
	Events func(Event)           // must not block; nil: nobody
	Now    func() time.Time      // nil: time.Now
}

// EventKind says what happened at a source.
type EventKind uint8

// The kinds of events.
const (
	Served        EventKind = iota // a controller fetched the keyset
	TokenRefused                   // a wrong token was tried
	SourceClosed                   // one wrong token too many: the source takes no more
	SourceRearmed                  //
)

// Event is something at a source that an administrator should know of.
type Event struct {
	Kind     EventKind
	At       time.Time
	From     netip.Addr
	Failures int // wrong tokens since the last success or re-arm
}

// String is the event in words.
func (e Event) String() string {
	switch e.Kind {
	case Served:
		return fmt.Sprintf("%v fetched the keyset from here", e.From)
	case TokenRefused:
		return fmt.Sprintf("%v tried a wrong security token (%d since the last right one)", e.From, e.Failures)
	case SourceClosed:
		return fmt.Sprintf("the keyset can no longer be fetched from here: %d wrong security tokens, the last from %v: run `vns3 keyset rearm` when you know why", e.Failures, e.From)
	default:
		return "the keyset can be fetched from here again"
	}
}

// Status is the state of a source.
type Status struct {
	Open     bool // others may fetch from here
	Failures int  // wrong tokens since the last success or re-arm
	LastAt   time.Time
	LastFrom netip.Addr
}

// Server gives the keyset to controllers that prove its token. Its methods may be called at the same time.
type Server struct {
	o       ServerOptions
	mu      sync.Mutex // of limiter
	limiter *Limiter
	saving  sync.Mutex // held while Save runs
}

// NewServer returns the source of a keyset.
func NewServer(o ServerOptions) *Server {
	if o.Save == nil {
		o.Save = func(State) {}
	}
	if o.Near == nil {
		o.Near = func(netip.Addr) bool { return false }
	}
	if o.Events == nil {
		o.Events = func(Event) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Server{o: o, limiter: NewLimiter(o.State)}
}

// Status returns the state of the source.
func (s *Server) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := s.limiter.state
	return Status{Open: !s.limiter.Closed(), Failures: state.Failures, LastAt: state.LastAt, LastFrom: state.LastFrom}
}

// Rearm forgets all wrong tokens, and opens a source that they closed.
func (s *Server) Rearm() {
	s.mu.Lock()
	s.limiter.Rearm()
	s.mu.Unlock()
	s.save()
	s.o.Events(Event{Kind: SourceRearmed, At: s.o.Now()})
}

// Serve carries out one fetch and closes the connection, within ExchangeTime. It makes the TLS handshake
// if that was not made. The error says how the fetch ended, for a log; the other side was told.
func (s *Server) Serve(ctx context.Context, conn *tls.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, ExchangeTime)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	defer conn.Close()

	from := remote(conn)
	if err := handshake(ctx, conn); err != nil {
		return fmt.Errorf("fetch by %v: TLS: %w", from, err)
	}
	x := exchange{server: s, conn: conn, from: from, budget: s.budget(from)}
	if err := x.run(); err != nil {
		return fmt.Errorf("fetch by %v: %w", from, err)
	}
	return nil
}

// handshake makes the TLS handshake and refuses a connection that a fetch cannot be bound to.
func handshake(ctx context.Context, conn *tls.Conn) error {
	if err := conn.HandshakeContext(ctx); err != nil {
		return err
	}
	switch state := conn.ConnectionState(); {
	case state.NegotiatedProtocol != ALPN:
		return fmt.Errorf("the protocol is %q, not %q", state.NegotiatedProtocol, ALPN)
	case state.Version != tls.VersionTLS13 || state.DidResume:
		return errors.New("a fetch needs a TLS 1.3 session of its own")
	}
	return nil
}

// budget says from which budget an address takes its attempts.
func (s *Server) budget(from netip.Addr) Budget {
	if from.IsPrivate() || from.IsLoopback() || from.IsLinkLocalUnicast() || s.o.Near(from) {
		return Near
	}
	return Far
}

// limit asks the limiter.
func (s *Server) limit(ask func(*Limiter) (Reason, time.Duration)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if reason, wait := ask(s.limiter); reason != 0 {
		return refusal{reason, wait}
	}
	return nil
}

// save keeps the newest state. Two saves cannot overtake each other.
func (s *Server) save() {
	s.saving.Lock()
	defer s.saving.Unlock()
	s.mu.Lock()
	state := s.limiter.State()
	s.mu.Unlock()
	s.o.Save(state)
}

// remote is the address of the other side; none where the connection has no such thing.
func remote(conn *tls.Conn) netip.Addr {
	ap, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

// random fills b. Without random bytes nothing may go on: crypto/rand ends the program itself.
func random(b []byte) []byte {
	rand.Read(b)
	return b
}

// equalProof compares in constant time.
func equalProof(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
