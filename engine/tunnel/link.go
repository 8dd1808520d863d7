package tunnel

import (
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/device"
	"golang.zx2c4.com/wireguard/tun"

	"vns3/engine/tunnel/noise"
	"vns3/engine/tunnel/probe"
	"vns3/engine/tunnel/udp"
)

// LinkOptions say what a link is made of.
type LinkOptions struct {
	Self, Peer int        // IDs, 1…9
	PrivateKey [32]byte   // of this controller
	PeerKey    [32]byte   // public key of the peer
	Listen     netip.Addr // address to bind; the zero Addr: all, IPv4 and IPv6
	Port       tun.Device // where packets come from and go to; the link closes it
	Log        *slog.Logger
	Prober     *Prober         // answers outer probes; nil: nobody does
	Silent     *atomic.Bool    // while set, the device sends nothing, not even what it repeats by itself; may be nil
	Events     func(LinkEvent) // called from the link's goroutines: must not block, nor call the link; may be nil

	// Wrap may put something between device and socket, such as the faults of a demonstration; nil: nothing.
	Wrap func(conn.Bind) conn.Bind

	// For tests; the zero values mean LinkPort(Peer), LinkPort(Self) and a UDP socket.
	ListenPort, RemotePort uint16
	Bind                   conn.Bind
}

// LinkEventKind says what happened on a link.
type LinkEventKind uint8

// The kinds of link events.
const (
	SessionEstablished LinkEventKind = iota + 1 // a handshake was completed, also when rekeying
	Roamed                                      // an authenticated packet came from another endpoint: Addr
	SecondSource                                // a handshake for us came from Addr, which is not the endpoint in use
	PathMTU                                     // the kernel says that the path carries IP packets of MTU bytes
	Refused                                     // ICMP: nobody listens at Addr
	Unreachable                                 // ICMP: no way to Addr
	HandshakeRefused                            // the peer's own initiations come and are not answered: a clock went back
)

var linkEventKinds = [...]string{"unknown", "session established", "roamed", "second source", "path MTU", "refused", "unreachable", "handshake refused"}

func (k LinkEventKind) String() string {
	if int(k) < len(linkEventKinds) {
		return linkEventKinds[k]
	}
	return linkEventKinds[0]
}

// LinkEvent is something that happened on the link to Peer.
type LinkEvent struct {
	Kind LinkEventKind
	Peer int
	At   time.Time
	Addr netip.AddrPort
	MTU  int // bytes of the outer IP packet; only for PathMTU
}

// LinkStatus is what a link's device says of itself.
type LinkStatus struct {
	Endpoint         netip.AddrPort
	LastHandshake    time.Time // zero: never
	Session          bool      // packets can be sent
	TxBytes, RxBytes uint64    // outer, without UDP and IP headers
}

// Link is the tunnel to one controller.
type Link struct {
	o        LinkOptions
	tap      *tap
	device   *device.Device
	identity *noise.Identity

	issued  issued
	check   chan struct{} // a session may have been completed
	end     chan struct{}
	ended   sync.Once
	running sync.WaitGroup

	endpoint atomic.Pointer[netip.AddrPort] // where packets go; nil: not known
	sentTo   conn.Endpoint                  // last seen; guarded by mu
	only     atomic.Pointer[netip.AddrPort] // nil: any source
	indexIn  atomic.Uint64                  // newest receiver index that came, plus 1<<32
	indexOut atomic.Uint64                  // newest that went out, likewise
	secondAt atomic.Int64                   // when SecondSource was last told, Unix ns
	asked    atomic.Int64                   // when an initiation of the peer came that is not answered yet, Unix ns
	toldMTU  atomic.Int64                   // newest told, with the second in which

	mu        sync.Mutex
	handshake time.Time // newest that was told
	session   time.Time // when the session was found; zero: none
}

// OpenLink binds the link's UDP port and starts its device. It sends nothing until the owner says
// Initiate. When the port cannot be bound, the error says what to do and o.Port is left as it was.
func OpenLink(o LinkOptions) (*Link, error) {
	if o.ListenPort == 0 {
		o.ListenPort = LinkPort(o.Peer)
	}
	if o.RemotePort == 0 {
		o.RemotePort = LinkPort(o.Self)
	}
	if o.Events == nil {
		o.Events = func(LinkEvent) {}
	}
	l := &Link{o: o, identity: noise.NewIdentity(o.PrivateKey), check: make(chan struct{}, 1), end: make(chan struct{})}
	bind := o.Bind
	if bind == nil {
		var err error
		if bind, err = udp.New(udp.Options{Listen: o.Listen, Fault: l.fault}); err != nil {
			return nil, err
		}
	}
	if o.Wrap != nil {
		bind = o.Wrap(bind)
	}
	l.tap = &tap{Bind: bind, in: l.in, out: l.out, data: o.Port}
	if err := l.tap.open(o.ListenPort); err != nil {
		return nil, portInUse(o.ListenPort, fmt.Sprintf("the tunnel to controller %d", o.Peer), err)
	}
	var err error
	if l.device, err = newDevice(o.Port, l.tap, o.PrivateKey, o.Log); err != nil {
		return nil, err
	}
	if err := l.device.IpcSet(line("public_key", o.PeerKey) + "allowed_ip=0.0.0.0/0\n"); err != nil {
		l.device.Close()
		return nil, fmt.Errorf("cannot configure the tunnel to controller %d: %w", o.Peer, err)
	}
	l.running.Go(l.watch)
	return l, nil
}

