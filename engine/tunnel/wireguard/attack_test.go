package wireguard

import (
	"bytes"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"golang.zx2c4.com/wireguard/conn"

	"vns3/engine/tunnel/memnet"
	"vns3/engine/tunnel/noise"
)

// established returns two ends with a session, the first with options.
func established(t testing.TB, o Options) (a, b *ours) {
	t.Helper()
	a, b = pair(t, memnet.New(1), o, Options{})
	b.say(1)
	a.hear(t, 1)
	return a, b
}

// Of a transport packet every changed byte is noticed, and the packet itself is taken once. What is not
// taken moves nothing: the peer stays where it was.
func TestForgedPackets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		roamed := 0
		a, b := established(t, Options{Roamed: func(*Peer, conn.Endpoint) { roamed++ }})
		b.tap.lose(true)
		b.say(2)
		synctest.Wait()
		whole := b.tap.last()
		thief := memnet.Endpoint(netip.MustParseAddrPort("10.0.0.66:66"))
		for i := range whole {
			changed := bytes.Clone(whole)
			changed[i] ^= 1
			a.Handle(changed, thief)
		}
		for _, cut := range []int{0, 1, 16, 31, 32, len(whole) - 1} {
			a.Handle(bytes.Clone(whole[:cut]), thief)
		}
		a.silent(t)
		if roamed != 0 || a.peer.Endpoint() == conn.Endpoint(thief) {
			t.Error("a forged packet moved the peer")
		}
		moved := memnet.Endpoint(netip.MustParseAddrPort("10.0.0.3:1000"))
		a.Handle(bytes.Clone(whole), moved)
		a.hear(t, 2)
		a.Handle(bytes.Clone(whole), thief)
		a.silent(t)
		if roamed != 1 || a.peer.Endpoint() != conn.Endpoint(moved) {
			t.Errorf("roamed %d times, to %v", roamed, a.peer.Endpoint())
		}
	})
}

// A peer's packets come from what is allowed to it and from nowhere else; the longest prefix decides, and
// what is allowed to another is taken from the first.
func TestAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := established(t, Options{})
		allow := func(n byte, prefixes ...string) *Peer {
			var all []netip.Prefix
			for _, p := range prefixes {
				all = append(all, netip.MustParsePrefix(p))
			}
			_, public := keys(n)
			p, err := a.Set(PeerConfig{PublicKey: public, Allowed: all})
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		two, three := allow(2, "10.1.0.0/16", "10.2.0.1/32"), allow(3, "10.1.5.0/24")
		for addr, want := range map[string]*Peer{"10.1.0.1": two, "10.1.5.1": three, "10.2.0.1": two, "10.2.0.2": nil, "::1": nil} {
			if a.peerAt(netip.MustParseAddr(addr)) != want {
				t.Errorf("%s leads elsewhere", addr)
			}
		}
		b.port.Send(packet("10.1.5.1", "10.1.0.2", 100, 8)) // of the other
		b.port.Send(packet("10.9.0.1", "10.1.0.2", 100, 8)) // of nobody
		b.port.Send([]byte("no IP packet, though as long as one"))
		b.say(9)
		a.hear(t, 9)
		three = allow(3, "10.1.0.0/16", "10.2.0.1/32")
		for _, addr := range []string{"10.1.0.1", "10.2.0.1"} {
			if a.peerAt(netip.MustParseAddr(addr)) != three {
				t.Errorf("%s was not taken over", addr)
			}
		}
		_, public := keys(3)
		a.Remove(public)
		if a.peerAt(netip.MustParseAddr("10.1.0.1")) != nil {
			t.Error("the prefix of a peer that was removed leads somewhere")
		}
	})
}

// In a crowd nobody is worked for who does not prove its address: an initiation is answered by a cookie,
// and with it by a session, also to wireguard-go.
func TestCookies(t *testing.T) {
	for _, stock := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			network := memnet.New(1)
			us := newOurs(t, setup{network: network, at: atA, self: 1, peer: 2})
			us.busy.since.Store(us.now())
			from := setup{network: network, at: atB, to: atA, self: 2, peer: 1}
			if stock {
				newTheirs(t, from).say(1)
			} else {
				newOurs(t, from).say(1)
			}
			synctest.Wait()
			if answers := us.tap.sent(); len(answers) != 1 || noise.KindOf(answers[0]) != noise.CookieKind {
				t.Fatalf("stock %v: %d answers to the first initiation, not a cookie alone", stock, len(answers))
			}
			time.Sleep(crowdedFor / 2)
			us.busy.since.Store(us.now() + int64(RekeyTimeout)) // the crowd stays
			us.hear(t, 1)
			if noise.KindOf(us.tap.sent()[1]) != noise.ResponseKind {
				t.Errorf("stock %v: the second initiation got no response", stock)
			}
		})
	}
}

// What does not know our key gets no place among the handshakes that wait, a crowd is noticed, and the
// messages that are lost in it are no more than those that have no place.
func TestCrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Options{Bind: memnet.New(1).Bind(atA), Port: memnet.NewPort(func([]byte) {})})
		in := newInbound(d, 1, false)
		bogus := make([]byte, noise.InitiationSize)
		bogus[0] = byte(noise.InitiationKind)
		from := memnet.Endpoint(netip.AddrPortFrom(atB, port))
		in.take(bogus, from)
		bogus[0] = byte(noise.ResponseKind)
		in.take(bogus[:noise.ResponseSize], from)
		if n := len(d.doorstep); n != 0 {
			t.Errorf("%d messages that are not for us wait", n)
		}
		for range 2 * doorstepSize {
			d.wait(bogus[:noise.ResponseSize], from)
		}
		if n := len(d.doorstep); n != doorstepSize {
			t.Errorf("%d messages wait, want %d", n, doorstepSize)
		}
		if d.welcome(bogus[:noise.ResponseSize], from) || d.busy.since.Load() == 0 {
			t.Error("a crowd is not noticed")
		}
	})
}

// Whatever arrives, nothing reaches the port but what the peer sealed, and nothing panics.
func FuzzReceive(f *testing.F) {
	a, b := established(f, Options{})
	b.peer.SendKeepalive()
	b.initiate()
	for _, d := range b.tap.sent() {
		f.Add(d)
	}
	f.Add(recordInitiationOf(f, 2, 1))
	f.Fuzz(func(t *testing.T, datagram []byte) {
		in := newInbound(a.Device, 1, false)
		in.begin()
		in.take(bytes.Clone(datagram), memnet.Endpoint(netip.AddrPortFrom(atB, port)))
		in.end()
		a.Handle(bytes.Clone(datagram), memnet.Endpoint(netip.AddrPortFrom(atB, port)))
		a.silent(t)
	})
}
