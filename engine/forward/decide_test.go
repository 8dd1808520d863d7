package forward

import (
	"net/netip"
	"testing"

	"vns3/engine/forward/ipv4"
)

// The overlay of the tests: this is controller 1 of three, and clients 10.0.0.11 and .12 are here.
var (
	selfAddr   = netip.MustParseAddr("10.0.0.1")
	vipAddr    = netip.MustParseAddr("10.0.0.254")
	clientA    = netip.MustParseAddr("10.0.0.11")
	clientB    = netip.MustParseAddr("10.0.0.12")
	atTwo      = netip.MustParseAddr("10.0.0.22") // a client at controller 2
	atThree    = netip.MustParseAddr("10.0.0.33")
	behindHost = netip.MustParseAddr("192.168.7.7")
	nobody     = netip.MustParseAddr("10.0.0.99") // known, held by nobody
	unknown    = netip.MustParseAddr("203.0.113.1")
)

func host(addr netip.Addr) netip.Prefix { return netip.PrefixFrom(addr, addr.BitLen()) }

// testRoutes has shorter prefixes before longer ones.
var testRoutes = []struct {
	prefix netip.Prefix
	to     Destination
}{
	{netip.MustParsePrefix("192.168.0.0/16"), Kernel},
	{netip.MustParsePrefix("10.0.0.0/24"), Unreachable},
	{host(selfAddr), Self},
	{host(vipAddr), VIP},
	{host(clientA), LocalClient},
	{host(clientB), LocalClient},
	{host(atTwo), Controller(2)},
	{host(atThree), Controller(3)},
}

func testTable() *Table {
	var t *Table
	for _, r := range testRoutes {
		t = t.With(r.prefix, r.to)
	}
	return t
}

func testView() *view {
	v := &view{table: testTable(), hops: Hops{2: {Next: 2}, 3: {Next: 3}}}
	v.identify(Identity{ID: 1, Address: selfAddr, VIP: vipAddr})
	for i := range v.mtu {
		v.mtu[i] = 1420
	}
	v.mtu[kernelSlot] = ipv4.MaxLength
	return v
}

func from(src, dst netip.Addr) ipv4.Header {
	return ipv4.Header{Source: number(src), Destination: number(dst), Length: 100, HeaderLength: 20, TTL: 64, Protocol: ipv4.UDP, DontFragment: true}
}

