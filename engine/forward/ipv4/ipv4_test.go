package ipv4

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"

	"golang.org/x/net/icmp"
	xipv4 "golang.org/x/net/ipv4"
)

// naiveSum is RFC 1071 word by word.
func naiveSum(b []byte) uint32 {
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		word := uint32(b[i]) << 8
		if i+1 < len(b) {
			word |= uint32(b[i+1])
		}
		sum += word
		sum = sum>>16 + sum&0xffff
	}
	return sum
}

func random(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// build returns a packet with data behind a header of 20 bytes that is right.
func build(protocol uint8, data []byte) []byte {
	packet := make([]byte, HeaderLength+len(data))
	template{source: 0x0a000001, destination: 0x0a000002, protocol: protocol, ttl: 64, length: len(packet)}.put(packet)
	copy(packet[HeaderLength:], data)
	return packet
}

func mustParse(t testing.TB, packet []byte) Header {
	t.Helper()
	h, ok := Parse(packet)
	if !ok {
		t.Fatalf("packet % x does not parse", packet[:min(len(packet), 40)])
	}
	return h
}

// Sum takes eight bytes at once and gives what RFC 1071 gives word by word, for all lengths.
func TestSum(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for n := range 300 {
		b := random(r, n)
		if got, want := Sum(b), naiveSum(b); got != want {
			t.Fatalf("%d bytes: sum %04x, want %04x", n, got, want)
		}
	}
	ones := bytes.Repeat([]byte{0xff}, MaxLength)
	if got, want := Sum(ones), naiveSum(ones); got != want {
		t.Errorf("longest packet of ones: sum %04x, want %04x", got, want)
	}
}

// After DecrementTTL the header checksum is the one that a full computation gives.
func TestDecrementTTL(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 20000 {
		packet := build(UDP, nil)
		copy(packet[1:], random(r, 1))
		copy(packet[4:], random(r, 2))
		copy(packet[8:], random(r, 12))
		packet[8] |= 1 // not 0
		closeHeader(packet)
		want := bytes.Clone(packet)
		want[8]--
		closeHeader(want)
		DecrementTTL(packet)
		if !bytes.Equal(packet, want) {
			t.Fatalf("got  % x\nwant % x", packet, want)
		}
	}
}

// Parse reads the fields as golang.org/x/net does, and refuses whatever is not a whole IPv4 packet.
func TestParse(t *testing.T) {
	good := build(TCP, make([]byte, 40))
	h := mustParse(t, good)
	want, err := xipv4.ParseHeader(good)
	if err != nil {
		t.Fatal(err)
	}
	if Addr(h.Source).String() != want.Src.String() || Addr(h.Destination).String() != want.Dst.String() ||
		int(h.Length) != want.TotalLen || int(h.TTL) != want.TTL || int(h.Protocol) != want.Protocol || !h.DontFragment || h.Fragment {
		t.Errorf("header is %+v, want %v", h, want)
	}
	if _, ok := Parse(append(bytes.Clone(good), 0, 0, 0)); !ok {
		t.Error("padding behind a packet makes it invalid")
	}
	for name, spoil := range map[string]func(p []byte) []byte{
		"empty":                        func([]byte) []byte { return nil },
		"shorter than a header":        func(p []byte) []byte { return p[:19] },
		"IPv6":                         func(p []byte) []byte { p[0] = 0x65; return p },
		"header length below 20":       func(p []byte) []byte { p[0] = 0x44; return p },
		"header longer than packet":    func(p []byte) []byte { p[0] = 0x4f; p[3] = 50; return p[:50] },
		"total length above the bytes": func(p []byte) []byte { return p[:len(p)-1] },
		"total length below header":    func(p []byte) []byte { p[3] = 19; return p },
		"fragment beyond 64 kB":        func(p []byte) []byte { p[6], p[7] = 0x1f, 0xff; return p },
		"checksum":                     func(p []byte) []byte { p[10]++; return p },
	} {
		p := spoil(bytes.Clone(good))
		if name != "checksum" && len(p) >= HeaderLength && int(p[0]&15)*4 <= len(p) {
			closeHeader(p[:max(int(p[0]&15)*4, HeaderLength)])
		}
		if _, ok := Parse(p); ok {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		addr               string
		linkLocal, unicast bool
	}{
		{"0.1.2.3", false, false}, {"1.0.0.0", false, true}, {"10.0.0.1", false, true}, {"126.255.255.255", false, true},
		{"127.0.0.1", false, false}, {"128.0.0.1", false, true}, {"169.253.255.255", false, true}, {"169.254.0.0", true, true},
		{"169.254.255.255", true, true}, {"169.255.0.0", false, true}, {"223.255.255.255", false, true}, {"224.0.0.1", false, false},
		{"240.0.0.1", false, false}, {"255.255.255.255", false, false},
	} {
		a := netip.MustParseAddr(c.addr)
		n := Number(a)
		if Addr(n) != a || LinkLocal(n) != c.linkLocal || Unicast(n) != c.unicast {
			t.Errorf("%v: back %v, link-local %v, unicast %v", a, Addr(n), LinkLocal(n), Unicast(n))
		}
	}
	if got := Addr(ControlAddress(7)).String(); got != "169.254.119.7" {
		t.Errorf("control address of 7 is %s", got)
	}
}

// The pieces of a packet are no longer than the MTU, and put together they are the packet; also when
// the packet is a fragment itself.
func TestFragment(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 500 {
		data := random(r, 1+r.IntN(9000))
		packet := build(UDP, data)
		field := uint16(r.IntN(3)) * 185
		if more := r.IntN(2) == 0 && len(data)%fragmentUnit == 0; more {
			field |= flagMoreFragments
		}
		binary.BigEndian.PutUint16(packet[6:], field)
		closeHeader(packet[:HeaderLength])
		h := mustParse(t, packet)
		mtu := 68 + r.IntN(1500)
		var got []byte
		for from := 0; ; {
			out := make([]byte, mtu)
			n, next := PutFragment(out, packet, h, mtu, from)
			piece := mustParse(t, out[:n])
			pieceField := binary.BigEndian.Uint16(out[6:])
			if int(piece.Length) != n || int(pieceField&offsetMask) != int(field&offsetMask)+len(got)/fragmentUnit {
				t.Fatalf("piece at %d of %d: length %d of %d, field %04x", from, len(data), piece.Length, n, pieceField)
			}
			if more := pieceField&flagMoreFragments != 0; more != (next != 0 || field&flagMoreFragments != 0) {
				t.Fatalf("piece at %d: more fragments is %v", from, more)
			}
			got = append(got, out[HeaderLength:n]...)
			if next == 0 {
				break
			}
			from = next
		}
		if !bytes.Equal(got, data) {
			t.Fatalf("%d bytes, MTU %d: pieces do not make the packet", len(data), mtu)
		}
	}
}

// An ICMP error is a right packet from the controller, quotes the packet, and carries the MTU.
func TestPutError(t *testing.T) {
	offending := build(UDP, make([]byte, 1400))
	h := mustParse(t, offending)
	out := make([]byte, MaxErrorLength)
	for _, e := range []Error{NetUnreachable, HostUnreachable, PortUnreachable, FragmentationNeeded, TimeExceeded} {
		n := PutError(out, offending, h, e, 0x0a0000fe, 1380)
		outer := mustParse(t, out[:n])
		if outer.Source != 0x0a0000fe || outer.Destination != h.Source || int(outer.Length) != n || n != MaxErrorLength {
			t.Errorf("%v: header %+v, %d bytes", e, outer, n)
		}
		body := out[HeaderLength:n]
		m, err := icmp.ParseMessage(ICMP, body)
		if err != nil || Sum(body) != 0xffff {
			t.Fatalf("%v: %v, sum %04x", e, err, Sum(body))
		}
		if m.Type != xipv4.ICMPType(e.Type) || m.Code != int(e.Code) || !bytes.Equal(body[8:], offending[:len(body)-8]) {
			t.Errorf("%v: type %v code %d, or it does not quote the packet", e, m.Type, m.Code)
		}
		if mtu := binary.BigEndian.Uint16(body[6:]); (e == FragmentationNeeded) != (mtu == 1380) {
			t.Errorf("%v: tells MTU %d", e, mtu)
		}
		if reply := mustParse(t, out[:n]); MayReport(out[:n], reply) {
			t.Errorf("%v: an error may be sent about an error", e)
		}
	}
	later := h
	later.Later = true
	multicast := h
	multicast.Source = 0xe0000001
	if !MayReport(offending, h) || MayReport(offending, later) || MayReport(offending, multicast) {
		t.Error("errors are sent about the wrong packets")
	}
}

// An echo request that this controller makes is one that it would answer.
func TestPutEcho(t *testing.T) {
	packet := make([]byte, EchoLength)
	PutEcho(packet, 0x0a000001, 0x0a000002)
	h := mustParse(t, packet)
	if h.Source != 0x0a000001 || h.Destination != 0x0a000002 || int(h.Length) != len(packet) || !TurnEcho(packet, h) {
		t.Errorf("%+v % x", h, packet)
	}
}

func TestTurnEcho(t *testing.T) {
	body, err := (&icmp.Message{Type: xipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: 77, Seq: 5, Data: []byte("are you there")}}).Marshal(nil)
	if err != nil {
		t.Fatal(err)
	}
	packet := build(ICMP, body)
	h := mustParse(t, packet)
	if !MayReport(packet, h) || !TurnEcho(packet, h) {
		t.Fatal("a right echo request is not answered")
	}
	reply := mustParse(t, packet)
	m, err := icmp.ParseMessage(ICMP, packet[HeaderLength:])
	if err != nil || Sum(packet[HeaderLength:]) != 0xffff || reply.Source != h.Destination || reply.Destination != h.Source {
		t.Fatalf("reply %+v, %v", reply, err)
	}
	if echo, ok := m.Body.(*icmp.Echo); m.Type != xipv4.ICMPTypeEchoReply || !ok || echo.ID != 77 || echo.Seq != 5 || string(echo.Data) != "are you there" {
		t.Errorf("reply is %v %+v", m.Type, m.Body)
	}
	if TurnEcho(packet, reply) {
		t.Error("a reply is answered")
	}
}

func TestPutControl(t *testing.T) {
	packet := make([]byte, HeaderLength+100)
	PutControl(packet, 3, 8, 100)
	h := mustParse(t, packet)
	want := Header{Source: ControlAddress(3), Destination: ControlAddress(8), Length: 120, HeaderLength: 20, TTL: 255, Protocol: 253, DontFragment: true}
	if h != want {
		t.Errorf("header is %+v, want %+v", h, want)
	}
}
