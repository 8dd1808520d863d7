package tunnel

import (
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/tun"
)

// LinkOptions say what a link is made of.
type LinkOptions struct {
	Self, Peer int        // IDs, 1…9
	PrivateKey [32]byte   // of this controller
	PeerKey    [32]byte   // public key of the peer
	Listen     netip.Addr // address to bind; the zero Addr: all, IPv4 and IPv6
	Port       tun.Device // where packets come from and go to; the link closes it
	Log        *slog.Logger
	Prober     *Prober         // answers and sends outer probes; nil: none
	Events     func(LinkEvent) // called from the link's goroutines: must not block, nor call the link

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
)

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
type Link struct{}

// OpenLink binds the link's UDP port and starts its device. It sends nothing until the owner says
// Initiate. An error names the port and who may hold it.
func OpenLink(o LinkOptions) (*Link, error) { return nil, errors.New("unwritten") }

// SetEndpoint says where the peer is. Port 0 means the port that the peer expects us on.
func (l *Link) SetEndpoint(to netip.AddrPort) {}

// Endpoint returns where packets to the peer go now; the zero AddrPort: not known.
func (l *Link) Endpoint() netip.AddrPort { return netip.AddrPort{} }

// SetOnlyEndpoint drops whatever does not come from the endpoint, before the device sees it; the zero
// AddrPort lifts that.
func (l *Link) SetOnlyEndpoint(from netip.AddrPort) {}

// Initiate drops the current session and sends a handshake initiation, whatever was sent before.
func (l *Link) Initiate() {}

// Forget removes the peer from the device and adds it again: the only way to make WireGuard forget the
// newest handshake timestamp it saw, after the peer's clock went back.
func (l *Link) Forget() {}

// Status asks the device.
func (l *Link) Status() LinkStatus { return LinkStatus{} }

// Close ends the device and its socket, and waits for both.
func (l *Link) Close() {}
