package api

import (
	"context"
	"net"
	"slices"
	"time"

	"vns3/status"
)

// Cause is why the HTTPS listener restarts. The product reboots for these; its clients wait to see it
// go and come back, so connections are really refused for some seconds, and kept-alive ones closed.
type Cause uint8

// The causes of a restart.
const (
	Asked         Cause = iota // PUT /server {"reboot": true}
	ParametersSet              // PUT /license/parameters was accepted
	KeysetFetched              // a fetched keyset is stored; never for a generated one
	moved                      // Listen named other addresses
)

// String names the cause in logs and events.
func (c Cause) String() string {
	return [...]string{"it was asked for", "license parameters were set", "a keyset was fetched", "its address was changed"}[c]
}

// RestartTiming is how a restart of the listener is paced.
type RestartTiming struct {
	Settle       time.Duration // from Asked or ParametersSet to going down: the reply must get out
	SettleKeyset time.Duration // from KeysetFetched to going down: a client that polls every 2 s must see it
	Down         time.Duration // how long connections are refused
}

// DefaultTiming is what public clients were made for.
var DefaultTiming = RestartTiming{Settle: time.Second, SettleKeyset: 3500 * time.Millisecond, Down: 4 * time.Second}

func (t RestartTiming) settle(c Cause) time.Duration {
	if c == KeysetFetched {
		return t.SettleKeyset
	}
	return t.Settle
}

// Restart closes the HTTPS listeners and their connections after a while and opens them again. It
// returns at once; while one is under way another begins none. Tunnels, the local socket and keyset
// fetches in progress are not touched.
//
// With KeysetFetched, call it before the snapshot that shows the keyset is published: until the restart
// is over PUT /keyset says "Keyset already exists." and GET /keyset still "Must be licensed first.".
func (s *Server) Restart(cause Cause) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.restart(cause)
}

// Listen replaces the addresses of the HTTPS listeners, with a restart if they are others. It returns at
// once.
func (s *Server) Listen(addresses []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Equal(addresses, s.o.Listen) {
		return
	}
	s.o.Listen, s.addrs = addresses, nil
	s.edition++
	if s.serving {
		s.restart(moved)
	}
}

// restart is Restart for who holds the lock.
func (s *Server) restart(cause Cause) {
	s.hidden = s.hidden || cause == KeysetFetched
	if s.restarting {
		return
	}
	s.restarting = true
	s.restarts <- cause // has room: only one is under way
}

func (s *Server) keysetHidden() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hidden
}

// runHTTPS keeps the listeners open, but for restarts.
func (s *Server) runHTTPS(ctx context.Context) error {
	for first := true; ; first = false {
		listeners, ok := s.bind(ctx)
		for ok && !s.opened(listeners, first) {
			listeners, ok = s.bind(ctx)
		}
		if !ok {
			return nil
		}
		s.serveUntilRestart(ctx, listeners.open)
		if !pause(ctx, s.o.Timing.Down) {
			return nil
		}
	}
}

// serveUntilRestart serves the listeners and closes them and their connections for a restart, or when
// ctx ends.
func (s *Server) serveUntilRestart(ctx context.Context, listeners []net.Listener) {
	up, down := context.WithCancel(ctx)
	defer down()
	served := make(chan struct{})
	go func() {
		defer close(served)
		s.serveTLS(ctx, up, listeners)
	}()
	select {
	case <-ctx.Done():
	case cause := <-s.restarts:
		s.o.Log.Info("api: the listener restarts", "because", cause.String())
		s.report("api.restart", status.Info, "the API restarts its listener because "+cause.String())
		pause(ctx, s.o.Timing.settle(cause))
		s.down()
	}
	down()
	<-served
}

// opened notes that the listeners serve. It closes them and reports false if other addresses were named
// while they were opened.
func (s *Server) opened(b bound, first bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.edition != s.edition {
		closeAll(b.open)
		return false
	}
	s.addrs = s.addrs[:0:0]
	for _, l := range b.open {
		s.addrs = append(s.addrs, l.Addr())
	}
	s.listening, s.serving = "ok", true
	if len(b.open) == 0 {
		s.listening = "off"
	}
	if first {
		close(s.ready)
	} else {
		s.restarting, s.hidden = false, false
	}
	return true
}

// down notes that the listeners go.
func (s *Server) down() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listening, s.serving = "restarting", false
}

func (s *Server) setListening(state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listening = state
}

// pause waits, and reports whether ctx is still good.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
