package tunnel

import (
	"fmt"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/tun"

	"vns3/engine/tunnel/noise"
	"vns3/engine/tunnel/probe"
	"vns3/engine/tunnel/udp"
	"vns3/engine/tunnel/wireguard"
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
	o      LinkOptions
	bind   conn.Bind
	device *wireguard.Device
	peer   *wireguard.Peer

	only     atomic.Pointer[netip.AddrPort] // nil: any source
	secondAt time.Time                      // when SecondSource was last told
	asked    atomic.Int64                   // when an initiation of the peer was refused, Unix ns; 0: none since the last answer
	toldMTU  atomic.Int64                   // newest told, with the second in which
}

// everywhere is what a peer of a link may send from: our routes decide.
var everywhere = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}

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
	l := &Link{o: o}
	bind, lent, err := socket(o.Bind, o.Wrap, udp.Options{Listen: o.Listen, Fault: l.fault})
	if err != nil {
		return nil, err
	}
	l.bind = bind
	l.device = wireguard.New(wireguard.Options{
		PrivateKey: o.PrivateKey, Port: o.Port, Bind: bind, Lent: lent, Log: calmed(o.Log),
		Accept: l.accept, Initiation: l.initiation, Other: l.other, MaySend: l.maySend,
		Session:  func(_ *wireguard.Peer, at time.Time) { l.tell(SessionEstablished, at, l.Endpoint()) },
		Roamed:   func(_ *wireguard.Peer, to conn.Endpoint) { l.tell(Roamed, time.Now(), addrPort(to)) },
		Answered: func(*wireguard.Peer) { l.asked.Store(0) },
		Refused:  func(*wireguard.Peer) { l.refused() },
	})
	if l.peer, err = l.device.Set(wireguard.PeerConfig{PublicKey: o.PeerKey, Allowed: everywhere}); err != nil {
		return nil, fmt.Errorf("cannot configure the tunnel to controller %d: %w", o.Peer, err)
	}
	if err := l.device.Start(o.ListenPort); err != nil {
		return nil, portInUse(o.ListenPort, fmt.Sprintf("the tunnel to controller %d", o.Peer), err)
	}
	return l, nil
}

// SetEndpoint says where the peer is. Port 0 means the port on which the peer expects us.
func (l *Link) SetEndpoint(to netip.AddrPort) {
	if to.Port() == 0 {
		to = netip.AddrPortFrom(to.Addr(), l.o.RemotePort)
	}
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	// Fails only on an endpoint that does not parse, and this one was printed by its own type.
	if ep, err := endpointOf(l.bind, to); err == nil {
		l.peer.SetEndpoint(ep)
	}
}

// Endpoint returns where packets to the peer go now; the zero AddrPort: not known.
func (l *Link) Endpoint() netip.AddrPort { return addrPort(l.peer.Endpoint()) }

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
// Without an endpoint it sends nothing.
func (l *Link) Initiate() { _ = l.peer.Initiate() } // repeated until it is answered

// Forget makes WireGuard forget the newest handshake timestamp it saw, after the peer's clock went back.
func (l *Link) Forget() { l.peer.Forget() }

// Status asks the device.
func (l *Link) Status() LinkStatus {
	s := LinkStatus{Endpoint: l.Endpoint(), LastHandshake: l.peer.LastHandshake(), Session: l.peer.Connected()}
	s.TxBytes, s.RxBytes = l.peer.Traffic()
	return s
}

// Close ends the device and its socket, and waits for both. Closing twice does nothing.
func (l *Link) Close() { l.device.Close() }

func (l *Link) tell(kind LinkEventKind, at time.Time, addr netip.AddrPort) {
	l.o.Events(LinkEvent{Kind: kind, Peer: l.o.Peer, At: at, Addr: addr})
}

// accept reports whether the device looks at what comes from there.
func (l *Link) accept(from conn.Endpoint) bool {
	only := l.only.Load()
	return only == nil || addrPort(from) == *only
}

// other answers outer probes.
func (l *Link) other(packet []byte, from conn.Endpoint) {
	if l.o.Prober == nil || !probe.Is(packet) {
		return
	}
	if answer := l.o.Prober.answer(packet, addrPort(from), l.o.Peer); answer != nil {
		_ = l.bind.Send([][]byte{answer}, from) // an answer may be lost
	}
}

func (l *Link) maySend(noise.Kind) bool { return l.o.Silent == nil || !l.o.Silent.Load() }

// refusedAfter is how long the peer's initiations must be refused before that is told: a single one may
// have been replayed, or overtaken.
const refusedAfter = 200 * time.Millisecond

// refused tells when the peer's initiations come and are refused again and again.
func (l *Link) refused() {
	now := time.Now().UnixNano()
	if before := l.asked.Load(); before == 0 || now-before < int64(refusedAfter) {
		l.asked.CompareAndSwap(0, now)
		return
	}
	l.asked.Store(now)
	l.tell(HandshakeRefused, time.Unix(0, now), l.Endpoint())
}

// initiation tells of handshakes from elsewhere, at most once a second.
func (l *Link) initiation(_ []byte, from conn.Endpoint) bool {
	at, now := addrPort(from), time.Now()
	if at != l.Endpoint() && now.Sub(l.secondAt) >= time.Second {
		l.secondAt = now
		l.tell(SecondSource, now, at)
	}
	return true
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
