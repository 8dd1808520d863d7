package tunnel

import (
	"net/netip"
	"strings"
	"testing"

	"vns3/internal/netns"
)

// hosts are two namespaces joined by one link, each with two addresses.
func hosts(t *testing.T) (a, b *netns.Namespace) {
	a, b = netns.New(t), netns.New(t)
	netns.Connect(netns.End{NS: a, Name: "eth0", Addresses: []string{"10.0.0.1/24", "10.0.0.11/24", "fd00::1/64"}},
		netns.End{NS: b, Name: "eth0", Addresses: []string{"10.0.0.2/24", "10.0.0.12/24", "fd00::2/64"}})
	return a, b
}

// in opens a station inside a namespace, and closes it at the end.
func in(t *testing.T, n *netns.Namespace, o stationOptions) *station {
	t.Helper()
	var s *station
	n.Run(func() { s = newStation(t, o) })
	t.Cleanup(s.Close)
	return s
}

// Two controllers reach each other on UDP 1194+ID, over IPv4 and IPv6; each end is told of the session
// at once; counters and endpoint are those of the device.
func TestLink(t *testing.T) {
	for _, host := range []string{"10.0.0.2", "fd00::2"} {
		na, nb := hosts(t)
		a, b := in(t, na, stationOptions{self: 1, peer: 2}), in(t, nb, stationOptions{self: 2, peer: 1})
		if a.Status().Session {
			t.Error("a session before a handshake")
		}
		a.Initiate() // nowhere to: nothing happens
		a.SetEndpoint(netip.AddrPortFrom(netip.MustParseAddr(host), 0))
		if want := netip.AddrPortFrom(netip.MustParseAddr(host), 1195); a.Endpoint() != want {
			t.Errorf("the endpoint is %v, want %v", a.Endpoint(), want)
		}
		a.Initiate()
		a.expect(t, SessionEstablished)
		b.expect(t, SessionEstablished)
		talk(t, a, b)
		for _, s := range []*station{a, b} {
			status := s.Status()
			if !status.Session || status.LastHandshake.IsZero() || status.TxBytes == 0 || status.RxBytes == 0 || status.Endpoint != s.Endpoint() {
				t.Errorf("%s: status %+v", host, status)
			}
		}
		if port := b.Endpoint().Port(); port != 1196 {
			t.Errorf("%s: controller 1 sends to 2 from UDP %d, want 1196", host, port)
		}
	}
}

// A session is told anew after Initiate and after Forget, at both ends.
func TestSessionsAreTold(t *testing.T) {
	na, nb := hosts(t)
	a, b := in(t, na, stationOptions{self: 1, peer: 2}), in(t, nb, stationOptions{self: 2, peer: 1})
	a.SetEndpoint(netip.MustParseAddrPort("10.0.0.2:0"))
	for round, again := range []func(){a.Initiate, a.Initiate, b.Initiate, func() { b.Forget(); b.Initiate() }} {
		ea, eb := establish(t, again, a, b)
		if ea.At.IsZero() || eb.At.IsZero() {
			t.Errorf("round %d: no time", round)
		}
		talk(t, a, b)
	}
}

// A peer that moves to another address is followed, and that is told; the address it had is not.
func TestRoaming(t *testing.T) {
	na, nb := hosts(t)
	a, b := in(t, na, stationOptions{self: 1, peer: 2}), in(t, nb, stationOptions{self: 2, peer: 1, listen: netip.MustParseAddr("10.0.0.2")})
	a.SetEndpoint(netip.MustParseAddrPort("10.0.0.2:0"))
	a.Initiate()
	a.expect(t, SessionEstablished)
	talk(t, a, b)

	home := b.Endpoint()
	b.Close()
	moved := in(t, nb, stationOptions{self: 2, peer: 1, listen: netip.MustParseAddr("10.0.0.12")})
	moved.SetEndpoint(home)
	moved.Initiate()
	if e := a.expect(t, Roamed); e.Addr != netip.MustParseAddrPort("10.0.0.12:1195") {
		t.Errorf("roamed to %v", e.Addr)
	}
	a.expect(t, SessionEstablished)
	talk(t, a, moved)
}

