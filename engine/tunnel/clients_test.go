package tunnel

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/device"

	"vns3/engine/tunnel/memnet"
	"vns3/engine/tunnel/noise"
	"vns3/engine/tunnel/wireguard"
)

const (
	facingKey = 100 // numbers of keys
	standby   = 101
	clientKey = 50
)

var (
	atA      = netip.MustParseAddr("10.0.0.1") // controllers
	atB      = netip.MustParseAddr("10.0.0.2")
	atClient = netip.MustParseAddr("10.0.0.50")
	overlay  = netip.MustParseAddr("100.64.0.50")
	psk      = [32]byte{7}
)

// gate is the client device of a controller under test, with an owner that admits all or nobody.
type gate struct {
	*Clients
	port     *memnet.Port
	admits   atomic.Bool
	fenced   atomic.Bool
	received chan string
	knocked  chan Initiation
	strays   chan Stray
}

func newGate(t *testing.T, network *memnet.Network, at netip.Addr) *gate {
	t.Helper()
	g := &gate{received: make(chan string, 1000), knocked: make(chan Initiation, 1000), strays: make(chan Stray, 1000)}
	g.admits.Store(true)
	private, _ := keys(facingKey)
	standbyPrivate, _ := keys(standby)
	g.port = memnet.NewPort(func(p []byte) { g.received <- string(p[20:]) })
	var err error
	g.Clients, err = OpenClients(ClientsOptions{
		PrivateKey: private, StandbyKey: standbyPrivate, Port: g.port, Bind: network.Bind(at),
		Admit: func(i Initiation) bool {
			admits := g.admits.Load()
			g.knocked <- i
			if !admits || i.Standby {
				return false
			}
			if err := g.Add(ClientPeer{PublicKey: i.PublicKey, PresharedKey: psk, Address: overlay}); err != nil {
				t.Error(err)
			}
			return true
		},
		Stray: func(s Stray) { s.Packet = append([]byte(nil), s.Packet...); g.strays <- s },
		Fence: func() bool { return !g.fenced.Load() },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}

// client is an unmodified WireGuard client.
type client struct {
	*device.Device
	port     *memnet.Port
	received chan string
}

// newClient returns a client whose only peer has the key and is at the address.
func newClient(t *testing.T, network *memnet.Network, at netip.Addr, peer byte, to netip.Addr) *client {
	t.Helper()
	c := &client{received: make(chan string, 1000)}
	c.port = memnet.NewPort(func(p []byte) { c.received <- string(p[20:]) })
	c.Device = device.NewDevice(c.port, network.Bind(at), device.NewLogger(device.LogLevelSilent, ""))
	t.Cleanup(c.Device.Close)
	private, _ := keys(clientKey)
	_, public := keys(peer)
	err := c.IpcSet(fmt.Sprintf("private_key=%s\nlisten_port=51820\npublic_key=%s\npreshared_key=%s\nendpoint=%v:1194\nallowed_ip=100.64.0.0/16\n",
		hex.EncodeToString(private[:]), hex.EncodeToString(public[:]), hex.EncodeToString(psk[:]), to))
	if err == nil {
		err = c.Up()
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// initiate makes the client knock again now.
func (c *client) initiate() {
	p := c.LookupPeer(mustPublic(facingKey))
	p.ExpireCurrentKeypairs()
	p.SendHandshakeInitiation(false)
}

func (c *client) say(text string) { c.port.Send(packet(overlay.String(), "100.64.0.1", text)) }

func take[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(10 * time.Second):
		t.Fatalf("%s did not come", what)
		panic("unreachable")
	}
}

func hear(t *testing.T, from <-chan string, text string) {
	t.Helper()
	for got := ""; got != text; {
		got = take(t, from, text)
	}
}

// A client that is not configured is admitted when it knocks, and served; what it says of itself is
// right. One that is refused gets no answer.
func TestAdmission(t *testing.T) {
	network := memnet.New(1)
	g := newGate(t, network, atA)
	g.admits.Store(false)
	c := newClient(t, network, atClient, facingKey, atA)
	c.say("refused")
	_, public := keys(clientKey)
	home := netip.AddrPortFrom(atClient, 51820)
	knock := take(t, g.knocked, "the initiation")
	if knock.PublicKey != public || knock.From != home || knock.Standby || knock.Timestamp == [12]byte{} {
		t.Errorf("initiation %+v", knock)
	}
	if sent := network.Sent(); sent != 1 {
		t.Errorf("%d datagrams, want the client's only", sent)
	}
	g.admits.Store(true)
	c.initiate()
	if second := take(t, g.knocked, "the second initiation"); string(second.Timestamp[:]) < string(knock.Timestamp[:]) {
		t.Error("the timestamp went back")
	}
	hear(t, g.received, "refused") // it waited at the client
	g.port.Send(packet("100.64.0.1", overlay.String(), "hello"))
	hear(t, c.received, "hello")
	if s := g.Status(); len(s) != 1 || s[0].PublicKey != public || s[0].Endpoint != home || s[0].LastHandshake.IsZero() || s[0].RxBytes == 0 {
		t.Errorf("status %+v", s)
	}
	g.Remove(public)
	if s := g.Status(); len(s) != 0 {
		t.Errorf("status after removal %+v", s)
	}
}

func mustPublic(n byte) [32]byte {
	_, public := keys(n)
	return public
}

// An initiation to the standby identity is reported with its source and never answered, and the same
// source is not read again and again.
func TestStandby(t *testing.T) {
	network := memnet.New(1)
	g := newGate(t, network, atA)
	c := newClient(t, network, atClient, standby, atA)
	c.say("anybody there?")
	knock := take(t, g.knocked, "the initiation")
	if knock.PublicKey != mustPublic(clientKey) || !knock.Standby || knock.From.Addr() != atClient {
		t.Errorf("initiation %+v", knock)
	}
	if g.door.isNew(knock.From, time.Now()) || !g.door.isNew(knock.From, time.Now().Add(standbyAgain)) {
		t.Error("the source is read again too early or too late")
	}
	if sent := network.Sent(); sent != 1 {
		t.Errorf("%d datagrams, want the client's only", sent)
	}
}

// Another controller takes the client over by a handshake of its own; what the client still sends to
// the old session comes to the new controller as a stray and is fed to the old one.
func TestTakeover(t *testing.T) {
	network := memnet.New(1)
	a, b := newGate(t, network, atA), newGate(t, network, atB)
	c := newClient(t, network, atClient, facingKey, atA)
	c.say("to a")
	hear(t, a.received, "to a")

	// The client believes that the address of A moved to B: packets of A's session arrive there.
	facing := mustPublic(facingKey)
	if err := c.IpcSet("public_key=" + hex.EncodeToString(facing[:]) + "\nendpoint=10.0.0.2:1194\n"); err != nil {
		t.Fatal(err)
	}
	c.say("astray")
	stray := take(t, b.strays, "the stray")
	if stray.From != netip.AddrPortFrom(atClient, 51820) || stray.Receiver != noise.Receiver(stray.Packet) {
		t.Errorf("stray %+v", stray)
	}
	a.Feed(stray.Packet, stray.From)
	hear(t, a.received, "astray")

	home := a.Status()[0].Endpoint
	if err := b.Add(ClientPeer{PublicKey: mustPublic(clientKey), PresharedKey: psk, Address: overlay}); err != nil {
		t.Fatal(err)
	}
	b.port.Send(packet("100.64.0.1", overlay.String(), "too early")) // no endpoint yet: this must not delay the handshake
	if err := b.Initiate(mustPublic(clientKey), home); err != nil {
		t.Fatal(err)
	}
	b.port.Send(packet("100.64.0.1", overlay.String(), "from b"))
	hear(t, c.received, "from b")
	b.SendKeepalive(mustPublic(clientKey))
	c.say("to b")
	hear(t, b.received, "to b")
	if err := b.Initiate(mustPublic(clientKey+1), home); err == nil {
		t.Error("initiated with a client that is not configured")
	}
}

// Behind the fence nothing is sent, and a forged source is dropped.
func TestFence(t *testing.T) {
	network := memnet.New(1)
	g := newGate(t, network, atA)
	c := newClient(t, network, atClient, facingKey, atA)
	c.say("first")
	hear(t, g.received, "first")
	c.port.Send(packet("100.64.0.51", "100.64.0.1", "forged"))
	c.say("second")
	if got := take(t, g.received, "second"); got != "second" {
		t.Errorf("%q passed", got)
	}
	g.fenced.Store(true)
	before := network.Sent()
	g.SendKeepalive(mustPublic(clientKey))
	if sent := network.Sent(); sent != before {
		t.Errorf("%d datagrams were sent behind the fence", sent-before)
	}
	g.fenced.Store(false)
	if g.SendKeepalive(mustPublic(clientKey)); network.Sent() != before+1 {
		t.Error("nothing was sent when the fence was gone")
	}
}

// In a flood no more than the limit is read each second, known endpoints do not wait behind it, and what
// is not for us is never read.
func TestDoor(t *testing.T) {
	flood, foreign := initiationTo(t, facingKey), initiationTo(t, standby)
	synctest.Test(t, func(t *testing.T) {
		private, _ := keys(facingKey)
		d := newDoor(private, [32]byte{})
		var reads, known atomic.Int64
		home := memnet.Endpoint(netip.MustParseAddrPort("10.0.0.50:51820"))
		d.know(mustPublic(clientKey), home.AddrPort())
		done := make(chan struct{})
		go func() {
			defer close(done)
			d.serve(func(k knock, _ noise.Initiation) {
				reads.Add(1)
				if k.from == conn.Endpoint(home) {
					known.Add(1)
				}
			})
		}()
		for i := range 600 {
			d.knock(flood, memnet.Endpoint(netip.AddrPortFrom(atB, uint16(i+1))))
			if i%30 == 29 {
				d.knock(flood, home)
			}
			time.Sleep(time.Millisecond / 2)
		}
		if n := reads.Load(); n < readsPerSecond*3/10 || n > readsPerSecond*4/10+1 {
			t.Errorf("%d reads in 0.3 seconds", n)
		}
		if n := known.Load(); n < 19 {
			t.Errorf("%d of 20 initiations from a known endpoint were read", n)
		}
		time.Sleep(time.Second)
		reads.Store(0)
		d.knock(foreign, home)
		d.knock(make([]byte, noise.InitiationSize), home)
		time.Sleep(time.Second)
		if n := reads.Load(); n != 0 {
			t.Errorf("%d initiations that are not for us were read", n)
		}
		d.forget(mustPublic(clientKey))
		if d.isKnown(home.AddrPort()) {
			t.Error("a client that has gone is still known")
		}
		d.close()
		<-done
	})
}

// When forged initiations fill half of the door, no more of them get in; a client that proves where it is by
// a cookie does.
func TestFlood(t *testing.T) {
	flood := initiationTo(t, facingKey)
	synctest.Test(t, func(t *testing.T) {
		network, release := memnet.New(1), make(chan struct{})
		private, _ := keys(facingKey)
		c, err := OpenClients(ClientsOptions{
			PrivateKey: private, Port: memnet.NewPort(nil), Bind: network.Bind(atA),
			Admit: func(Initiation) bool { <-release; return false },
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			close(release)
			c.Close()
		})
		for i := range 2 * waitingKnocks {
			forged := network.Bind(netip.AddrFrom4([4]byte{10, 9, byte(i >> 8), byte(i)}))
			if _, _, err := forged.Open(1); err != nil {
				t.Fatal(err)
			}
			if err := forged.Send([][]byte{flood}, memnet.Endpoint(netip.AddrPortFrom(atA, ClientPort))); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			forged.Close()
		}
		if n := len(c.door.others); n != waitingKnocks/2 {
			t.Errorf("%d forged initiations wait, want half of %d", n, waitingKnocks)
		}
		newClient(t, network, atClient, facingKey, atA).say("let me in")
		time.Sleep(2 * wireguard.RekeyTimeout)
		if n := len(c.door.others); n <= waitingKnocks/2 {
			t.Error("a client with a cookie got no place")
		}
	})
}

// An attachment whose interface is gone says so, one that was closed does not.
func TestBroken(t *testing.T) {
	private, _ := keys(clientKey)
	for _, gone := range []bool{true, false} {
		port := memnet.NewPort(nil)
		a, err := OpenAttachment(AttachOptions{PrivateKey: private, Facing: mustPublic(facingKey), Port: port})
		if err != nil {
			t.Fatal(err)
		}
		if gone {
			port.Close()
			take(t, a.Broken(), "the reason")
		}
		a.Close()
		select {
		case err := <-a.Broken():
			t.Errorf("closed, and broken by %v", err)
		default:
		}
	}
}

// initiationTo returns an initiation of a client to the identity.
func initiationTo(t *testing.T, to byte) []byte {
	t.Helper()
	network := memnet.New(1)
	listener := network.Bind(atA)
	fns, _, err := listener.Open(ClientPort)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	newClient(t, network, atClient, to, atA).say("x")
	packets, sizes, eps := [][]byte{make([]byte, 2000)}, make([]int, 1), make([]conn.Endpoint, 1)
	if _, err := fns[0](packets, sizes, eps); err != nil {
		t.Fatal(err)
	}
	return packets[0][:sizes[0]]
}

// A port in use is an error that names it.
func TestClientPortInUse(t *testing.T) {
	network := memnet.New(1)
	newGate(t, network, atA)
	private, _ := keys(facingKey)
	if _, err := OpenClients(ClientsOptions{PrivateKey: private, Bind: network.Bind(atA)}); err == nil || !strings.Contains(err.Error(), "UDP 1194") {
		t.Errorf("error %v", err)
	}
}
