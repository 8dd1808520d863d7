package engine

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vns3/engine/link"
	"vns3/engine/tunnel"
	"vns3/engine/tunnel/probe"
	"vns3/status"
)

const (
	reopenEvery     = 3 * time.Second        // a UDP port that is in use is tried again
	probeEvery      = time.Second            // while the link is not up
	probeUpEvery    = 30 * time.Second       // while it is: clocks and addresses change
	probeTimeout    = 900 * time.Millisecond // several requests fit
	rotateAfter     = 3 * time.Second        // without an answer the name's next address is tried
	closedStands    = 15 * time.Second
	measureMTUEvery = time.Minute
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
		w.lookup.Resolved([]netip.Addr{addr}, nil, time.Now())
		w.aim()
	}
	l.running.Go(func() { w.run(ctx) })
	return l
}

// open binds the UDP port and starts the device.
func (l *peerLink) open() {
	s := l.session
	device, err := tunnel.OpenLink(tunnel.LinkOptions{
		Self: s.self, Peer: l.id, PrivateKey: s.keys.Controller(s.self).Private, PeerKey: s.keys.Controller(l.id).Public,
		Listen: s.listen, Port: s.fabric.Peer(l.id), Log: s.log, Prober: s.prober, Events: l.heard, Wrap: s.wrap,
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
		// The device tells wall-clock time; the core counts in time that does not jump.
		at := time.Now().Add(-time.Since(e.At))
		l.established.Store(&at)
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

// watcher is the part of a link that waits for names, ports and probes.
type watcher struct {
	*peerLink
	resolver *tunnel.Resolver
	lookup   tunnel.Lookup

	started   bool      // the core knows the link
	aimed     bool      // the device knows an endpoint
	reaim     bool      // tell it again
	aimedAt   time.Time // when it was last told
	reopenAt  time.Time
	probeAt   time.Time
	measureAt time.Time
	wasUp     bool
}

func (w *watcher) run(ctx context.Context) {
	w.started = true
	for {
		w.step(ctx)
		next := time.NewTimer(time.Until(w.due()))
		select {
		case <-next.C:
		case <-w.wake:
			next.Stop()
		case <-ctx.Done():
			next.Stop()
			return
		}
	}
}

// due is when there is something to do without being woken.
func (w *watcher) due() time.Time {
	due := []time.Time{w.lookup.Due(w.up()), w.probeAt}
	if w.device.Load() == nil {
		due = append(due, w.reopenAt)
	}
	return slices.MinFunc(due, time.Time.Compare)
}

func (w *watcher) step(ctx context.Context) {
	now, up := time.Now(), w.up()
	if w.device.Load() == nil && !now.Before(w.reopenAt) {
		w.open()
		w.reopenAt = now.Add(reopenEvery)
		w.aimed = false
		w.aim()
	}
	if !now.Before(w.lookup.Due(up)) {
		addrs, err := w.resolver.Resolve(ctx, w.address)
		w.lookup.Resolved(addrs, err, time.Now())
		w.note(func(f *linkFacts) { f.addrs, f.resolveErr = addrs, err })
	}
	if !up {
		if stale := now.Sub(w.aimedAt) >= rotateAfter; w.wasUp || stale {
			if stale && !w.wasUp {
				w.lookup.Rotate()
			}
			w.reaim = true // where WireGuard roamed to has failed
		}
		w.aim()
	}
	if w.wasUp != up {
		w.probeAt = time.Time{}
	}
	if up {
		w.closedAt.Store(0)
	}
	w.wasUp = up
	if !now.Before(w.probeAt) {
		w.outerProbe(ctx)
	}
	if w.remeasure.Swap(false) || !now.Before(w.measureAt) {
		w.measure()
	}
}

// aim points the device at the candidate. While the link is up, what WireGuard learned from
// authenticated packets is better than any name.
func (w *watcher) aim() {
	candidate, ok := w.lookup.Candidate()
	device := w.device.Load()
	if !ok || device == nil {
		return
	}
	if candidate == w.facts.Load().candidate && w.aimed && !w.reaim {
		return
	}
	late := !w.aimed && w.started // the core's own first initiation had nowhere to go
	w.aimed, w.reaim, w.aimedAt = true, false, time.Now()
	w.note(func(f *linkFacts) { f.candidate = candidate })
	device.SetEndpoint(netip.AddrPortFrom(candidate, 0))
	if late {
		device.Initiate()
	}
	w.measureAt = time.Time{}
}

// outerProbe asks what is there, outside the tunnel.
func (w *watcher) outerProbe(ctx context.Context) {
	candidate := w.facts.Load().candidate
	if device := w.device.Load(); device != nil && w.up() && device.Endpoint().IsValid() {
		candidate = device.Endpoint().Addr()
	}
	every := probeEvery
	if w.up() {
		every = probeUpEvery
	}
	w.probeAt = time.Now().Add(every)
	if !candidate.IsValid() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	report := w.session.outerCheck(ctx, w.id, candidate)
	if observed := report.Observed.Addr(); observed.IsValid() {
		if w.session.sightings.note(w.id, observed) {
			w.session.readdressed()
		}
	}
	now := time.Now()
	w.note(func(f *linkFacts) {
		// Hosts send few ICMP errors: a probe without one is no news of a port that was closed just now.
		switch {
		case report.Verdict == probe.PortClosed:
			w.closedAt.Store(now.UnixNano())
		case report.Verdict == probe.NoAnswer && now.Sub(time.Unix(0, w.closedAt.Load())) < closedStands:
			report.Verdict = probe.PortClosed
		case report.Verdict != probe.NoAnswer:
			w.closedAt.Store(0)
		}
		f.report, f.probedAt = report, now
	})
}

// measure reads the kernel's idea of the path.
func (w *watcher) measure() {
	w.measureAt = time.Now().Add(measureMTUEvery)
	candidate := w.facts.Load().candidate
	if !candidate.IsValid() {
		return
	}
	if outer, err := tunnel.ReadPathMTU(candidate, w.session.listen); err == nil {
		w.limit(candidate, outer)
	}
}

// peerLinks are the links of a session by ID. Readers never wait.
type peerLinks struct {
	current atomic.Pointer[[maxID + 1]*peerLink]
}

func (p *peerLinks) of(id int) *peerLink {
	all := p.current.Load()
	if all == nil || id < 1 || id > maxID {
		return nil
	}
	return all[id]
}

func (p *peerLinks) each(visit func(*peerLink)) {
	if all := p.current.Load(); all != nil {
		for _, l := range all {
			if l != nil {
				visit(l)
			}
		}
	}
}

// ids are those of all links.
func (p *peerLinks) ids() []int {
	var ids []int
	p.each(func(l *peerLink) { ids = append(ids, l.id) })
	return ids
}

func (p *peerLinks) set(id int, l *peerLink) {
	var all [maxID + 1]*peerLink
	if old := p.current.Load(); old != nil {
		all = *old
	}
	all[id] = l
	p.current.Store(&all)
}

func (p *peerLinks) closeAll() {
	p.each((*peerLink).close)
	p.current.Store(nil)
}

// listed is the ID of the row whose address it is now; 0: none.
func (p *peerLinks) listed(addr netip.Addr) int {
	id := 0
	p.each(func(l *peerLink) {
		if f := l.facts.Load(); id == 0 && (f.candidate == addr || slices.Contains(f.addrs, addr)) {
			id = l.id
		}
	})
	return id
}

// heardProbe notes that a row's controller has probed us: its packets reach us.
func (p *peerLinks) heardProbe(id int) {
	if l := p.of(id); l != nil {
		l.probedUs.Store(time.Now().UnixNano())
	}
}

// stateOf turns a link's state into what a row shows.
func stateOf(l *peerLink, s link.State) status.PeerState {
	if f := l.facts.Load(); s == link.Down && !f.candidate.IsValid() {
		return status.Unresolved
	}
	return status.PeerState(s.String())
}
