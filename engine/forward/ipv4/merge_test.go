package ipv4

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
)

// flowPackets cuts a large packet of random data, as a sender does.
func flowPackets(t *testing.T, r *rand.Rand, port uint16) [][]byte {
	t.Helper()
	kind, protocol, head := byte(offloadTCP4), uint8(TCP), tcpHeader(4*r.IntN(11))
	head[tcpFlags] = tcpACK | byte(r.IntN(2))*tcpPSH
	if r.IntN(3) == 0 {
		kind, protocol, head = offloadUDP4, UDP, make([]byte, udpHeaderLength)
	}
	binary.BigEndian.PutUint16(head, port)
	size := 1 + r.IntN(1400)
	packet := build(protocol, append(head, random(r, 1+r.IntN(40*size))...))
	cut, err := Offload(offloadHeader(offloadNeedsChecksum, kind, size, HeaderLength, 16), packet, mustParse(t, packet))
	if err != nil {
		t.Fatal(err)
	}
	var packets [][]byte
	for i := range cut.Count(len(packet)) {
		segment := make([]byte, cut.Length(len(packet), i))
		cut.Put(segment, packet, i)
		packets = append(packets, segment)
	}
	return packets
}

// asKernel does what the kernel does with a large packet: it cuts it.
func asKernel(t *testing.T, run Run) [][]byte {
	t.Helper()
	packet := slices.Concat(run.Parts...)
	h := mustParse(t, packet)
	if int(h.Length) != len(packet) {
		t.Fatalf("a packet of %d bytes says %d", len(packet), h.Length)
	}
	cut, err := Offload(run.Offload[:], packet, h)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for i := range cut.Count(len(packet)) {
		segment := make([]byte, cut.Length(len(packet), i))
		cut.Put(segment, packet, i)
		all = append(all, segment)
	}
	return all
}

// identity is a packet without what may change: identification and the checksum over it.
func identity(packet []byte) string {
	p := bytes.Clone(packet)
	clear(p[4:6])
	clear(p[10:12])
	return string(p)
}

// What is merged and cut again is what came: each flow in its order, nothing lost, nothing new.
func TestMergeIsTheReverseOfCutting(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	var m Merger
	m.UDP = true
	for range 300 {
		flows := make([][][]byte, 1+r.IntN(4))
		for i := range flows {
			flows[i] = flowPackets(t, r, uint16(i))
		}
		want, got := map[uint16][]string{}, map[uint16][]string{}
		add := func(packet []byte, port uint16) {
			want[port] = append(want[port], identity(packet))
			m.Add(packet, mustParse(t, packet))
		}
		port := func(p []byte) uint16 { return binary.BigEndian.Uint16(p[HeaderLength:]) }
		for len(flows) > 0 { // the flows take turns at random; some packets come damaged
			i := r.IntN(len(flows))
			packet := flows[i][0]
			if r.IntN(50) == 0 {
				packet[len(packet)-1]++
			}
			if r.IntN(20) == 0 { // one of the flow that carries no data
				bare := build(packet[9], append(bytes.Clone(packet[HeaderLength:HeaderLength+4]), make([]byte, 16)...))
				add(bare, port(packet))
			}
			add(packet, port(packet))
			if flows[i] = flows[i][1:]; len(flows[i]) == 0 {
				flows = slices.Delete(flows, i, i+1)
			}
		}
		for _, run := range m.Runs() {
			for _, p := range asKernel(t, run) {
				got[port(p)] = append(got[port(p)], identity(p))
			}
		}
		m.Reset()
		for flow := range want {
			if !slices.Equal(got[flow], want[flow]) {
				t.Fatalf("flow %d: %d packets came, %d others went out", flow, len(want[flow]), len(got[flow]))
			}
		}
	}
}

// A bulk transfer becomes one packet; what must not be joined is not.
func TestMergeJoinsWhatBelongsTogether(t *testing.T) {
	stream := func(change func(i int, packet []byte)) int {
		var m Merger
		for i := range 10 {
			head := tcpHeader(0)
			head[tcpFlags] = tcpACK
			binary.BigEndian.PutUint32(head[4:], uint32(i*100))
			packet := build(TCP, append(head, make([]byte, 100)...))
			change(i, packet)
			closeHeader(packet[:HeaderLength])
			transport := packet[HeaderLength:]
			closeChecksum(transport, tcpChecksumOffset, pseudoHeader(packet, TCP, len(transport)))
			m.Add(packet, mustParse(t, packet))
		}
		return len(m.Runs())
	}
	for _, c := range []struct {
		name   string
		want   int
		change func(i int, packet []byte)
	}{
		{"a stream", 1, func(int, []byte) {}},
		{"a gap", 2, func(i int, p []byte) {
			if i >= 5 {
				p[HeaderLength+6]++
			}
		}},
		{"a push", 2, func(i int, p []byte) {
			if i == 4 {
				p[HeaderLength+tcpFlags] |= tcpPSH
			}
		}},
		{"a reset", 3, func(i int, p []byte) {
			if i == 4 {
				p[HeaderLength+tcpFlags] |= 0x04
			}
		}},
		{"another window", 2, func(i int, p []byte) {
			if i >= 5 {
				p[HeaderLength+15]++
			}
		}},
		{"other congestion marks", 2, func(i int, p []byte) {
			if i >= 5 {
				p[1] = 3
			}
		}},
		{"every packet another TTL", 10, func(i int, p []byte) { p[8] = byte(i + 1) }},
	} {
		if got := stream(c.change); got != c.want {
			t.Errorf("%s: %d packets, want %d", c.name, got, c.want)
		}
	}
}

// Any packets that Parse accepts may come, in any order, without a panic and without loss.
func FuzzMerge(f *testing.F) {
	f.Add(build(TCP, tcpHeader(4)), build(UDP, make([]byte, 9)), true)
	f.Fuzz(func(t *testing.T, a, b []byte, udp bool) {
		m := Merger{UDP: udp}
		came := 0
		for _, p := range [][]byte{a, b, a, b} {
			if h, ok := Parse(p); ok {
				m.Add(bytes.Clone(p[:h.Length]), h)
				came++
			}
		}
		went := 0
		for _, run := range m.Runs() {
			went += len(run.Parts)
		}
		if came != went {
			t.Fatalf("%d packets came, %d went", came, went)
		}
	})
}
