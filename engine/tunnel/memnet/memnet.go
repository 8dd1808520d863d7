// Package memnet is a network in memory for tests: a conn.Bind that sends datagrams to others of its
// kind over paths with delay and loss. It uses the clock of package time only, so that inside
// testing/synctest the delays pass in virtual time. It never opens a socket.
package memnet

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.zx2c4.com/wireguard/conn"
)

// Path is how datagrams travel in one direction.
type Path struct {
	Delay  time.Duration
	Jitter time.Duration // added at random: packets may overtake each other
	Loss   float64       // 0…1; 1: a black hole
}

// Network joins binds by their addresses.
type Network struct {
	mu    sync.Mutex
	rand  *rand.Rand
	binds map[netip.AddrPort]*Bind
	paths map[[2]netip.Addr]Path
	sent  int
}

// New returns a network without delay or loss. The seed decides which datagrams are lost.
func New(seed uint64) *Network {
	return &Network{rand: rand.New(rand.NewPCG(seed, seed)), binds: map[netip.AddrPort]*Bind{}, paths: map[[2]netip.Addr]Path{}}
}

// SetPath sets how datagrams travel from one address to another.
func (n *Network) SetPath(from, to netip.Addr, p Path) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.paths[[2]netip.Addr{from, to}] = p
}

// SetBoth sets a path in both directions.
func (n *Network) SetBoth(a, b netip.Addr, p Path) {
	n.SetPath(a, b, p)
	n.SetPath(b, a, p)
}

// Sent returns how many datagrams were sent so far, lost ones included.
func (n *Network) Sent() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.sent
}

// Bind returns a bind at the address.
func (n *Network) Bind(at netip.Addr) *Bind { return &Bind{network: n, addr: at} }

// waiting is how many datagrams a bind holds; more are lost.
const waiting = 4096

// Bind is one port at one address.
type Bind struct {
	network *Network
	addr    netip.Addr

	mu       sync.Mutex
	at       netip.AddrPort
	arrivals chan arrival
	closed   chan struct{}
}

type arrival struct {
	data []byte
	from Endpoint
}

// Endpoint is the address of another bind.
type Endpoint netip.AddrPort

var (
	_ conn.Bind     = (*Bind)(nil)
	_ conn.Endpoint = Endpoint{}
)

// AddrPort returns the address.
func (e Endpoint) AddrPort() netip.AddrPort { return netip.AddrPort(e) }

// ClearSrc does nothing: there is one local address.
func (Endpoint) ClearSrc() {}

// SrcToString returns nothing.
func (Endpoint) SrcToString() string { return "" }

// SrcIP returns no address.
func (Endpoint) SrcIP() netip.Addr { return netip.Addr{} }

// DstToString returns the address as text.
func (e Endpoint) DstToString() string { return e.AddrPort().String() }

// DstIP returns the address without its port.
func (e Endpoint) DstIP() netip.Addr { return e.AddrPort().Addr() }

// DstToBytes returns the address in binary.
func (e Endpoint) DstToBytes() []byte {
	b, _ := e.AddrPort().MarshalBinary() // never fails
	return b
}

// ParseEndpoint reads an address with its port.
func (b *Bind) ParseEndpoint(text string) (conn.Endpoint, error) {
	to, err := netip.ParseAddrPort(text)
	return Endpoint(to), err
}

// BatchSize is small: this is no place for throughput.
func (b *Bind) BatchSize() int { return 1 }

// SetMark does nothing.
func (b *Bind) SetMark(uint32) error { return nil }

// Open joins the network.
func (b *Bind) Open(port uint16) ([]conn.ReceiveFunc, uint16, error) {
	b.network.mu.Lock()
	defer b.network.mu.Unlock()
	at := netip.AddrPortFrom(b.addr, port)
	if port == 0 || b.network.binds[at] != nil {
		return nil, 0, errors.New("address already in use")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at, b.arrivals, b.closed = at, make(chan arrival, waiting), make(chan struct{})
	b.network.binds[at] = b
	return []conn.ReceiveFunc{receive(b.arrivals, b.closed)}, port, nil
}

func receive(arrivals <-chan arrival, closed <-chan struct{}) conn.ReceiveFunc {
	return func(packets [][]byte, sizes []int, eps []conn.Endpoint) (int, error) {
		select {
		case a := <-arrivals:
			sizes[0], eps[0] = copy(packets[0], a.data), a.from
			return 1, nil
		case <-closed:
			return 0, net.ErrClosed
		}
	}
}

// Close leaves the network.
func (b *Bind) Close() error {
	b.network.mu.Lock()
	defer b.network.mu.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.network.binds[b.at] == b {
		delete(b.network.binds, b.at)
		close(b.closed)
	}
	return nil
}

// Send lets datagrams travel. Each decides its own fate.
func (b *Bind) Send(packets [][]byte, to conn.Endpoint) error {
	b.mu.Lock()
	from := b.at
	b.mu.Unlock()
	target := netip.AddrPort(to.(Endpoint))
	for _, p := range packets {
		b.network.send(bytes.Clone(p), from, target)
	}
	return nil
}

func (n *Network) send(data []byte, from, to netip.AddrPort) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sent++
	path := n.paths[[2]netip.Addr{from.Addr(), to.Addr()}]
	if n.rand.Float64() < path.Loss {
		return
	}
	delay := path.Delay
	if path.Jitter > 0 {
		delay += time.Duration(n.rand.Int64N(int64(path.Jitter)))
	}
	if delay == 0 {
		n.deliver(data, from, to)
		return
	}
	time.AfterFunc(delay, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.deliver(data, from, to)
	})
}

// deliver needs n.mu.
func (n *Network) deliver(data []byte, from, to netip.AddrPort) {
	b := n.binds[to]
	if b == nil {
		return
	}
	select {
	case b.arrivals <- arrival{data, Endpoint(from)}:
	default:
	}
}
