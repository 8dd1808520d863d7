package ipv4

import (
	"bytes"
	"encoding/binary"
)

const (
	maxParts = 64 // packets in one large one: what the kernel accepts for UDP everywhere
	lookBack = 8  // how many runs behind the newest may still grow: flows that take turns
)

const (
	tcpACK    = 0x10
	addresses = 12 // where they are in the header
)

// Merger joins packets of a flow that follow each other into large ones, which the host's stack takes
// at once. It is the reverse of Segmentation: cut again, they are the packets that came, but for their
// identifications. Packets of a flow stay in order. Nothing is copied: a large packet is a list of parts.
//
// Only what the kernel itself would join is joined: TCP data without other flags than ACK and PSH, with
// the same header but for sequence number and checksum; UDP datagrams of the same size; checksums that
// are right.
type Merger struct {
	UDP  bool // the kernel takes large packets of UDP too
	runs []Run
}

// Run is a packet for the kernel interface: Offload, then all Parts, one after the other.
type Run struct {
	Offload [OffloadHeaderLength]byte
	Parts   [][]byte

	open    bool   // it may grow
	headers int    // length of IP and transport header
	size    int    // data bytes of each part but the last
	length  int    // of all parts
	next    uint32 // sequence number of what would follow
	checked bool   // the checksum of the first part is right
}

// Add takes a packet that Parse accepted with header h. It is changed by Runs, and must stay until then.
func (m *Merger) Add(packet []byte, h Header) {
	headers := m.mergeable(packet, h)
	if headers > 0 {
		for i := len(m.runs) - 1; i >= max(0, len(m.runs)-lookBack); i-- {
			if r := &m.runs[i]; mayBeSameFlow(r.Parts[0], packet) {
				if r.open && r.grow(packet, headers) {
					return
				}
				break // only the newest run of a flow grows: nothing overtakes
			}
		}
	}
	m.start(packet, headers)
}

// Runs returns the packets for the kernel interface, valid until Reset, which must follow.
func (m *Merger) Runs() []Run {
	for i := range m.runs {
		m.runs[i].close()
	}
	return m.runs
}

// Reset forgets all packets.
func (m *Merger) Reset() {
	for i := range m.runs {
		clear(m.runs[i].Parts)
	}
	m.runs = m.runs[:0]
}

// mergeable returns the length of the headers of a packet that may be joined with others; 0: it may not.
func (m *Merger) mergeable(packet []byte, h Header) int {
	if h.HeaderLength != HeaderLength || h.Fragment {
		return 0
	}
	transport := packet[HeaderLength:]
	headers := 0
	switch {
	case h.Protocol == TCP && len(transport) >= tcpMinimumHeader && transport[tcpFlags]&^tcpPSH == tcpACK:
		length := int(transport[12] >> 4 * 4)
		if length < tcpMinimumHeader {
			return 0
		}
		headers = HeaderLength + length
	case m.UDP && h.Protocol == UDP && len(transport) >= udpHeaderLength &&
		int(binary.BigEndian.Uint16(transport[4:])) == len(transport) && binary.BigEndian.Uint16(transport[udpChecksumOffset:]) != 0:
		headers = HeaderLength + udpHeaderLength
	}
	if headers >= len(packet) {
		return 0
	}
	return headers
}

// start begins a run with a packet.
func (m *Merger) start(packet []byte, headers int) {
	if len(m.runs) < cap(m.runs) {
		m.runs = m.runs[:len(m.runs)+1]
	} else {
		m.runs = append(m.runs, Run{})
	}
	r := &m.runs[len(m.runs)-1]
	*r = Run{Parts: append(r.Parts[:0], packet), open: headers > 0, headers: headers, size: len(packet) - headers, length: len(packet)}
	if r.open && packet[9] == TCP {
		r.next = binary.BigEndian.Uint32(packet[HeaderLength+4:]) + uint32(r.size)
		r.open = !pushed(packet)
	}
}

