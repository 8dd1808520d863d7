package forward

import (
	"errors"
	"net/netip"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"golang.zx2c4.com/wireguard/tun"

	"vns3/engine/forward/ipv4"
)

// memoryHost is a host's TUN device in memory. Its Write has the habits of the native one: it overwrites
// what is before a packet and swaps the buffers it was given.
type memoryHost struct {
	events chan tun.Event
	send   chan []byte // what the host sends
	closed chan struct{}
	once   sync.Once

	mu       sync.Mutex
	received [][]byte
	refuse   error
}

func newMemoryHost() *memoryHost {
	return &memoryHost{events: make(chan tun.Event), send: make(chan []byte, 64), closed: make(chan struct{})}
}

func (h *memoryHost) Read(bufs [][]byte, sizes []int, offset int) (int, error) {
	select {
	case packet := <-h.send:
		sizes[0] = copy(bufs[0][offset:], packet)
		return 1, nil
	case <-h.closed:
		return 0, os.ErrClosed
	}
}

func (h *memoryHost) Write(bufs [][]byte, offset int) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refuse != nil {
		return 0, h.refuse
	}
	for _, buf := range bufs {
		h.received = append(h.received, slices.Clone(buf[offset:]))
		clear(buf[offset-ipv4.OffloadHeaderLength:])
	}
	slices.Reverse(bufs)
	return len(bufs), nil
}

func (h *memoryHost) take() [][]byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer func() { h.received = nil }()
	return h.received
}

func (h *memoryHost) Close() error {
	h.once.Do(func() { close(h.closed); close(h.events) })
	return nil
}

func (h *memoryHost) File() *os.File           { return nil }
func (h *memoryHost) MTU() (int, error)        { return DefaultMTU, nil }
func (h *memoryHost) Name() (string, error)    { return "memory", nil }
func (h *memoryHost) Events() <-chan tun.Event { return h.events }
func (h *memoryHost) BatchSize() int           { return 1 }

// The host is on the overlay through its kernel interface: what it sends is forwarded, with the TTL it
// gave; what is for it, and for the networks behind it, reaches it; the VIP is answered without it.
func TestKernel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, _ := testSwitch(t)
		two, clients := s.Peer(2), s.Clients()
		dev := newMemoryHost()
		s.Kernel(dev)
		dev.events <- tun.EventUp // somebody must take it

		dev.send <- udp(selfAddr, atTwo, 100)
		synctest.Wait()
		if packets := readAll(t, two); len(packets) != 1 || parse(t, packets[0]).TTL != 64 {
			t.Errorf("%d packets from the host", len(packets))
		}
		write(t, two, udp(atTwo, selfAddr, 100), udp(atTwo, clientA, 110), udp(atTwo, behindHost, 120))
		got := dev.take()
		if len(got) != 2 || len(got[0]) != 100 || len(got[1]) != 120 || parse(t, got[1]).TTL != 64 {
			t.Errorf("%d packets to the host", len(got))
		}
		if n := len(readAll(t, clients)); n != 1 {
			t.Errorf("%d packets to the client", n)
		}
		write(t, clients, ping(clientA, selfAddr, "hello"))
		if got := dev.take(); len(got) != 1 || got[0][20] != 8 {
			t.Errorf("the host got % x", got)
		}
		dev.send <- ping(selfAddr, vipAddr, "hello")
		synctest.Wait()
		if got := dev.take(); len(got) != 1 || parse(t, got[0]).Source != number(vipAddr) || got[0][20] != 0 {
			t.Errorf("the VIP answered % x", got)
		}
		dev.send <- udp(selfAddr, unknown, 100)
		dev.send <- udp(netip.MustParseAddr("169.254.119.2"), netip.MustParseAddr("169.254.119.1"), 100)
		synctest.Wait()
		if got := dev.take(); len(got) != 1 || got[0][20] != 3 {
			t.Errorf("instead of one ICMP error the host got % x", got)
		}

		dev.mu.Lock()
		dev.refuse = errors.New("interface is down")
		dev.mu.Unlock()
		write(t, two, udp(atTwo, selfAddr, 100))
		s.Kernel(nil)
		select {
		case <-dev.closed:
		default:
			t.Error("the detached device was not closed")
		}
		write(t, two, udp(atTwo, selfAddr, 100), udp(atTwo, behindHost, 100))
		if c := s.Counters(); c["peer 2"].Dropped[InterfaceFailed] != 1 || c["peer 2"].Dropped[NotServed] != 1 || c["peer 2"].Dropped[NoPath] != 1 || c["kernel"].Dropped[LinkLocal] != 1 {
			t.Errorf("counters %v", c)
		}
	})
}

// Who takes the kernel interface away is told apart from the switch that gives it up.
func TestKernelLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lost []error
		s := New(Options{KernelLost: func(err error) { lost = append(lost, err) }})
		s.Kernel(newMemoryHost())
		s.Kernel(nil)
		dev := newMemoryHost()
		s.Kernel(dev)
		dev.Close()
		synctest.Wait()
		if len(lost) != 1 || !errors.Is(lost[0], os.ErrClosed) {
			t.Errorf("reported %v", lost)
		}
		s.Close()
	})
}