// With an only endpoint nothing from elsewhere reaches the device; a handshake from elsewhere is told.
func TestOnlyEndpoint(t *testing.T) {
	na, nb := hosts(t)
	a := in(t, na, stationOptions{self: 1, peer: 2})
	elder := in(t, nb, stationOptions{self: 2, peer: 1, listen: netip.MustParseAddr("10.0.0.2")})
	younger := in(t, nb, stationOptions{self: 2, peer: 1, listen: netip.MustParseAddr("10.0.0.12")})
	a.SetEndpoint(netip.MustParseAddrPort("10.0.0.2:0"))
	a.Initiate()
	a.expect(t, SessionEstablished)

	younger.SetEndpoint(netip.MustParseAddrPort("10.0.0.1:0"))
	a.SetOnlyEndpoint(a.Endpoint())
	younger.Initiate()
	talk(t, a, elder)
	if younger.Status().Session {
		t.Error("a session from an endpoint that is shut out")
	}
	a.SetOnlyEndpoint(netip.AddrPort{})
	younger.Initiate()
	if e := a.expect(t, SecondSource); e.Addr != netip.MustParseAddrPort("10.0.0.12:1195") {
		t.Errorf("second source %v", e.Addr)
	}
	younger.expect(t, SessionEstablished)
}

// The network's complaints are told: a narrow path with its size, a closed port.
func TestFaults(t *testing.T) {
	a, router, b := netns.New(t), netns.New(t), netns.New(t)
	netns.Connect(netns.End{NS: a, Name: "eth0", Addresses: []string{"10.1.0.1/24"}}, netns.End{NS: router, Name: "a", Addresses: []string{"10.1.0.254/24"}})
	netns.Connect(netns.End{NS: b, Name: "eth0", Addresses: []string{"10.2.0.1/24"}, MTU: 1400}, netns.End{NS: router, Name: "b", Addresses: []string{"10.2.0.254/24"}, MTU: 1400})
	router.Forward()
	a.Route("default", "10.1.0.254")
	b.Route("default", "10.2.0.254")

	one := in(t, a, stationOptions{self: 1, peer: 2})
	one.SetEndpoint(netip.MustParseAddrPort("10.2.0.1:0"))
	one.Initiate()
	if e := one.expect(t, Refused); e.Addr != netip.MustParseAddrPort("10.2.0.1:1195") {
		t.Errorf("refused by %v", e.Addr)
	}
	two := in(t, b, stationOptions{self: 2, peer: 1})
	one.Initiate()
	one.expect(t, SessionEstablished)
	one.say(strings.Repeat("x", 1380))
	if e := one.expect(t, PathMTU); e.MTU != 1400 || e.Addr.Addr() != netip.MustParseAddr("10.2.0.1") {
		t.Errorf("path MTU %d to %v, want 1400 to 10.2.0.1", e.MTU, e.Addr)
	}
	talk(t, one, two) // small ones still pass
	var mtu int
	var err error
	a.Run(func() { mtu, err = ReadPathMTU(netip.MustParseAddr("10.2.0.1"), netip.Addr{}) })
	if err != nil || mtu != 1400 {
		t.Errorf("read path MTU %d, %v; want 1400", mtu, err)
	}
}

// A port in use is an error that names it, and leaves the switch's port open.
func TestPortInUse(t *testing.T) {
	n, _ := hosts(t)
	in(t, n, stationOptions{self: 1, peer: 2})
	private, public := keys(1)
	n.Run(func() {
		_, err := OpenLink(LinkOptions{Self: 1, Peer: 2, PrivateKey: private, PeerKey: public})
		if err == nil || !strings.Contains(err.Error(), "UDP 1196") || !strings.Contains(err.Error(), "controller 2") {
			t.Errorf("error %v", err)
		}
	})
}
