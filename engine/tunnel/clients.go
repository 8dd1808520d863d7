package tunnel

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/tun"

	"vns3/engine/tunnel/noise"
	"vns3/engine/tunnel/udp"
	"vns3/engine/tunnel/wireguard"
)

// ClientsOptions say what the device for client servers is made of.
type ClientsOptions struct {
	PrivateKey [32]byte   // the client-facing identity, shared by all controllers
	StandbyKey [32]byte   // private key of this controller's standby identity; zero: none
	Listen     netip.Addr // address to bind; the zero Addr: all, IPv4 and IPv6
	Port       tun.Device // where packets come from and go to; the device closes it
	Log        *slog.Logger

	// Admit decides on a client's handshake initiation. It runs on one worker, may call Add, and what
	// it admits is answered. For a standby initiation the answer is ignored: nothing ever is.
	Admit func(Initiation) bool

	// Stray is told of a transport packet whose receiver index this device did not issue. It runs on the
	// receiving goroutine: it must not block and must not keep the packet. May be nil.
	Stray func(Stray)

	// Fence says whether this controller may send to clients now; nil: always.
	Fence func() bool

	// Wrap may put something between device and socket, such as the faults of a demonstration; nil: nothing.
	Wrap func(conn.Bind) conn.Bind

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
type Clients struct {
	o       ClientsOptions
	bind    conn.Bind
	device  *wireguard.Device
	door    *door
	running sync.WaitGroup
}

// OpenClients binds UDP 1194 and starts the device without any client. When the port cannot be bound,
// the error says what to do and o.Port is left as it was.
func OpenClients(o ClientsOptions) (*Clients, error) {
	if o.ListenPort == 0 {
		o.ListenPort = ClientPort
	}
	c := &Clients{o: o, door: newDoor(o.PrivateKey, o.StandbyKey)}
	// A client's path may be narrow, and nobody tells the client: fragments are better than silence.
	bind, lent, err := socket(o.Bind, o.Wrap, udp.Options{Listen: o.Listen, Fragment: true})
	if err != nil {
		return nil, err
	}
	c.bind = bind
	c.device = wireguard.New(wireguard.Options{
		PrivateKey: o.PrivateKey, Port: o.Port, Bind: bind, Lent: lent, Log: calmed(o.Log),
		Initiation: c.initiation, Standby: c.door.standby, Crowded: c.crowded, Stray: c.stray, MaySend: c.maySend,
	})
	if err := c.device.Start(o.ListenPort); err != nil {
		return nil, portInUse(o.ListenPort, "client servers", err)
	}
	c.running.Go(func() { c.door.serve(c.admit) })
	return c, nil
}

// Add configures a client, or changes its preshared key, address and (if given) endpoint.
func (c *Clients) Add(p ClientPeer) error {
	config := wireguard.PeerConfig{
		PublicKey: p.PublicKey, PresharedKey: p.PresharedKey,
		Allowed: []netip.Prefix{netip.PrefixFrom(p.Address, p.Address.BitLen())},
	}
	var err error
	if p.Endpoint.IsValid() {
		config.Endpoint, err = endpointOf(c.bind, p.Endpoint)
	}
	if err == nil {
		_, err = c.device.Set(config)
	}
	if err != nil {
		return fmt.Errorf("cannot configure client %v: %w", p.Address, err)
	}
	c.door.know(p.PublicKey, p.Endpoint)
	return nil
}

// Remove ends the client's session and forgets it.
func (c *Clients) Remove(publicKey [32]byte) {
	c.device.Remove(publicKey)
	c.door.forget(publicKey)
}

// Initiate drops the client's session and sends it a handshake initiation at the endpoint: the first
// step of a take-over, repeated until answered.
func (c *Clients) Initiate(publicKey [32]byte, endpoint netip.AddrPort) error {
	p := c.device.Peer(publicKey)
	if p == nil {
		return errors.New("cannot initiate a session with a client that is not configured")
	}
	ep, err := endpointOf(c.bind, endpoint)
	if err != nil {
		return fmt.Errorf("cannot set the endpoint %v of a client: %w", endpoint, err)
	}
	p.SetEndpoint(ep)
	c.door.know(publicKey, endpoint)
	return p.Initiate()
}

// SendKeepalive sends the client an empty packet in its session.
func (c *Clients) SendKeepalive(publicKey [32]byte) {
	if p := c.device.Peer(publicKey); p != nil {
		p.SendKeepalive()
	}
}

// Feed hands a datagram to the device as if it had come from the endpoint. It copies the packet.
func (c *Clients) Feed(packet []byte, from netip.AddrPort) {
	if ep, err := endpointOf(c.bind, from); err == nil {
		c.device.Handle(bytes.Clone(packet), ep)
	}
}

// Status asks the device for all its clients.
func (c *Clients) Status() []ClientStatus {
	var all []ClientStatus
	for _, p := range c.device.Peers() {
		all = append(all, statusOf(p))
	}
	return all
}

func statusOf(p *wireguard.Peer) ClientStatus {
	s := ClientStatus{PublicKey: p.PublicKey(), Endpoint: addrPort(p.Endpoint()), LastHandshake: p.LastHandshake()}
	s.TxBytes, s.RxBytes = p.Traffic()
	return s
}

// Close ends the device and its socket, and waits for both.
func (c *Clients) Close() {
	c.door.close()
	c.running.Wait()
	c.device.Close()
}

// initiation lets an initiation wait at the door.
func (c *Clients) initiation(packet []byte, from conn.Endpoint) bool {
	c.door.knock(packet, from)
	return false
}

// crowded reports whether so many initiations wait that one from there must prove where it comes from.
func (c *Clients) crowded(from conn.Endpoint) bool { return c.door.crowded(addrPort(from)) }

// stray tells of a packet of another controller's session.
func (c *Clients) stray(packet []byte, from conn.Endpoint) {
	if c.o.Stray != nil {
		c.o.Stray(Stray{Receiver: noise.Receiver(packet), Packet: packet, From: addrPort(from)})
	}
}

func (c *Clients) maySend(noise.Kind) bool { return c.o.Fence == nil || c.o.Fence() }

// admit asks the owner about an initiation and lets the device answer it.
func (c *Clients) admit(k knock, in noise.Initiation) {
	admitted := c.o.Admit(Initiation{PublicKey: in.PublicKey, Timestamp: in.Timestamp, From: addrPort(k.from), Standby: k.standby})
	if !admitted || k.standby {
		return
	}
	c.door.know(in.PublicKey, addrPort(k.from))
	c.device.Answer(&in, k.from)
}
