package tunnel

import (
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/device"
	"golang.zx2c4.com/wireguard/tun"

	"vns3/engine/tunnel/noise"
	"vns3/engine/tunnel/udp"
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
	tap     *tap
	device  *device.Device
	issued  issued
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
	bind := o.Bind
	if bind == nil {
		var err error
		// A client's path may be narrow, and nobody tells the client: fragments are better than silence.
		if bind, err = udp.New(udp.Options{Listen: o.Listen, Fragment: true}); err != nil {
			return nil, err
		}
	}
	if o.Wrap != nil {
		bind = o.Wrap(bind)
	}
	c.tap = &tap{Bind: bind, in: c.in, out: c.out, handed: make(chan datagram, maxHanded)}
	if err := c.tap.open(o.ListenPort); err != nil {
		return nil, portInUse(o.ListenPort, "client servers", err)
	}
	var err error
	if c.device, err = newDevice(o.Port, c.tap, o.PrivateKey, o.Log); err != nil {
		return nil, err
	}
	c.running.Go(func() { c.door.serve(c.admit) })
	return c, nil
}

// Add configures a client, or changes its preshared key, address and (if given) endpoint.
func (c *Clients) Add(p ClientPeer) error {
	text := line("public_key", p.PublicKey) + line("preshared_key", p.PresharedKey) +
		"replace_allowed_ips=true\nallowed_ip=" + netip.PrefixFrom(p.Address, p.Address.BitLen()).String() + "\n"
	if p.Endpoint.IsValid() {
		text += "endpoint=" + p.Endpoint.String() + "\n"
	}
	if err := c.device.IpcSet(text); err != nil {
		return fmt.Errorf("cannot configure client %v: %w", p.Address, err)
	}
	c.door.know(p.PublicKey, p.Endpoint)
	return nil
}

// Remove ends the client's session and forgets it.
func (c *Clients) Remove(publicKey [32]byte) {
	c.device.RemovePeer(publicKey)
	c.door.forget(publicKey)
}

// Initiate drops the client's session and sends it a handshake initiation at the endpoint: the first
// step of a take-over, repeated until answered.
func (c *Clients) Initiate(publicKey [32]byte, endpoint netip.AddrPort) error {
	p := c.device.LookupPeer(publicKey)
	if p == nil {
		return fmt.Errorf("cannot initiate a session with a client that is not configured")
	}
	ep, err := endpointOf(c.tap.Bind, endpoint)
	if err != nil {
		return fmt.Errorf("cannot set the endpoint %v of a client: %w", endpoint, err)
	}
	// Not by IpcSet, which initiates when something waits for a session: a second initiation would follow
	// so closely that the client takes it for a replay.
	p.SetEndpointFromPacket(ep)
	c.door.know(publicKey, endpoint)
	p.ExpireCurrentKeypairs()
	return p.SendHandshakeInitiation(false)
}

// SendKeepalive sends the client an empty packet in its session.
func (c *Clients) SendKeepalive(publicKey [32]byte) {
	if p := c.device.LookupPeer(publicKey); p != nil {
		p.SendKeepalive()
	}
}

// Feed hands a datagram to the device as if it had come from the endpoint. It copies the packet.
func (c *Clients) Feed(packet []byte, from netip.AddrPort) {
	if ep, err := endpointOf(c.tap.Bind, from); err == nil {
		c.tap.hand(packet, ep)
	}
}

// Status asks the device once for all its clients.
func (c *Clients) Status() []ClientStatus {
	var all []ClientStatus
	for p := range peers(c.device) {
		all = append(all, ClientStatus{p.publicKey, p.endpoint, p.lastHandshake, p.txBytes, p.rxBytes})
	}
	return all
}

// Close ends the device and its socket, and waits for both.
func (c *Clients) Close() {
	c.door.close()
	c.running.Wait()
	c.device.Close()
}

// in sees what arrives. Initiations go to the door; everything else needs an index that the device
// chose.
func (c *Clients) in(packet []byte, from conn.Endpoint) bool {
	switch noise.KindOf(packet) {
	case noise.InitiationKind:
		c.door.knock(packet, from)
		return false
	case noise.ResponseKind:
		return c.issued.has(noise.Receiver(packet)) && c.door.facing.Addressed(packet)
	case noise.CookieKind:
		return c.issued.has(noise.Receiver(packet))
	case noise.TransportKind:
		index := noise.Receiver(packet)
		if c.issued.has(index) {
			return true
		}
		if c.o.Stray != nil {
			c.o.Stray(Stray{Receiver: index, Packet: packet, From: addrPort(from)})
		}
	}
	return false
}

// out sees what is sent.
func (c *Clients) out(packets [][]byte, _ conn.Endpoint) bool {
	if kind := noise.KindOf(packets[0]); kind == noise.InitiationKind || kind == noise.ResponseKind {
		c.issued.add(noise.Sender(packets[0]), time.Now())
	}
	return c.o.Fence == nil || c.o.Fence()
}

// admit asks the owner about an initiation and hands it to the device.
func (c *Clients) admit(k knock, in noise.Initiation) {
	admitted := c.o.Admit(Initiation{PublicKey: in.PublicKey, Timestamp: in.Timestamp, From: addrPort(k.from), Standby: k.standby})
	if !admitted || k.standby {
		return
	}
	c.door.know(in.PublicKey, addrPort(k.from))
	c.tap.hand(k.packet[:], k.from)
}
