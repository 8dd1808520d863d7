package forward

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"golang.org/x/net/icmp"
	xipv4 "golang.org/x/net/ipv4"

	"vns3/engine/forward/ipv4"
)

// packetOf returns a packet with the length in all, built by golang.org/x/net.
func packetOf(h xipv4.Header, body []byte) []byte {
	h.Version, h.Len, h.TotalLen = 4, xipv4.HeaderLen, xipv4.HeaderLen+len(body)
	if h.TTL == 0 {
		h.TTL = 64
	}
	b, err := h.Marshal()
	if err != nil {
		panic(err)
	}
	binary.BigEndian.PutUint16(b[10:], ^uint16(ipv4.Sum(b)))
	return append(b, body...)
}

// udp returns a packet of the length, with zeros for a payload.
func udp(src, dst netip.Addr, length int) []byte {
	return packetOf(xipv4.Header{Src: src.AsSlice(), Dst: dst.AsSlice(), Protocol: ipv4.UDP, Flags: xipv4.DontFragment}, make([]byte, length-xipv4.HeaderLen))
}

func ping(src, dst netip.Addr, data string) []byte {
	body, err := (&icmp.Message{Type: xipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: 1, Seq: 1, Data: []byte(data)}}).Marshal(nil)
	if err != nil {
		panic(err)
	}
	return packetOf(xipv4.Header{Src: src.AsSlice(), Dst: dst.AsSlice(), Protocol: ipv4.ICMP}, body)
}

// write gives packets to a port as a device does.
func write(t testing.TB, p *Port, packets ...[]byte) {
	t.Helper()
	bufs := make([][]byte, len(packets))
	for i, packet := range packets {
		bufs[i] = append(make([]byte, headroom, headroom+ipv4.MaxLength), packet...)
	}
	if n, err := p.Write(bufs, headroom); n != len(packets) || err != nil {
		t.Fatalf("Write took %d of %d packets: %v", n, len(packets), err)
	}
}

// readAll returns what waits in a port.
func readAll(t testing.TB, p *Port) [][]byte {
	t.Helper()
	var packets [][]byte
	for p.queued() > 0 {
		bufs, sizes := lend(8)
		n, err := p.Read(bufs, sizes, headroom)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			packets = append(packets, bufs[i][headroom:headroom+sizes[i]])
		}
	}
	return packets
}

func parse(t testing.TB, packet []byte) ipv4.Header {
	t.Helper()
	h, ok := ipv4.Parse(packet)
	if !ok {
		t.Fatalf("a broken packet came out: % x", packet[:min(40, len(packet))])
	}
	return h
}

// addsUp fails the test unless every packet that came in is accounted for.
func addsUp(t testing.TB, s *Switch) {
	t.Helper()
	c := s.Counters()
	if sum := c.Total(); sum.In != sum.Out+sum.Consumed+sum.Queued+sum.Lost() {
		t.Errorf("counters do not add up: in %d, out %d, consumed %d, queued %d, dropped %v\n%v", sum.In, sum.Out, sum.Consumed, sum.Queued, sum.Dropped, c)
	}
}