// SetEndpoint says where the peer is. Port 0 means the port on which the peer expects us.
func (l *Link) SetEndpoint(to netip.AddrPort) {
	if to.Port() == 0 {
		to = netip.AddrPortFrom(to.Addr(), l.o.RemotePort)
	}
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	l.endpoint.Store(&to) // before, so that it does not look like roaming
	// Fails only on an endpoint that does not parse, and this one was printed by its own type.
	_ = l.device.IpcSet(line("public_key", l.o.PeerKey) + "update_only=true\nendpoint=" + to.String() + "\n")
	l.endpoint.Store(&to) // after, because something may just have been sent to the old one
}

// Endpoint returns where packets to the peer go now; the zero AddrPort: not known.
func (l *Link) Endpoint() netip.AddrPort {
	if to := l.endpoint.Load(); to != nil {
		return *to
	}
	return netip.AddrPort{}
}

// SetOnlyEndpoint drops whatever does not come from the endpoint, before the device sees it; the zero
// AddrPort lifts that.
func (l *Link) SetOnlyEndpoint(from netip.AddrPort) {
	if !from.IsValid() {
		l.only.Store(nil)
		return
	}
	l.only.Store(&from)
}

// Initiate drops the current session and sends a handshake initiation, whatever was sent before.
// Without an endpoint it does nothing.
func (l *Link) Initiate() {
	if !l.Endpoint().IsValid() {
		return
	}
	l.forgetSession()
	if p := l.device.LookupPeer(l.o.PeerKey); p != nil {
		p.ExpireCurrentKeypairs()            // or the device would keep silent for 5 s after any other initiation
		_ = p.SendHandshakeInitiation(false) // the device logs why it could not be sent
	}
}

// Forget removes the peer from the device and adds it again: the only way to make WireGuard forget the
// newest handshake timestamp it saw, after the peer's clock went back.
func (l *Link) Forget() {
	l.forgetSession()
	text := line("public_key", l.o.PeerKey) + "remove=true\n" + line("public_key", l.o.PeerKey) + "allowed_ip=0.0.0.0/0\n"
	if to := l.Endpoint(); to.IsValid() {
		text += "endpoint=" + to.String() + "\n"
	}
	_ = l.device.IpcSet(text) // the same lines were accepted when the link was opened
}

func (l *Link) forgetSession() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.session = time.Time{}
}

