package api

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"vns3/control"
	"vns3/engine/api/access"
	"vns3/engine/api/cert"
	"vns3/status"
)

// Options says what a Server serves and where.
type Options struct {
	Backend control.Backend
	Access  *access.Store // who may call over HTTPS; needed with Listen

	Listen       []string     // addresses of the HTTPS listeners, "HOST:8000"; none: local socket only
	Certificates *cert.Source // needed with Listen
	Socket       string       // path of the local socket; empty: none
	Group        string       // group that may open the socket, where it exists; empty: "vns3"

	// Fetch is handed every TLS 1.3 connection that negotiated FetchProtocol. The connection is
	// closed when it returns, or when ctx ends. Nil: the protocol is not offered.
	Fetch func(ctx context.Context, conn *tls.Conn)

	Log    *slog.Logger       // nil: slog.Default()
	Events func(status.Event) // Seq is left to the receiver; nil: nobody listens
	Now    func() time.Time   // nil: time.Now

	MaxConns int           // HTTPS connections at once; 0: DefaultMaxConns
	Timing   RestartTiming // zero: DefaultTiming
}

// Server serves one controller until its context ends.
type Server struct {
	o        Options
	routes   []route
	metrics  http.Handler
	fence    *http.CrossOriginProtection
	conns    *limiter
	ready    chan struct{}
	local    chan struct{} // closed when the local socket is open
	restarts chan Cause
	open     sync.WaitGroup // handshakes and fetches
	patience time.Duration  // readTimeout, of which the other limits are made
	peering  sync.Mutex     // held from looking at the table to having saved an edit of it

	mu         sync.Mutex
	addrs      []net.Addr
	edition    int // of Options.Listen, which Listen replaces
	serving    bool
	listening  string
	restarting bool
	hidden     bool // a fetched keyset is not shown before the restart is over
}

// New checks the options. Nothing is opened before Run.
func New(o Options) (*Server, error) {
	switch {
	case o.Backend == nil:
		return nil, errors.New("api: there is no backend to serve")
	case len(o.Listen) > 0 && (o.Access == nil || o.Certificates == nil):
		return nil, errors.New("api: HTTPS needs users and certificates")
	}
	o.Group = cmp.Or(o.Group, "vns3")
	o.Log = cmp.Or(o.Log, slog.Default())
	o.MaxConns = cmp.Or(o.MaxConns, DefaultMaxConns)
	o.Timing = cmp.Or(o.Timing, DefaultTiming)
	if o.Events == nil {
		o.Events = func(status.Event) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{
		o: o, listening: "starting", patience: readTimeout,
		fence:    http.NewCrossOriginProtection(),
		conns:    newLimiter(o.MaxConns),
		ready:    make(chan struct{}),
		local:    make(chan struct{}),
		restarts: make(chan Cause, 1),
	}
	s.routes = s.table()
	s.metrics = metricsHandler(o.Backend, o.Log)
	return s, nil
}

// Run serves until ctx ends, then closes every listener and connection and waits for what it started.
// An address that cannot be bound is reported and tried again; a socket that cannot be opened is an
// error, because without it no command reaches this engine.
func (s *Server) Run(ctx context.Context) error {
	socket, err := s.openSocket()
	if err != nil {
		return err
	}
	close(s.local)
	defer s.open.Wait()
	g, ctx := errgroup.WithContext(ctx)
	if socket != nil {
		g.Go(func() error { return s.serve(ctx, socket, true) })
	}
	g.Go(func() error { return s.runHTTPS(ctx) })
	return g.Wait()
}

// Ready is closed when the local socket and every HTTPS listener are open for the first time.
func (s *Server) Ready() <-chan struct{} { return s.ready }

// Local is closed when the local socket is open, whether or not the TCP port is.
func (s *Server) Local() <-chan struct{} { return s.local }

// Addrs returns the addresses of the HTTPS listeners, in the order of Options.Listen.
func (s *Server) Addrs() []net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addrs
}

// Listening is "ok", "restarting", or why the HTTPS listener is not open: Snapshot.System.APIListening.
func (s *Server) Listening() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.listening
}

// serve answers on one listener until ctx ends, and returns when the last of its connections is gone.
func (s *Server) serve(ctx context.Context, l net.Listener, local bool) error {
	base, stop := context.WithCancel(context.WithoutCancel(ctx))
	var conns sync.WaitGroup
	server := &http.Server{
		Handler:     s.handler(local),
		BaseContext: func(net.Listener) context.Context { return base },
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				conns.Add(1)
			case http.StateClosed, http.StateHijacked:
				conns.Done()
			}
		},
		ErrorLog:          slog.NewLogLogger(s.o.Log.Handler(), slog.LevelDebug),
		MaxHeaderBytes:    maxHeader,
		ReadHeaderTimeout: s.patience / 2,
		ReadTimeout:       s.patience,
		WriteTimeout:      s.patience * 3,
		IdleTimeout:       s.patience * 3,
	}
	end := func() {
		grace, cancel := context.WithTimeout(base, closeTimeout)
		defer cancel()
		if server.Shutdown(grace) != nil {
			server.Close()
		}
		stop()
	}
	ended := make(chan struct{})
	unhook := context.AfterFunc(ctx, func() { end(); close(ended) })
	err := server.Serve(l)
	if unhook() { // the listener failed by itself
		end()
	} else {
		<-ended
		err = nil
	}
	conns.Wait()
	return err
}

func (s *Server) report(code string, severity status.Severity, text string) {
	s.o.Events(status.Event{At: s.o.Now(), Code: code, Severity: severity, Text: text})
}
