package demo

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.zx2c4.com/wireguard/conn"
)

// scripted is a socket at which datagrams arrive as the test says.
type scripted struct {
	conn.Bind
	arrivals chan conn.Endpoint
	closed   chan struct{}
}

func (b *scripted) Open(port uint16) ([]conn.ReceiveFunc, uint16, error) {
	b.closed = make(chan struct{})
	return []conn.ReceiveFunc{func(packets [][]byte, sizes []int, from []conn.Endpoint) (int, error) {
		select {
		case from[0] = <-b.arrivals:
			sizes[0] = copy(packets[0], "datagram")
			return 1, nil
		case <-b.closed:
			return 0, net.ErrClosed
		}
	}}, port, nil
}

func (b *scripted) Close() error {
	close(b.closed)
	return nil
}

// The weather decides by where a datagram comes from and goes to: fair weather lets it pass, a cut and
// full loss do not, an address that is alone hears nothing, and what is delayed comes later and whole.
func TestWeather(t *testing.T) {
	from, to, other := netip.MustParseAddr("127.1.1.1"), netip.MustParseAddr("127.1.1.2"), netip.MustParseAddr("127.1.1.3")
	for name, c := range map[string]struct {
		set     func(*Weather)
		arrives bool
		late    time.Duration
	}{
		"fair":           {func(*Weather) {}, true, 0},
		"cut":            {func(w *Weather) { w.Set(from, to, Conditions{Cut: true}) }, false, 0},
		"cut back":       {func(w *Weather) { w.Set(to, from, Conditions{Cut: true}) }, true, 0},
		"cut elsewhere":  {func(w *Weather) { w.Set(other, to, Conditions{Cut: true}) }, true, 0},
		"lost":           {func(w *Weather) { w.Set(from, to, Conditions{Loss: 1}) }, false, 0},
		"mended":         {func(w *Weather) { w.Set(from, to, Conditions{Cut: true}); w.Set(from, to, Conditions{}) }, true, 0},
		"receiver alone": {func(w *Weather) { w.Isolate(to, true) }, false, 0},
		"sender alone":   {func(w *Weather) { w.Isolate(from, true) }, false, 0},
		"alone no more":  {func(w *Weather) { w.Isolate(from, true); w.Isolate(from, false) }, true, 0},
		"slow":           {func(w *Weather) { w.Set(from, to, Conditions{Delay: 20 * time.Millisecond}) }, true, 20 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			var w Weather
			c.set(&w)
			socket := &scripted{arrivals: make(chan conn.Endpoint, 1)}
			bind := w.Over(to)(socket)
			receivers, _, err := bind.Open(0)
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			socket.arrivals <- &conn.StdNetEndpoint{AddrPort: netip.AddrPortFrom(from, 1195)}
			packets, sizes, ends := [][]byte{make([]byte, 64)}, []int{0}, []conn.Endpoint{nil}
			if _, err := receivers[1](packets, sizes, ends); err != nil {
				t.Fatal(err)
			}
			if now := sizes[0] > 0; now != (c.arrives && c.late == 0) {
				t.Errorf("arrives at once: %v", now)
			}
			if c.late > 0 {
				n, err := receivers[0](packets, sizes, ends)
				if n != 1 || err != nil || string(packets[0][:sizes[0]]) != "datagram" || ends[0].DstIP() != from {
					t.Errorf("comes late as %q from %v: %d, %v", packets[0][:sizes[0]], ends[0], n, err)
				}
				if took := time.Since(began); took < c.late {
					t.Errorf("came after %v, want no earlier than %v", took, c.late)
				}
			}
			if err := bind.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := receivers[0](packets, sizes, ends); err != net.ErrClosed {
				t.Errorf("after the socket was closed: %v, want %v", err, net.ErrClosed)
			}
		})
	}
}
