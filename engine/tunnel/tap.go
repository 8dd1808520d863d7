package tunnel

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"golang.zx2c4.com/wireguard/conn"
)

// tap stands between a device and its socket: its owner sees every datagram and may keep it from going
// on, and may hand the device datagrams that came another way.
type tap struct {
	conn.Bind
	in  func(packet []byte, from conn.Endpoint) bool  // may the device have it?
	out func(packets [][]byte, to conn.Endpoint) bool // may it be sent?

	data any // the port of the device; a pacer is told what the device gave away

	handed chan datagram // by hand; nil: never

	mu     sync.Mutex
	ready  []conn.ReceiveFunc // opened before the device asked
	port   uint16
	closed chan struct{}
}

// datagram is one that was not read from the socket just now.
type datagram struct {
	packet []byte
	from   conn.Endpoint
}

// maxHanded is how many datagrams wait for the device. More are lost, as in a network.
const maxHanded = 512

// open binds the port now, so that a port in use is an error before there is a device. The device's
// own Open, which comes later, then finds it open.
func (t *tap) open(port uint16) error {
	fns, actual, err := t.Bind.Open(port)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ready, t.port, t.closed = t.wrap(fns), actual, make(chan struct{})
	if t.handed != nil {
		t.ready = append(t.ready, t.receiveHanded(t.closed))
	}
	return nil
}

// Open gives the device the socket.
func (t *tap) Open(port uint16) ([]conn.ReceiveFunc, uint16, error) {
	t.mu.Lock()
	fns := t.ready
	t.ready = nil
	t.mu.Unlock()
	if fns == nil {
		if err := t.open(port); err != nil {
			return nil, 0, err
		}
		return t.Open(port)
	}
	return fns, t.port, nil
}

// Close frees the port, but not before the device took it: a device closes its bind before it opens it.
func (t *tap) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ready != nil || t.closed == nil {
		return nil
	}
	close(t.closed)
	t.closed = nil
	return t.Bind.Close()
}

// wrap shows each datagram to the owner before the device.
func (t *tap) wrap(fns []conn.ReceiveFunc) []conn.ReceiveFunc {
	wrapped := make([]conn.ReceiveFunc, 0, len(fns)+1)
	for _, receive := range fns {
		wrapped = append(wrapped, func(packets [][]byte, sizes []int, eps []conn.Endpoint) (int, error) {
			n, err := receive(packets, sizes, eps)
			for i := range n {
				if sizes[i] > 0 && !t.in(packets[i][:sizes[i]], eps[i]) {
					sizes[i] = 0 // the device passes over empty ones
				}
			}
			return n, err
		})
	}
	return wrapped
}

// receiveHanded gives the device what was handed over.
func (t *tap) receiveHanded(closed <-chan struct{}) conn.ReceiveFunc {
	return func(packets [][]byte, sizes []int, eps []conn.Endpoint) (int, error) {
		select {
		case d := <-t.handed:
			sizes[0], eps[0] = copy(packets[0], d.packet), d.from
			return 1, nil
		case <-closed:
			return 0, net.ErrClosed
		}
	}
}

// hand gives the device a copy of a datagram as if it had just been received.
func (t *tap) hand(packet []byte, from conn.Endpoint) {
	select {
	case t.handed <- datagram{bytes.Clone(packet), from}:
	default:
	}
}

// pacer is a port that gives the device no more packets than the device gives away.
type pacer interface{ Sent(datagrams [][]byte) }

// Send sends what the owner lets pass.
func (t *tap) Send(packets [][]byte, to conn.Endpoint) error {
	if p, ok := t.data.(pacer); ok {
		defer p.Sent(packets)
	}
	if !t.out(packets, to) {
		return nil
	}
	return t.Bind.Send(packets, to)
}

// addrPort returns the remote address of an endpoint of any bind.
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
