package tunnel

import (
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/tun"
)

// ClientsOptions say what the device for client servers is made of.
type ClientsOptions struct {
	PrivateKey [32]byte   // the client-facing identity, shared by all controllers
	StandbyKey [32]byte   // private key of this controller's standby identity; zero: none
	Listen     netip.Addr // address to bind; the zero Addr: all, IPv4 and IPv6
	Port       tun.Device // where packets come from and go to; the device closes it
	Log        *slog.Logger

	// Admit decides on a client's handshake initiation. It runs on one worker, may call Add, and what
	// it admits is handed to the device. For a standby initiation the answer is ignored: nothing ever is.
	Admit func(Initiation) bool

	// Stray is told of a transport packet whose receiver index this device did not issue. It runs on the
	// receiving goroutine: it must not block and must not keep the packet.
	Stray func(Stray)

	// Fence says whether this controller may send to clients now; nil: always.
	Fence func() bool

	// For tests; the zero values mean ClientPort and a UDP socket.
	ListenPort uint16
	Bind       conn.Bind
}

// Initiation is what a client's handshake initiation says, read without answering it.
type Initiation struct {
	PublicKey [32]byte
	Timestamp [12]byte // TAI64N: compare as bytes
	From      netip.AddrPort
	Standby   bool // it was addressed to the standby identity
}

// Stray is a transport packet that belongs to a session of another controller.
type Stray struct {
	Receiver uint32 // the index in the packet
	Packet   []byte
	From     netip.AddrPort
}

// ClientPeer is a client server to be served.
type ClientPeer struct {
	PublicKey    [32]byte
	PresharedKey [32]byte
	Address      netip.Addr     // its overlay address: the only source its packets may have
	Endpoint     netip.AddrPort // the zero AddrPort: not known yet
}

// ClientStatus is what the device says of one client.
type ClientStatus struct {
	PublicKey        [32]byte
	Endpoint         netip.AddrPort
	LastHandshake    time.Time // zero: never
	TxBytes, RxBytes uint64
}

// Clients is the device on UDP 1194.
type Clients struct{}

// OpenClients binds UDP 1194 and starts the device without any client.
func OpenClients(o ClientsOptions) (*Clients, error) { return nil, errors.New("unwritten") }

// Add configures a client, or changes its preshared key, address and (if given) endpoint.
func (c *Clients) Add(p ClientPeer) error { return nil }

// Remove ends the client's session and forgets it.
func (c *Clients) Remove(publicKey [32]byte) {}

// Initiate drops the client's session and sends it a handshake initiation at the endpoint: the first
// step of a take-over, repeated until answered.
func (c *Clients) Initiate(publicKey [32]byte, endpoint netip.AddrPort) error { return nil }

// SendKeepalive sends the client an empty packet in its session.
func (c *Clients) SendKeepalive(publicKey [32]byte) {}

// Feed hands a datagram to the device as if it had come from the endpoint. It copies the packet.
func (c *Clients) Feed(packet []byte, from netip.AddrPort) {}

// Status asks the device once for all its clients.
func (c *Clients) Status() []ClientStatus { return nil }

// Close ends the device and its socket, and waits for both.
func (c *Clients) Close() {}
