package engine

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"vns3/engine/link"
	"vns3/engine/tunnel"
	"vns3/engine/tunnel/probe"
)

// WireGuard's own bytes around an inner packet, with UDP and the IP header.
const (
	overheadIPv4 = 60
	overheadIPv6 = 80
)

// peerLink is the tunnel to one row's controller and what surrounds it: its name, its UDP port, the
// outer probes. Its watcher, a goroutine, may wait for a network; the loop never does.
type peerLink struct {
	id      int
	address string // as configured
	session *session
	wake    chan struct{}
	end     context.CancelFunc
	running sync.WaitGroup

	device atomic.Pointer[tunnel.Link] // nil: the UDP port cannot be bound now
	mtu    atomic.Int64                // configured ceiling
	state  atomic.Uint32               // link.State as the loop last saw it
	facts  atomic.Pointer[linkFacts]   // the watcher's

	// Noted by the device's goroutines, taken by the loop.
	established atomic.Pointer[time.Time] // of the newest session
	taken       *time.Time
	ceiling     atomic.Int64 // largest inner packet worth trying
	tried       int64
	refused     atomic.Bool
	refusedAt   atomic.Int64 // Unix ns of the newest handshake that was refused for its timestamp
	closedAt    atomic.Int64 // Unix ns of the newest word that nobody listens at the peer's port
	probedUs    atomic.Int64 // Unix ns of the peer's newest outer probe
	remeasure   atomic.Bool  // taken by the watcher
}

// linkFacts is what the watcher knows. It is never changed.
type linkFacts struct {
	addrs      []netip.Addr
	candidate  netip.Addr
	resolveErr error // of the newest lookup
	portErr    error // why the UDP port is not bound
	report     probe.Report
	probedAt   time.Time // zero: not yet
	astray     bool      // the tunnel is up, and none of addrs leads to the peer
}

// openPeerLink starts the link to a row's controller. A port in use is not an error: it is tried again.
func openPeerLink(s *session, id int, address string, mtu int) *peerLink {
	ctx, end := context.WithCancel(context.Background())
	l := &peerLink{id: id, address: address, session: s, wake: make(chan struct{}, 1), end: end}
	l.mtu.Store(int64(mtu))
	l.ceiling.Store(int64(mtu))
	l.facts.Store(&linkFacts{})
	l.open()
	w := watcher{peerLink: l, resolver: tunnel.NewResolver()}
	if addr, err := netip.ParseAddr(address); err == nil {
		addr = addr.Unmap()
		l.note(func(f *linkFacts) { f.addrs = []netip.Addr{addr} })
		w.lookup.Resolved([]netip.Addr{addr}, nil, time.Now())
		w.aim()
	}
	l.running.Go(func() { w.run(ctx) })
	s.linkChanged()
	return l
}

// open binds the UDP port and starts the device.
func (l *peerLink) open() {
	s := l.session
	device, err := tunnel.OpenLink(tunnel.LinkOptions{
		Self: s.self, Peer: l.id, PrivateKey: s.keys.Controller(s.self).Private, PeerKey: s.keys.Controller(l.id).Public,
		Listen: s.listen, Port: s.fabric.Peer(l.id), Log: s.log, Prober: s.prober, Silent: &s.twins.stopped, Events: l.heard, Wrap: s.wrap,
	})
	if err == nil {
		l.device.Store(device)
	}
	l.note(func(f *linkFacts) { f.portErr = err })
}

// heard runs on the device's goroutines.
func (l *peerLink) heard(e tunnel.LinkEvent) {
	switch e.Kind {
	case tunnel.SessionEstablished:
		l.established.Store(&e.At)
		l.session.nudgeLoop()
	case tunnel.PathMTU:
		l.limit(e.Addr.Addr(), e.MTU)
	case tunnel.HandshakeRefused:
		l.refusedAt.Store(e.At.UnixNano())
		l.refused.Store(true)
		l.session.nudgeLoop()
	case tunnel.Refused:
		l.closedAt.Store(e.At.UnixNano())
	case tunnel.Unreachable, tunnel.SecondSource, tunnel.Roamed:
		l.wakeWatcher()
	}
}

// limit bounds the inner packets by what the kernel says the outer path carries.
func (l *peerLink) limit(peer netip.Addr, outer int) {
	overhead := overheadIPv4
	if peer.Is6() && !peer.Is4In6() {
		overhead = overheadIPv6
	}
	l.ceiling.Store(min(l.mtu.Load(), int64(outer-overhead)))
	l.session.nudgeLoop()
}

// setMTU changes the configured ceiling.
func (l *peerLink) setMTU(mtu int) {
	if l.mtu.Swap(int64(mtu)) != int64(mtu) {
		l.ceiling.Store(int64(mtu))
		l.remeasure.Store(true)
		l.wakeWatcher()
		l.session.nudgeLoop()
	}
}

func (l *peerLink) initiate() {
	if device := l.device.Load(); device != nil && device.Endpoint().IsValid() {
		device.Initiate()
	}
}

// forget makes WireGuard forget the newest handshake timestamp of the peer.
func (l *peerLink) forget() {
	if device := l.device.Load(); device != nil {
		device.Forget()
	}
}

// takeSession returns the newest session if the loop has not seen it yet.
func (l *peerLink) takeSession() (time.Time, bool) {
	at := l.established.Load()
	if at == l.taken {
		return time.Time{}, false
	}
	l.taken = at
	return *at, true
}

func (l *peerLink) takeCeiling() (int, bool) {
	ceiling := l.ceiling.Load()
	if ceiling == l.tried {
		return 0, false
	}
	l.tried = ceiling
	return int(ceiling), true
}

func (l *peerLink) takeRefusal() bool { return l.refused.Swap(false) }

// setState is told by the loop; the watcher looks at once when it changes.
func (l *peerLink) setState(s link.State) {
	if link.State(l.state.Swap(uint32(s))) != s {
		l.wakeWatcher()
		l.session.linkChanged()
	}
}

func (l *peerLink) up() bool { return link.State(l.state.Load()).Usable() }

func (l *peerLink) wakeWatcher() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *peerLink) note(change func(*linkFacts)) {
	facts := *l.facts.Load()
	change(&facts)
	l.facts.Store(&facts)
	l.session.changed()
}

func (l *peerLink) close() {
	l.end()
	l.running.Wait()
	if device := l.device.Load(); device != nil {
		device.Close()
	}
}
