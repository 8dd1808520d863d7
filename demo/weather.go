package demo

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.zx2c4.com/wireguard/conn"
)

// Conditions are the weather in one direction of a link. The zero Conditions are fair.
type Conditions struct {
	Cut   bool
	Loss  float64       // 0…1
	Delay time.Duration // added to every packet
}

// Weather makes links bad on purpose: it stands between tunnels and sockets where packets arrive. It
// is safe for concurrent use.
type Weather struct {
	mu    sync.Mutex
	over  map[direction]Conditions
	alone map[netip.Addr]bool // nothing gets there nor away from there
}

type direction struct{ from, to netip.Addr }

// Set makes the weather from one controller's address to another's.
func (w *Weather) Set(from, to netip.Addr, c Conditions) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over == nil {
		w.over = map[direction]Conditions{}
	}
	w.over[direction{from, to}] = c
}

// Of returns the weather from one controller's address to another's.
func (w *Weather) Of(from, to netip.Addr) Conditions {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.over[direction{from, to}]
}

// Isolate cuts an address off from all others, whatever the weather, or lifts that.
func (w *Weather) Isolate(addr netip.Addr, alone bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.alone == nil {
		w.alone = map[netip.Addr]bool{}
	}
	w.alone[addr] = alone
}

// now is what happens to a packet that arrives now.
func (w *Weather) now(from, to netip.Addr) Conditions {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.alone[from] || w.alone[to] {
		return Conditions{Cut: true}
	}
	return w.over[direction{from, to}]
}

// Over puts the weather over the sockets at the address.
func (w *Weather) Over(to netip.Addr) func(conn.Bind) conn.Bind {
	return func(b conn.Bind) conn.Bind { return &weatherBind{Bind: b, weather: w, to: to} }
}

// weatherBind is a socket under the weather.
type weatherBind struct {
	conn.Bind
	weather *Weather
	to      netip.Addr
	closed  chan struct{} // of the socket that is open now
}

type lateDatagram struct {
	packet []byte
	from   conn.Endpoint
}

// lateMost is how many delayed datagrams wait for the device; more are lost.
const lateMost = 4096

// Open opens the socket, with one more way in for what comes late.
func (b *weatherBind) Open(port uint16) ([]conn.ReceiveFunc, uint16, error) {
	receivers, actual, err := b.Bind.Open(port)
	if err != nil {
		return nil, 0, err
	}
	late, closed := make(chan lateDatagram, lateMost), make(chan struct{})
	b.closed = closed
	under := []conn.ReceiveFunc{receiveLate(late, closed)}
	for _, receive := range receivers {
		under = append(under, func(packets [][]byte, sizes []int, from []conn.Endpoint) (int, error) {
			n, err := receive(packets, sizes, from)
			for i := range n {
				if sizes[i] > 0 && !b.arrives(packets[i][:sizes[i]], from[i], late) {
					sizes[i] = 0 // the device passes over empty ones
				}
			}
			return n, err
		})
	}
	return under, actual, nil
}

func receiveLate(late <-chan lateDatagram, closed <-chan struct{}) conn.ReceiveFunc {
	return func(packets [][]byte, sizes []int, from []conn.Endpoint) (int, error) {
		select {
		case d := <-late:
			sizes[0], from[0] = copy(packets[0], d.packet), d.from
			return 1, nil
		case <-closed:
			return 0, net.ErrClosed
		}
	}
}

// Close closes the socket and wakes who waits for what comes late.
func (b *weatherBind) Close() error {
	if b.closed != nil {
		close(b.closed)
		b.closed = nil
	}
	return b.Bind.Close()
}

// arrives says whether a datagram gets through now. What is delayed gets through later.
func (b *weatherBind) arrives(packet []byte, from conn.Endpoint, late chan<- lateDatagram) bool {
	c := b.weather.now(from.DstIP().Unmap(), b.to)
	switch {
	case c.Cut, c.Loss > 0 && rand.Float64() < c.Loss:
		return false
	case c.Delay == 0:
		return true
	}
	d := lateDatagram{append([]byte(nil), packet...), from}
	time.AfterFunc(c.Delay, func() {
		select {
		case late <- d:
		default:
		}
	})
	return false
}
