package wireguard

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/curve25519"
	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/device"

	"vns3/engine/tunnel/memnet"
)

const port = 1000

var (
	atA = netip.MustParseAddr("10.0.0.1")
	atB = netip.MustParseAddr("10.0.0.2")
)

// keys are a key pair derived from a number.
func keys(n byte) (private, public [32]byte) {
	private = [32]byte(bytes.Repeat([]byte{n}, 32))
	private[0] &= 248
	private[31] = private[31]&127 | 64
	curve25519.ScalarBaseMult(&public, &private)
	return private, public
}

// packet is an IP packet of the length that carries a number.
func packet(from, to string, length int, number uint32) []byte {
	p := make([]byte, length)
	src, dst := netip.MustParseAddr(from), netip.MustParseAddr(to)
	if src.Is4() {
		p[0] = 0x45
		binary.BigEndian.PutUint16(p[2:], uint16(length))
		copy(p[12:], src.AsSlice())
		copy(p[16:], dst.AsSlice())
	} else {
		p[0] = 0x60
		binary.BigEndian.PutUint16(p[4:], uint16(length-40))
		copy(p[8:], src.AsSlice())
		copy(p[24:], dst.AsSlice())
	}
	binary.BigEndian.PutUint32(p[length-4:], number)
	return p
}

// end is one end of a tunnel.
type end struct {
	port     *memnet.Port
	received chan []byte
	initiate func()
}

func newEnd() *end {
	e := &end{received: make(chan []byte, 10000)}
	e.port = memnet.NewPort(func(p []byte) { e.received <- bytes.Clone(p) })
	return e
}

// setup is what a test wants of an end.
type setup struct {
	network   *memnet.Network
	at, to    netip.Addr
	self      byte // numbers of keys
	peer      byte
	psk       [32]byte
	allowed   []netip.Prefix
	keepalive time.Duration
	options   Options
}

var everything = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}

// ours is an end with a device of this package; it closes when the test ends.
type ours struct {
	*end
	*Device
	peer *Peer
	tap  *tapped
}

func newOurs(t testing.TB, s setup) *ours {
	t.Helper()
	e := newEnd()
	o := s.options
	o.PrivateKey, _ = keys(s.self)
	tap := &tapped{Bind: s.network.Bind(s.at)}
	o.Port, o.Bind = e.port, tap
	us := &ours{end: e, Device: New(o), tap: tap}
	if err := us.Start(port); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(us.Close)
	_, public := keys(s.peer)
	if s.allowed == nil {
		s.allowed = everything
	}
	config := PeerConfig{PublicKey: public, PresharedKey: s.psk, Allowed: s.allowed, Keepalive: s.keepalive}
	if s.to.IsValid() {
		config.Endpoint = memnet.Endpoint(netip.AddrPortFrom(s.to, port))
	}
	var err error
	if us.peer, err = us.Set(config); err != nil {
		t.Fatal(err)
	}
	e.initiate = func() {
		if err := us.peer.Initiate(); err != nil {
			t.Error(err)
		}
	}
	return us
}

// newTheirs returns an end with a device of wireguard-go; it closes when the test ends.
func newTheirs(t testing.TB, s setup) *end {
	t.Helper()
	e := newEnd()
	d := device.NewDevice(e.port, s.network.Bind(s.at), device.NewLogger(device.LogLevelSilent, ""))
	t.Cleanup(d.Close)
	private, _ := keys(s.self)
	_, public := keys(s.peer)
	config := fmt.Sprintf("private_key=%s\nlisten_port=%d\npublic_key=%s\npreshared_key=%s\nallowed_ip=0.0.0.0/0\nallowed_ip=::/0\n",
		hex.EncodeToString(private[:]), port, hex.EncodeToString(public[:]), hex.EncodeToString(s.psk[:]))
	if s.to.IsValid() {
		config += fmt.Sprintf("endpoint=%v:%d\n", s.to, port)
	}
	err := d.IpcSet(config)
	if err == nil {
		err = d.Up()
	}
	if err != nil {
		t.Fatal(err)
	}
	e.initiate = func() {
		if err := d.LookupPeer(public).SendHandshakeInitiation(false); err != nil {
			t.Error(err)
		}
	}
	return e
}

// pair are two of ours, a at 10.0.0.1 with key 1 and b at 10.0.0.2 with key 2, which know of each other.
func pair(t testing.TB, network *memnet.Network, a, b Options) (*ours, *ours) {
	return newOurs(t, setup{network: network, at: atA, to: atB, self: 1, peer: 2, options: a}),
		newOurs(t, setup{network: network, at: atB, to: atA, self: 2, peer: 1, options: b})
}

// say sends a packet with a number.
func (e *end) say(number uint32) { e.port.Send(packet("10.1.0.1", "10.1.0.2", 100, number)) }

// hear waits for the packet with the number, which must be the next one.
func (e *end) hear(t testing.TB, number uint32) {
	t.Helper()
	select {
	case p := <-e.received:
		if got := binary.BigEndian.Uint32(p[len(p)-4:]); got != number {
			t.Fatalf("packet %d came, want %d", got, number)
		}
	case <-time.After(time.Minute):
		t.Fatalf("packet %d did not come", number)
	}
}

// silent checks that nothing came.
func (e *end) silent(t testing.TB) {
	t.Helper()
	select {
	case p := <-e.received:
		t.Fatalf("%d bytes came", len(p))
	default:
	}
}

// tapped is a bind that keeps copies of what is sent, and loses it if told to.
type tapped struct {
	conn.Bind
	mu    sync.Mutex
	kept  [][]byte
	loses bool
}

func (b *tapped) Send(datagrams [][]byte, to conn.Endpoint) error {
	b.mu.Lock()
	for _, d := range datagrams {
		b.kept = append(b.kept, bytes.Clone(d))
	}
	loses := b.loses
	b.mu.Unlock()
	if loses {
		return nil
	}
	return b.Bind.Send(datagrams, to)
}

func (b *tapped) lose(loses bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.loses = loses
}

// sent returns all that was sent.
func (b *tapped) sent() [][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.kept
}

// last returns what was sent last.
func (b *tapped) last() []byte {
	all := b.sent()
	return all[len(all)-1]
}