// mayBeSameFlow compares protocol, addresses and, where a has them at their usual place, the ports of b.
func mayBeSameFlow(a, b []byte) bool {
	if a[9] != b[9] || !bytes.Equal(a[addresses:HeaderLength], b[addresses:HeaderLength]) {
		return false
	}
	plain := a[0] == 4<<4|HeaderLength/4 && binary.BigEndian.Uint16(a[6:])&(flagMoreFragments|offsetMask) == 0 && len(a) >= HeaderLength+4
	return !plain || bytes.Equal(a[HeaderLength:HeaderLength+4], b[HeaderLength:HeaderLength+4])
}

// grow appends a packet of the same flow, if it follows the last.
func (r *Run) grow(packet []byte, headers int) bool {
	first, data := r.Parts[0], len(packet)-headers
	last := len(r.Parts[len(r.Parts)-1]) - r.headers
	switch {
	case headers != r.headers || last != r.size || data > r.size:
		return false // only the last of a large packet may be shorter
	case len(r.Parts) == maxParts || r.length+data > MaxLength:
		return false
	case first[1] != packet[1] || first[6] != packet[6] || first[8] != packet[8]: // service, flags, TTL
		return false
	case packet[9] == TCP && !r.continues(packet):
		return false
	case !r.checked && !checksumRight(first) || !checksumRight(packet):
		return false
	}
	r.checked = true
	r.Parts, r.length, r.next = append(r.Parts, packet), r.length+data, r.next+uint32(data)
	if packet[9] == TCP && pushed(packet) {
		first[HeaderLength+tcpFlags] |= tcpPSH // its checksum is written anew
		r.open = false
	}
	return true
}

// pushed reports whether the sender of a TCP packet wants its data delivered now: nothing is appended.
func pushed(packet []byte) bool { return packet[HeaderLength+tcpFlags]&tcpPSH != 0 }

// continues reports whether a TCP packet has the next data and otherwise the header of the first.
func (r *Run) continues(packet []byte) bool {
	a, b := r.Parts[0][HeaderLength:], packet[HeaderLength:]
	return binary.BigEndian.Uint32(b[4:]) == r.next &&
		bytes.Equal(a[8:tcpFlags], b[8:tcpFlags]) && // acknowledgement, header length
		bytes.Equal(a[14:16], b[14:16]) && // window
		bytes.Equal(a[tcpMinimumHeader:r.headers-HeaderLength], b[tcpMinimumHeader:r.headers-HeaderLength])
}

// checksumRight checks the checksum of TCP or UDP.
func checksumRight(packet []byte) bool {
	transport := packet[HeaderLength:]
	return fold(uint64(pseudoHeader(packet, packet[9], len(transport)))+uint64(Sum(transport))) == 0xffff
}

// close writes the headers of a large packet and leaves all parts but the first their data only.
func (r *Run) close() {
	r.Offload = [OffloadHeaderLength]byte{}
	if len(r.Parts) == 1 {
		return
	}
	first := r.Parts[0]
	for i := range r.Parts[1:] {
		r.Parts[i+1] = r.Parts[i+1][r.headers:]
	}
	binary.BigEndian.PutUint16(first[2:], uint16(r.length))
	closeHeader(first[:HeaderLength])
	transport, payload := first[HeaderLength:], r.length-HeaderLength
	kind, checksum := byte(offloadTCP4), tcpChecksumOffset
	if first[9] == UDP {
		kind, checksum = offloadUDP4, udpChecksumOffset
		binary.BigEndian.PutUint16(transport[4:], uint16(payload))
	}
	binary.BigEndian.PutUint16(transport[checksum:], uint16(fold(uint64(pseudoHeader(first, first[9], payload)))))
	r.Offload[0], r.Offload[1] = offloadNeedsChecksum, kind
	for i, field := range [...]int{r.headers, r.size, HeaderLength, checksum} {
		binary.NativeEndian.PutUint16(r.Offload[2+2*i:], uint16(field))
	}
}