// Each rule of the forwarder, by name.
func TestDecide(t *testing.T) {
	control1 := ipv4.Header{Source: ipv4.ControlAddress(2), Destination: ipv4.ControlAddress(1), Length: 60, HeaderLength: 20, TTL: 255, Protocol: ipv4.ControlProtocol}
	ping := func(src, dst netip.Addr) ipv4.Header {
		h := from(src, dst)
		h.Protocol = ipv4.ICMP
		return h
	}
	with := func(h ipv4.Header, f func(*ipv4.Header)) ipv4.Header { f(&h); return h }
	suspect := func(v *view) { v.hops[2] = Hop{Next: 2, Alternate: 3, Suspect: true} }
	hostPresent := func(v *view) { v.kernel = true }
	to := func(s slot, hop bool) verdict { return verdict{action: forward, to: s, hop: hop} }

	for _, c := range []struct {
		name   string
		h      ipv4.Header
		from   slot
		change func(*view)
		want   verdict
	}{
		{"control packet of its own link", control1, 2, nil, verdict{action: control}},
		{"control packet through another link", control1, 3, nil, dropFor(LinkLocal)},
		{"control packet from a client", control1, clientSlot, nil, dropFor(LinkLocal)},
		{"control packet from the host", control1, kernelSlot, nil, dropFor(LinkLocal)},
		{"control packet for another controller", with(control1, func(h *ipv4.Header) { h.Destination++ }), 2, nil, dropFor(LinkLocal)},
		{"control packet that was forwarded", with(control1, func(h *ipv4.Header) { h.TTL-- }), 2, nil, dropFor(LinkLocal)},
		{"control addresses, other protocol", with(control1, func(h *ipv4.Header) { h.Protocol = ipv4.UDP }), 2, nil, dropFor(LinkLocal)},
		{"control packet, no ID here", with(control1, func(h *ipv4.Header) { h.Destination = ipv4.ControlAddress(0) }), 2, func(v *view) { v.id = 0 }, dropFor(LinkLocal)},
		{"link-local source", from(netip.MustParseAddr("169.254.1.1"), atTwo), clientSlot, nil, dropFor(LinkLocal)},

		{"client to controller 2", from(clientA, atTwo), clientSlot, nil, to(2, true)},
		{"client to client of the same device", from(clientA, clientB), clientSlot, nil, to(clientSlot, true)},
		{"client to itself", from(clientA, clientA), clientSlot, nil, dropFor(Returned)},
		{"transit", from(atThree, atTwo), 3, nil, to(2, true)},
		{"back where it came from", from(atTwo, atThree), 3, nil, dropFor(Returned)},
		{"arrival", from(atTwo, clientA), 2, nil, to(clientSlot, true)},
		{"multicast", from(clientA, netip.MustParseAddr("224.0.0.251")), clientSlot, nil, dropFor(BadAddress)},
		{"no route", from(clientA, unknown), clientSlot, nil, dropFor(NoRoute)},
		{"client that nobody holds", from(clientA, nobody), clientSlot, nil, dropFor(NoPath)},
		{"controller out of reach", from(clientA, atTwo), clientSlot, func(v *view) { v.hops[2] = Hop{} }, dropFor(NoPath)},

		{"suspect: from a client deflected", from(clientA, atTwo), clientSlot, suspect, to(3, true)},
		{"suspect: from the host deflected", from(selfAddr, atTwo), kernelSlot, suspect, to(3, false)},
		{"suspect: our own deflected", from(selfAddr, atTwo), ownSlot, suspect, to(3, false)},
		{"suspect: from a peer follows the primary", from(atThree, atTwo), 3, suspect, to(2, true)},
		{"suspect, no alternate", from(clientA, atTwo), clientSlot, func(v *view) { v.hops[2] = Hop{Next: 2, Suspect: true} }, to(2, true)},

		{"ping to self", ping(clientA, selfAddr), clientSlot, nil, verdict{action: echo}},
		{"ping to self from a peer", ping(atTwo, selfAddr), 2, nil, verdict{action: echo}},
		{"ping to self with a kernel interface", ping(clientA, selfAddr), clientSlot, hostPresent, to(kernelSlot, false)},
		{"UDP to self", from(clientA, selfAddr), clientSlot, nil, dropFor(NotServed)},
		{"ping to the VIP", ping(clientA, vipAddr), clientSlot, nil, verdict{action: echo}},
		{"ping to the VIP with a kernel interface", ping(clientA, vipAddr), clientSlot, hostPresent, verdict{action: echo}},
		{"ping to the VIP from the host", ping(selfAddr, vipAddr), kernelSlot, hostPresent, verdict{action: echo}},
		{"ping to the VIP from a peer", ping(atTwo, vipAddr), 2, nil, dropFor(VIPTransit)},
		{"from the VIP by a client", from(vipAddr, atTwo), clientSlot, nil, dropFor(VIPSource)},
		{"reply from the VIP", ping(vipAddr, clientA), ownSlot, nil, to(clientSlot, false)},
		{"reply from the VIP through a peer", ping(vipAddr, clientA), 2, nil, to(clientSlot, true)},

		{"to a network behind the host", from(atTwo, behindHost), 2, hostPresent, to(kernelSlot, false)},
		{"to a network behind the host, no interface", from(atTwo, behindHost), 2, nil, dropFor(NoPath)},
		{"from the host to behind the host", from(selfAddr, behindHost), kernelSlot, hostPresent, dropFor(Returned)},

		{"TTL 2", with(from(clientA, atTwo), func(h *ipv4.Header) { h.TTL = 2 }), clientSlot, nil, to(2, true)},
		{"TTL 1", with(from(clientA, atTwo), func(h *ipv4.Header) { h.TTL = 1 }), clientSlot, nil, dropFor(Expired)},
		{"TTL 1 from the host", with(from(selfAddr, atTwo), func(h *ipv4.Header) { h.TTL = 1 }), kernelSlot, nil, to(2, false)},
		{"TTL 1 to the host", with(from(atTwo, behindHost), func(h *ipv4.Header) { h.TTL = 1 }), 2, hostPresent, to(kernelSlot, false)},
		{"as large as the MTU", with(from(clientA, atTwo), func(h *ipv4.Header) { h.Length = 1420 }), clientSlot, nil, to(2, true)},
		{"larger, not to be fragmented", with(from(clientA, atTwo), func(h *ipv4.Header) { h.Length = 1421 }), clientSlot, nil, verdict{action: drop, reason: TooBig, to: 2}},
		{"larger, may be fragmented", with(from(clientA, atTwo), func(h *ipv4.Header) { h.Length, h.DontFragment = 1421, false }), clientSlot, nil, verdict{action: fragment, to: 2, hop: true}},
		{"larger, with options", with(from(clientA, atTwo), func(h *ipv4.Header) { h.Length, h.DontFragment, h.HeaderLength = 1421, false, 24 }), clientSlot, nil, verdict{action: drop, reason: TooBig, to: 2}},
		{"segments larger than the MTU", with(from(selfAddr, atTwo), func(h *ipv4.Header) { h.Length, h.DontFragment, h.Segments = 1421, false, true }), kernelSlot, nil, verdict{action: drop, reason: TooBig, to: 2}},
	} {
		v := testView()
		if c.change != nil {
			c.change(v)
		}
		if got := decide(c.h, c.from, v); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// oracle decides as the rules are told, one sentence after the other, without regard to cost.
func oracle(h ipv4.Header, in slot, v *view) verdict {
	src, dst := ipv4.Addr(h.Source), ipv4.Addr(h.Destination)
	fromPeer := in >= 1 && in <= 9
	if src.IsLinkLocalUnicast() || dst.IsLinkLocalUnicast() {
		mine := fromPeer && src == netip.AddrFrom4([4]byte{169, 254, 119, byte(in)}) && dst == netip.AddrFrom4([4]byte{169, 254, 119, byte(v.id)})
		if mine && v.id != 0 && h.Protocol == 253 && h.TTL == 255 && !h.Fragment {
			return verdict{action: control}
		}
		return dropFor(LinkLocal)
	}
	for _, a := range []netip.Addr{src, dst} {
		if a.IsMulticast() || a.IsLoopback() || a.As4()[0] == 0 || a.As4()[0] >= 240 {
			return dropFor(BadAddress)
		}
	}
	if src == vipAddr && !fromPeer && in != ownSlot {
		return dropFor(VIPSource)
	}
	var d Destination
	for _, r := range testRoutes {
		if r.prefix.Contains(dst) {
			d = r.to
		}
	}
	engine := d == VIP || d == Self && !v.kernel
	if d == VIP && fromPeer {
		return dropFor(VIPTransit)
	}
	if engine {
		if h.Protocol == 1 && !h.Fragment && in != ownSlot {
			return verdict{action: echo}
		}
		return dropFor(NotServed)
	}
	var out slot
	switch {
	case d == 0:
		return dropFor(NoRoute)
	case d == Unreachable || d == Kernel && !v.kernel:
		return dropFor(NoPath)
	case d == Self || d == Kernel:
		out = kernelSlot
	case d == LocalClient:
		out = clientSlot
	default:
		hop := v.hops[d]
		out = slot(hop.Next)
		if hop.Suspect && hop.Alternate > 0 && !fromPeer {
			out = slot(hop.Alternate)
		}
		if out == 0 {
			return dropFor(NoPath)
		}
	}
	if out == in && (in != clientSlot || src == dst) {
		return dropFor(Returned)
	}
	viaHost := in == kernelSlot || out == kernelSlot
	passes := !viaHost && in != ownSlot
	if passes && h.TTL < 2 {
		return dropFor(Expired)
	}
	if int(h.Length) > v.mtu[out] {
		if h.DontFragment || h.Segments || h.HeaderLength > 20 {
			return verdict{action: drop, reason: TooBig, to: out}
		}
		return verdict{action: fragment, to: out, hop: passes}
	}
	return verdict{action: forward, to: out, hop: passes}
}

// decide says what the oracle says, for all combinations of where a packet comes from, who it is from
// and for, what it looks like, and how the links are.
func TestDecideAgainstOracle(t *testing.T) {
	addrs := []netip.Addr{selfAddr, vipAddr, clientA, clientB, atTwo, atThree, behindHost, nobody, unknown}
	for _, s := range []string{"0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "169.254.0.1", "169.254.119.1", "169.254.119.2"} {
		addrs = append(addrs, netip.MustParseAddr(s))
	}
	var views []*view
	for _, kernel := range []bool{false, true} {
		for _, two := range []Hop{{}, {Next: 2}, {Next: 3}, {Next: 2, Alternate: 3}, {Next: 2, Alternate: 3, Suspect: true}, {Next: 2, Suspect: true}} {
			v := testView()
			v.kernel, v.hops[2] = kernel, two
			views = append(views, v)
		}
	}
	n := 0
	for _, v := range views {
		for _, in := range []slot{ownSlot, 2, 3, 4, clientSlot, kernelSlot} {
			for _, src := range addrs {
				for _, dst := range addrs {
					for bits := range 1 << 7 {
						set := func(bit int) bool { return bits>>bit&1 == 1 }
						h := from(src, dst)
						h.DontFragment, h.Fragment, h.Segments = set(0), set(1), set(2)
						h.TTL = [...]uint8{1, 64, 255, 2}[bits>>3&3]
						h.Protocol = [...]uint8{ipv4.ICMP, ipv4.ControlProtocol}[bits>>5&1]
						h.Length = [...]uint16{100, 1421}[bits>>6&1]
						if got, want := decide(h, in, v), oracle(h, in, v); got != want {
							t.Fatalf("%v > %v from %v, %+v, hop %+v, kernel %v:\n%+v, want %+v", src, dst, in, h, v.hops[2], v.kernel, got, want)
						}
						n++
					}
				}
			}
		}
	}
	t.Logf("%d decisions", n)
}

// Each reason, action, slot and destination has a name of its own.
func TestNames(t *testing.T) {
	seen := map[string]bool{}
	unique := func(name string) {
		t.Helper()
		if name == "" || seen[name] {
			t.Errorf("name %q is empty or taken", name)
		}
		seen[name] = true
	}
	for r := range reasons {
		unique(r.String())
	}
	for a := range action(len(actionNames)) {
		unique(a.String())
	}
	for s := range slots {
		unique(s.String())
	}
	for d := Destination(0); d <= Unreachable; d++ {
		unique(d.String())
	}
}
