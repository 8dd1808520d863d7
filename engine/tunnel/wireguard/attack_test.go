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
			us.crowdAt.Store(us.now())
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
			us.crowdAt.Store(us.now() + int64(RekeyTimeout)) // the crowd stays
			us.hear(t, 1)
			if noise.KindOf(us.tap.sent()[1]) != noise.ResponseKind {
				t.Errorf("stock %v: the second initiation got no response", stock)
			}
		})
	}
}

// What does not know our key, or answers what was not sent or was answered already, gets no place among the
// handshakes that wait. A crowd is noticed, and what is lost in it is no more than what has no place.
func TestCrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := established(t, Options{})
		stranger := make([]byte, noise.InitiationSize)
		stranger[0] = byte(noise.InitiationKind)
		cookie := make([]byte, noise.CookieSize)
		cookie[0] = byte(noise.CookieKind)
		for name, m := range map[string][]byte{
			"an initiation to another key": stranger, "a cookie that nobody asked for": cookie, "a second response": a.tap.sent()[0],
		} {
			if b.expects(m) {
				t.Errorf("%s is expected", name)
			}
		}
		d := New(Options{Bind: memnet.New(1).Bind(atA), Port: memnet.NewPort(nil)})
		from := memnet.Endpoint(netip.AddrPortFrom(atB, port))
		for range 2 * doorstepSize {
			d.wait(stranger, from)
		}
		if n := len(d.doorstep); n != doorstepSize {
			t.Errorf("%d messages wait, want %d", n, doorstepSize)
		}
		if d.welcome(stranger, from) || d.crowdAt.Load() == 0 {
			t.Error("a crowd is not noticed")
		}
	})
}

// Who begins a handshake in a crowd is answered and agrees on a session at once: the crowd is others'.
func TestAnswersInCrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t, memnet.New(1), Options{Crowded: func(conn.Endpoint) bool { return true }}, Options{})
		began := time.Now()
		a.say(1)
		b.hear(t, 1)
		if took := time.Since(began); took != 0 {
			t.Errorf("the session took %v", took)
		}
	})
}

// In a crowd each source has its share, an IPv6 network like an IPv4 address, and who has many sources fills
// no memory.
func TestShares(t *testing.T) {
	s, now := sources{}, time.Unix(1000, 0)
	for _, hosts := range [][2]string{{"192.0.2.1", "::ffff:192.0.2.1"}, {"2001:db8::1", "2001:db8::2"}, {"2001:db8:0:1::1", "2001:db8:0:1::2"}} {
		passed := 0
		for i := range 100 {
			if s.allow(netip.MustParseAddr(hosts[i%2]), now) {
				passed++
			}
		}
		if passed != shareAtOnce {
			t.Errorf("%v: %d passed at once, want %d", hosts, passed, shareAtOnce)
		}
		if later := now.Add(time.Second / sharePerSecond); !s.allow(netip.MustParseAddr(hosts[0]), later) {
			t.Errorf("%v: nothing passes later", hosts)
		}
	}
	for i := range 3 * maxSources {
		s.allow(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), now)
		if len(s) > maxSources {
			t.Fatalf("%d sources are remembered", len(s))
		}
	}
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
