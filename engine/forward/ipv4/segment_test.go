package ipv4

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

func offloadHeader(flags, kind byte, size, start, offset int) []byte {
	b := []byte{flags, kind}
	for _, field := range []int{0, size, start, offset} {
		b = binary.NativeEndian.AppendUint16(b, uint16(field))
	}
	return b
}

func tcpHeader(options int) []byte {
	b := make([]byte, tcpMinimumHeader+options)
	binary.BigEndian.PutUint32(b[4:], 0xfffffff0) // the sequence number wraps
	b[12] = byte(len(b)/4) << 4
	b[tcpFlags] = tcpFIN | tcpPSH | 0x10
	return b
}

// transportRight reports whether the checksum of TCP or UDP in a packet is right.
func transportRight(packet []byte) bool {
	transport := packet[HeaderLength:]
	return fold(uint64(pseudoHeader(packet, packet[9], len(transport)))+uint64(Sum(transport))) == 0xffff
}

// The segments of a large packet carry its data once and in order, each with its own right header.
func TestSegments(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 300 {
		kind, protocol, head := byte(offloadTCP4), uint8(TCP), tcpHeader(4*r.IntN(11))
		if r.IntN(2) == 0 {
			kind, protocol, head = offloadUDP4, UDP, make([]byte, udpHeaderLength)
		}
		size := 1 + r.IntN(1448)
		data := random(r, 1+r.IntN(min(100*size, 60000)))
		packet := build(protocol, append(bytes.Clone(head), data...))
		before := bytes.Clone(packet)
		cut, err := Offload(offloadHeader(offloadNeedsChecksum, kind, size, HeaderLength, 16), packet, mustParse(t, packet))
		if err != nil || !cut.Cuts() {
			t.Fatalf("%v, %+v", err, cut)
		}
		var got []byte
		count := cut.Count(len(packet))
		for i := range count {
			segment := make([]byte, cut.Length(len(packet), i))
			cut.Put(segment, packet, i)
			h := mustParse(t, segment)
			if int(h.Length) != len(segment) || !transportRight(segment) {
				t.Fatalf("segment %d of %d: length %d of %d, or wrong checksum", i, count, h.Length, len(segment))
			}
			transport := segment[HeaderLength:]
			if id := binary.BigEndian.Uint16(segment[4:]); int(id) != i {
				t.Fatalf("segment %d has identification %d", i, id)
			}
			if protocol == TCP {
				if seq := binary.BigEndian.Uint32(transport[4:]); seq != 0xfffffff0+uint32(len(got)) {
					t.Fatalf("segment %d has sequence number %x", i, seq)
				}
				if last := transport[tcpFlags]&(tcpFIN|tcpPSH) != 0; last != (i == count-1) {
					t.Fatalf("segment %d of %d has flags %02x", i, count, transport[tcpFlags])
				}
			} else if int(binary.BigEndian.Uint16(transport[4:])) != len(transport) {
				t.Fatalf("segment %d has a wrong UDP length", i)
			}
			got = append(got, transport[len(head):]...)
		}
		if !bytes.Equal(got, data) || !bytes.Equal(packet, before) {
			t.Fatalf("%d bytes in segments of %d: data differs, or the packet was changed", len(data), size)
		}
	}
}

// The host leaves the checksum of ordinary packets open too: the field holds the pseudo header's sum.
func TestOffloadChecksum(t *testing.T) {
	packet := build(UDP, append(make([]byte, udpHeaderLength), "data of an odd size"...))
	at := HeaderLength + udpChecksumOffset
	binary.BigEndian.PutUint16(packet[at:], uint16(fold(uint64(pseudoHeader(packet, UDP, len(packet)-HeaderLength)))))
	cut, err := Offload(offloadHeader(offloadNeedsChecksum, offloadNone, 0, HeaderLength, udpChecksumOffset), packet, mustParse(t, packet))
	if err != nil || cut.Cuts() || !transportRight(packet) {
		t.Errorf("%v, cut %v, checksum right %v", err, cut.Cuts(), transportRight(packet))
	}
}

// An offload header that does not fit its packet is refused.
func TestOffloadRefuses(t *testing.T) {
	tcp := build(TCP, append(tcpHeader(0), make([]byte, 3000)...))
	shortTCP := bytes.Clone(tcp)
	shortTCP[HeaderLength+12] = 4 << 4
	for name, c := range map[string]struct{ header, packet []byte }{
		"checksum beyond the packet": {offloadHeader(offloadNeedsChecksum, offloadNone, 0, 20, 65000), tcp},
		"checksum inside the header": {offloadHeader(offloadNeedsChecksum, offloadNone, 0, 0, 10), tcp},
		"no size":                    {offloadHeader(0, offloadTCP4, 0, 20, 16), tcp},
		"other protocol":             {offloadHeader(0, offloadUDP4, 1000, 20, 6), tcp},
		"IPv6 segments":              {offloadHeader(0, 4, 1000, 20, 16), tcp},
		"TCP header too short":       {offloadHeader(0, offloadTCP4, 1000, 20, 16), shortTCP},
		"no data":                    {offloadHeader(0, offloadTCP4, 1000, 20, 16), build(TCP, tcpHeader(0))},
		"cut header":                 {offloadHeader(0, offloadTCP4, 1000, 20, 16), build(TCP, make([]byte, 10))},
	} {
		if _, err := Offload(c.header, c.packet, mustParse(t, c.packet)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if cut, err := Offload(nil, tcp, mustParse(t, tcp)); err != nil || cut.Cuts() || cut.Count(len(tcp)) != 1 || cut.Length(len(tcp), 0) != len(tcp) {
		t.Errorf("without an offload header: %v, %+v", err, cut)
	}
}

// Whatever bytes come, nothing panics, and what Parse accepts can be forwarded, reported, cut and answered.
func FuzzPacket(f *testing.F) {
	f.Add(offloadHeader(1, offloadTCP4, 100, 20, 16), build(TCP, append(tcpHeader(4), make([]byte, 500)...)), 100)
	f.Add(offloadHeader(1, offloadNone, 0, 20, 6), build(UDP, make([]byte, 30)), 28)
	f.Add([]byte{}, build(ICMP, []byte{8, 0, 0xf7, 0xff, 0, 0, 0, 0}), 68)
	f.Fuzz(func(t *testing.T, offload, packet []byte, mtu int) {
		h, ok := Parse(packet)
		if !ok {
			return
		}
		packet = packet[:h.Length]
		if MayReport(packet, h) {
			out := make([]byte, MaxErrorLength)
			n := PutError(out, packet, h, TimeExceeded, 1<<24, mtu)
			mustParse(t, out[:n])
		}
		if CanFragment(h, mtu) && len(packet) > mtu {
			for from := 0; ; {
				out := make([]byte, mtu)
				n, next := PutFragment(out, packet, h, mtu, from)
				mustParse(t, out[:n])
				if next == 0 {
					break
				}
				from = next
			}
		}
		if cut, err := Offload(offload, packet, h); err == nil {
			total := 0
			for i := range cut.Count(len(packet)) {
				segment := make([]byte, cut.Length(len(packet), i))
				cut.Put(segment, packet, i)
				total += len(segment) - cut.headers
			}
			if total != len(packet)-cut.headers {
				t.Fatalf("segments hold %d bytes, the packet %d", total, len(packet)-cut.headers)
			}
		}
		if TurnEcho(packet, h) {
			mustParse(t, packet)
		}
		if h.TTL > 0 {
			h, ok := Parse(packet)
			if ok && h.TTL > 0 {
				DecrementTTL(packet)
				mustParse(t, packet)
			}
		}
	})
}
