package api

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"golang.org/x/sync/errgroup"

	"vns3/status"
)

// bound are listeners for an edition of the addresses.
type bound struct {
	open    []net.Listener
	edition int
}

// bind opens every configured address, and keeps trying those that are taken, until ctx ends.
func (s *Server) bind(ctx context.Context) (bound, bool) {
	for ctx.Err() == nil {
		addresses, edition := s.bindAddresses()
		b := bound{s.bindAll(ctx, addresses, edition), edition}
		if len(b.open) == len(addresses) {
			return b, true
		}
		closeAll(b.open)
	}
	return bound{}, false
}

// bindAll opens addresses. It gives up when ctx ends, or when others are to be opened instead.
func (s *Server) bindAll(ctx context.Context, addresses []string, edition int) []net.Listener {
	var open []net.Listener
	for _, addr := range addresses {
		for reported := false; ctx.Err() == nil && s.current(edition); reported = true {
			l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
			if err == nil {
				open = append(open, l)
				break
			}
			s.setListening(fmt.Sprintf("cannot listen on %s: %v", addr, err))
			if !reported {
				s.o.Log.Warn("api: cannot listen", "address", addr, "error", err)
				s.report("api.not_listening", status.Warn, fmt.Sprintf("the API cannot listen on %s: %v: trying again every second", addr, err))
			}
			pause(ctx, bindRetry)
		}
	}
	return open
}

// current reports whether an edition of the addresses is the newest.
func (s *Server) current(edition int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.edition == edition
}

// bindAddresses are those of the options; after a restart with the ports that were in use before.
func (s *Server) bindAddresses() ([]string, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.addrs) == 0 {
		return s.o.Listen, s.edition
	}
	var again []string
	for _, a := range s.addrs {
		again = append(again, a.String())
	}
	return again, s.edition
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		l.Close()
	}
}

// serveTLS accepts on all listeners, shakes hands and hands connections to HTTP or to the fetch, until
// ctx ends. Fetches go on until root ends: a restart does not cut off whoever fetches from here.
func (s *Server) serveTLS(root, ctx context.Context, listeners []net.Listener) {
	if len(listeners) == 0 {
		<-ctx.Done()
		return
	}
	handed := newHandover(listeners[0].Addr())
	config := s.tlsConfig()
	var g errgroup.Group
	for _, l := range listeners {
		context.AfterFunc(ctx, func() { l.Close() })
		g.Go(func() error {
			s.accept(ctx, l, func(c net.Conn) {
				t := tls.Server(c, config)
				switch protocol := shake(ctx, t); {
				case protocol == FetchProtocol:
					s.serveFetch(root, t)
				case protocol == "":
					t.Close()
				default:
					handed.give(ctx, &httpConn{Conn: t})
				}
			})
			return nil
		})
	}
	g.Go(func() error { return s.serve(ctx, handed, false) })
	g.Wait()
}

// accept takes connections within the limits and treats each in a goroutine of its own.
func (s *Server) accept(ctx context.Context, l net.Listener, treat func(net.Conn)) {
	for ctx.Err() == nil {
		c, err := l.Accept()
		if err != nil {
			if ctx.Err() == nil { // out of descriptors, or the like: let others finish
				pause(ctx, bindRetry/10)
			}
			continue
		}
		from := remote(c.RemoteAddr())
		if !s.conns.take(from) {
			c.Close()
			continue
		}
		limited := &limitedConn{Conn: c, release: sync.OnceFunc(func() { s.conns.give(from) })}
		s.open.Go(func() { treat(limited) })
	}
}

func (s *Server) tlsConfig() *tls.Config {
	protocols := []string{"http/1.1"}
	if s.o.Fetch != nil {
		protocols = append(protocols, FetchProtocol)
	}
	return &tls.Config{
		MinVersion:             tls.VersionTLS12,
		GetCertificate:         s.o.Certificates.Get,
		NextProtos:             protocols,
		SessionTicketsDisabled: true, // the fetch is bound to its handshake
	}
}

// shake finishes the handshake in time and returns the protocol to speak, or nothing.
func shake(ctx context.Context, c *tls.Conn) (protocol string) {
	hurry, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	if c.HandshakeContext(hurry) != nil {
		return ""
	}
	state := c.ConnectionState()
	switch {
	case state.NegotiatedProtocol != FetchProtocol:
		return "http/1.1"
	case state.Version < tls.VersionTLS13:
		return ""
	}
	return FetchProtocol
}

func (s *Server) serveFetch(ctx context.Context, c *tls.Conn) {
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	defer func() {
		if cause := recover(); cause != nil {
			s.o.Log.Error("api: panic while serving a keyset fetch", "from", c.RemoteAddr(), "panic", cause)
		}
	}()
	s.o.Fetch(ctx, c)
}

// remote is the address of the other side; zero on the local socket.
func remote(a net.Addr) netip.Addr {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}