// Status asks the device.
func (l *Link) Status() LinkStatus {
	s := LinkStatus{Endpoint: l.Endpoint()}
	for p := range peers(l.device) {
		s.LastHandshake, s.TxBytes, s.RxBytes = p.lastHandshake, p.txBytes, p.rxBytes
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s.Session = !l.session.IsZero() && time.Since(l.session) < device.RejectAfterTime
	return s
}

// Close ends the device and its socket, and waits for both. Closing twice does nothing.
func (l *Link) Close() {
	l.ended.Do(func() { close(l.end) })
	l.running.Wait()
	l.device.Close()
}

// in sees what arrives.
func (l *Link) in(packet []byte, from conn.Endpoint) bool {
	if only := l.only.Load(); only != nil && addrPort(from) != *only {
		return false
	}
	switch noise.KindOf(packet) {
	case noise.TransportKind:
		if !l.noteIndex(&l.indexIn, packet, l.issued.has) {
			return false
		}
	case noise.InitiationKind:
		l.noteSource(packet, addrPort(from))
		l.noteInitiation(packet)
	case noise.Other:
		if l.o.Prober != nil && probe.Is(packet) {
			if answer := l.o.Prober.answer(packet, addrPort(from), l.o.Peer); answer != nil {
				_ = l.tap.Bind.Send([][]byte{answer}, from) // an answer may be lost
			}
		}
		return false
	}
	return true
}

// out sees what is sent.
func (l *Link) out(packets [][]byte, to conn.Endpoint) bool {
	if l.o.Silent != nil && l.o.Silent.Load() {
		return false
	}
	switch noise.KindOf(packets[0]) {
	case noise.InitiationKind, noise.ResponseKind:
		if noise.KindOf(packets[0]) == noise.ResponseKind {
			l.asked.Store(0)
		}
		l.issued.add(noise.Sender(packets[0]), time.Now())
	case noise.TransportKind:
		l.noteIndex(&l.indexOut, packets[0], func(uint32) bool { return true })
	}
	l.mu.Lock()
	same := l.sentTo == to
	l.sentTo = to
	l.mu.Unlock()
	if same {
		return true
	}
	now := addrPort(to)
	if before := l.endpoint.Swap(&now); before != nil && *before != now {
		l.o.Events(LinkEvent{Kind: Roamed, Peer: l.o.Peer, At: time.Now(), Addr: now})
	}
	return true
}

// noteIndex looks for a session when packets of a new one flow. It reports whether the index is a
// valid one.
func (l *Link) noteIndex(newest *atomic.Uint64, packet []byte, valid func(uint32) bool) bool {
	index := noise.Receiver(packet)
	if newest.Load() == 1<<32|uint64(index) {
		return true
	}
	if !valid(index) {
		return false
	}
	newest.Store(1<<32 | uint64(index))
	select {
	case l.check <- struct{}{}:
	default:
	}
	return true
}

// refusedAfter is how long an initiation may be without an answer: the device answers within
// milliseconds, or, for a timestamp that went back, never.
const refusedAfter = 200 * time.Millisecond

// noteInitiation tells when the peer's initiations come and the device answers none of them. Only the
// peer's own are meant, whoever sent them: others are refused for better reasons.
func (l *Link) noteInitiation(packet []byte) {
	if !l.identity.Addressed(packet) {
		return // reading costs much more: strangers must not be able to ask for it
	}
	initiation, ok := l.identity.Read(packet)
	if !ok || initiation.PublicKey != l.o.PeerKey {
		return
	}
	now := time.Now().UnixNano()
	if before := l.asked.Load(); before == 0 || now-before < int64(refusedAfter) {
		l.asked.CompareAndSwap(0, now)
		return
	}
	l.asked.Store(now)
	l.o.Events(LinkEvent{Kind: HandshakeRefused, Peer: l.o.Peer, At: time.Unix(0, now), Addr: l.Endpoint()})
}

// noteSource tells of handshakes from elsewhere, at most once a second.
func (l *Link) noteSource(packet []byte, from netip.AddrPort) {
	if from == l.Endpoint() {
		return
	}
	now := time.Now()
	last := l.secondAt.Load()
	if now.UnixNano()-last < int64(time.Second) || !l.identity.Addressed(packet) || !l.secondAt.CompareAndSwap(last, now.UnixNano()) {
		return
	}
	l.o.Events(LinkEvent{Kind: SecondSource, Peer: l.o.Peer, At: now, Addr: from})
}

// fault tells of what the network reports.
func (l *Link) fault(f udp.Fault) {
	e := LinkEvent{Peer: l.o.Peer, At: time.Now(), Addr: f.To}
	switch f.Kind {
	case udp.TooBig:
		// A saturated link would tell the same thing for each packet.
		told := e.At.Unix()<<16 | int64(f.MTU)
		if f.MTU == 0 || l.toldMTU.Swap(told) == told {
			return
		}
		e.Kind, e.MTU = PathMTU, f.MTU
	case udp.Refused:
		e.Kind = Refused
	case udp.Unreachable:
		e.Kind = Unreachable
	}
	l.o.Events(e)
}

const (
	firstCheck = 500 * time.Microsecond
	lastCheck  = 300 * time.Millisecond
)

// watch tells the owner of sessions. The device does not: but the packets of a new session have a new
// index, and soon after the first of them the device knows a newer handshake.
func (l *Link) watch() {
	timer := time.NewTimer(0)
	<-timer.C
	defer timer.Stop()
	pause := time.Duration(0)
	for {
		select {
		case <-l.check:
			pause = firstCheck
		case <-timer.C:
			pause *= 2
		case <-l.end:
			return
		}
		if !l.checkSession() && pause <= lastCheck {
			timer.Reset(pause)
		}
	}
}

// checkSession reports whether the device has a handshake that was not told yet, and tells it.
func (l *Link) checkSession() bool {
	var newest time.Time
	for p := range peers(l.device) {
		newest = p.lastHandshake
	}
	l.mu.Lock()
	fresh := !newest.IsZero() && !newest.Equal(l.handshake)
	if fresh {
		l.handshake, l.session = newest, time.Now()
	}
	l.mu.Unlock()
	if fresh {
		l.o.Events(LinkEvent{Kind: SessionEstablished, Peer: l.o.Peer, At: newest, Addr: l.Endpoint()})
	}
	return fresh
}
