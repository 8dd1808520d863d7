package tunnel

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"golang.zx2c4.com/wireguard/conn"

	"vns3/engine/tunnel/udp"
)

// socket is what is under a device. given and wrap may be nil; a bind of our own lends its memory unless
// something stands between it and the device.
func socket(given conn.Bind, wrap func(conn.Bind) conn.Bind, o udp.Options) (bind conn.Bind, lent bool, err error) {
	o.Lend = udp.CanLend && given == nil && wrap == nil
	if bind = given; bind == nil {
		if bind, err = udp.New(o); err != nil {
			return nil, false, err
		}
	}
	if wrap != nil {
		bind = wrap(bind)
	}
	return bind, o.Lend, nil
}

// endpointOf turns an address into the bind's endpoint.
func endpointOf(b conn.Bind, to netip.AddrPort) (conn.Endpoint, error) {
	return b.ParseEndpoint(to.String())
}

// addrPort returns the remote address of an endpoint of any bind; the zero AddrPort for none.
func addrPort(ep conn.Endpoint) netip.AddrPort {
	switch e := ep.(type) {
	case interface{ AddrPort() netip.AddrPort }:
		return e.AddrPort()
	case *conn.StdNetEndpoint:
		return e.AddrPort
	}
	return netip.AddrPort{}
}

// portInUse explains why a UDP port cannot be bound.
func portInUse(port uint16, what string, err error) error {
	return fmt.Errorf("cannot listen on UDP %d for %s: %w: see what holds the port with `ss -ulpn sport = :%d`, or check controller.listen", port, what, err, port)
}

// logged is how many lines of a device are logged in a second: a broken network fails each packet.
const logged = 5

// calm is a handler that passes on so many lines a second and drops the rest.
type calm struct {
	slog.Handler
	count *count
}

type count struct {
	mu    sync.Mutex
	since time.Time
	lines int
}

// calmed returns a log for a device; nil logs nothing.
func calmed(log *slog.Logger) *slog.Logger {
	if log == nil {
		return nil
	}
	return slog.New(calm{log.Handler(), &count{}})
}

// Handle passes a record on.
func (c calm) Handle(ctx context.Context, r slog.Record) error {
	if !c.count.take(r.Time) {
		return nil
	}
	return c.Handler.Handle(ctx, r)
}

func (c *count) take(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.since) >= time.Second {
		c.since, c.lines = now, 0
	}
	c.lines++
	return c.lines <= logged
}
