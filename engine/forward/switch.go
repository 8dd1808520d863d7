package forward

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.zx2c4.com/wireguard/tun"

	"vns3/engine/forward/ipv4"
	"vns3/overlay"
)

// DefaultMTU is the MTU of a port where Options and SetMTU say nothing else.
const DefaultMTU = 1420

// Options are what a Switch needs of its surroundings. The callbacks are called by the goroutines that
// carry packets, several at once: they must return quickly and must not block.
type Options struct {
	// Control takes the payload of a control packet that came through the tunnel to peer. The payload
	// is valid only during the call. at is the time of the Write that brought it.
	Control func(peer int, payload []byte, at time.Time)
	// Client is called when an authenticated packet of a client server came and the one before it was
	// ClientSilence or longer ago, or there was none since ForgetClient. The packet waits until it returns,
	// and finds the table that it leaves.
	Client func(addr netip.Addr)
	// KernelLost is called once when the kernel interface fails by itself, for instance because somebody
	// deleted it. The switch goes on with it until Kernel is called.
	KernelLost func(err error)
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// MTU of a port until its SetMTU is called, in bytes; DefaultMTU if 0.
	MTU int
}

// ClientSilence is how long a client server must be silent for its next packet to be reported again.
const ClientSilence = time.Second

// Identity is who this controller is in the overlay. Without addresses it answers nothing and reports
// no ICMP errors.
type Identity struct {
	ID      int        // 1…9; 0: not set, no control packets either way
	Address netip.Addr // overlay address: answers ping, and ICMP errors come from it
	VIP     netip.Addr // answers ping to what enters the mesh here
}

// Hop is how packets reach a controller. Zero IDs: there is no such neighbour.
type Hop struct {
	Next      int  // neighbour on the shortest path; the controller's own ID: direct
	Alternate int  // loop-free neighbour for packets that enter the mesh here, while Suspect
	Suspect   bool // the next hop, or its next hop, is suspected to be gone
}

// Hops holds the Hop to each controller, by its ID.
type Hops [overlay.MaxControllers + 1]Hop

// Switch forwards packets between its ports and the kernel interface. All methods may be called from
// several goroutines.
type Switch struct {
	options Options
	start   time.Time // stamps are durations since then
	view    atomic.Pointer[view]
	ports   [slots]atomic.Pointer[Port]
	kernel  atomic.Pointer[kernelPort]
	traffic [slots]traffic
	clients clientStamps
	batches sync.Pool

	mu sync.Mutex // guards changes of view, ports and kernel; packets never take it
}

// New returns a switch without ports that knows no route.
func New(o Options) *Switch {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Control == nil {
		o.Control = func(int, []byte, time.Time) {}
	}
	if o.Client == nil {
		o.Client = func(netip.Addr) {}
	}
	if o.KernelLost == nil {
		o.KernelLost = func(error) {}
	}
	if o.MTU == 0 {
		o.MTU = DefaultMTU
	}
	s := &Switch{options: o, start: o.Now()}
	s.batches.New = func() any { return newBatch(s) }
	v := &view{}
	for i := range v.mtu {
		v.mtu[i] = o.MTU
	}
	v.mtu[kernelSlot] = ipv4.MaxLength // the host's stack cuts what it forwards itself
	s.view.Store(v)
	return s
}

// Peer returns the port for the device of the tunnel to controller id, 1…9. After the port was closed,
// a new one.
func (s *Switch) Peer(id int) *Port {
	if id < 1 || id > overlay.MaxControllers {
		panic("forward: controller IDs are 1 to 9")
	}
	return s.port(slot(id))
}

// Clients returns the port for the device that serves client servers. After the port was closed, a new
// one.
func (s *Switch) Clients() *Port { return s.port(clientSlot) }

func (s *Switch) port(at slot) *Port {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.ports[at].Load(); p != nil && !p.closed.Load() {
		return p
	}
	p := newPort(s, at)
	s.ports[at].Store(p)
	return p
}

// Kernel attaches the native TUN device of this host and forwards what the host sends, until Kernel is
// called again; with nil it only detaches. The switch owns dev: it drains its events and closes it.
func (s *Switch) Kernel(dev tun.Device) {
	var next *kernelPort
	if dev != nil {
		next = newKernelPort(s, dev)
	}
	s.mu.Lock()
	old := s.kernel.Swap(next)
	s.change(func(v *view) { v.kernel = next != nil })
	s.mu.Unlock()
	if old != nil {
		old.close()
	}
	if next != nil {
		next.run()
	}
}

// SetIdentity says who this controller is.
func (s *Switch) SetIdentity(i Identity) { s.update(func(v *view) { v.identify(i) }) }

// SetHops says how packets reach the other controllers. A neighbour that is no ID from 1 to 9 is none.
func (s *Switch) SetHops(hops *Hops) {
	next := *hops
	for i := range next {
		next[i].Next, next[i].Alternate = neighbour(next[i].Next), neighbour(next[i].Alternate)
	}
	s.update(func(v *view) { v.hops = next })
}

func neighbour(id int) int {
	if id < 1 || id > overlay.MaxControllers {
		return 0
	}
	return id
}

// SetTable says where the packets for each prefix go.
func (s *Switch) SetTable(t *Table) { s.update(func(v *view) { v.table = t }) }

func (s *Switch) update(f func(*view)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.change(f)
}

// change needs s.mu.
func (s *Switch) change(f func(*view)) {
	v := *s.view.Load()
	f(&v)
	s.view.Store(&v)
}

// Data returns when the tunnel to peer last brought a packet that is not a control packet; the zero
// time if it never did.
func (s *Switch) Data(peer int) time.Time {
	if peer < 1 || peer > overlay.MaxControllers {
		return time.Time{}
	}
	return s.time(s.traffic[peer].data.Load())
}

// ClientSeen returns when the client server with the overlay address last sent an authenticated packet
// here; the zero time if it never did or was forgotten.
func (s *Switch) ClientSeen(addr netip.Addr) time.Time {
	stamp := s.clients.find(addr)
	if stamp == nil {
		return time.Time{}
	}
	return s.time(stamp.Load())
}

// ForgetClient makes the next packet of the client server be reported as its first.
func (s *Switch) ForgetClient(addr netip.Addr) {
	if stamp := s.clients.find(addr); stamp != nil {
		stamp.Store(0)
	}
}

// stamp is the time as atomics hold it: nanoseconds since the start plus one, so that zero is never.
func (s *Switch) stamp(now time.Time) int64 { return int64(now.Sub(s.start)) + 1 }

func (s *Switch) time(stamp int64) time.Time {
	if stamp == 0 {
		return time.Time{}
	}
	return s.start.Add(time.Duration(stamp - 1))
}

// Close closes all ports and detaches the kernel interface.
func (s *Switch) Close() {
	s.Kernel(nil)
	for i := range s.ports {
		if p := s.ports[i].Load(); p != nil {
			p.Close()
		}
	}
}
