// Package ipv4 reads, changes and builds IPv4 packets as a router does: headers, TTL, fragments, ICMP
// errors and echo replies, and the cutting of the large packets that a kernel interface hands over.
//
// It is pure arithmetic on bytes, for any bytes: it never panics on a packet that Parse accepted, and
// Parse accepts or refuses anything. It sends nothing and keeps nothing.
package ipv4

import (
	"encoding/binary"
	"net/netip"
)

const (
	// HeaderLength is the length of a header without options, in bytes.
	HeaderLength = 20
	// MaxLength is the length that no packet exceeds, in bytes.
	MaxLength = 65535
)

// Protocol numbers.
const (
	ICMP            = 1
	TCP             = 6
	UDP             = 17
	ControlProtocol = 253 // RFC 3692: for experimentation, inside the tunnels only
)

// ControlTTL is the TTL of a control packet: nothing has forwarded it.
const ControlTTL = 255

const (
	flagDontFragment  = 0x4000
	flagMoreFragments = 0x2000
	offsetMask        = 0x1fff
)

// Header is what forwarding has to know of a packet.
type Header struct {
	Source, Destination uint32
	Length              uint16 // of the packet; of each of its segments while Segments is set
	HeaderLength        uint8  // with options
	TTL, Protocol       uint8
	DontFragment        bool
	Fragment            bool // a piece of a fragmented packet, the first included
	Later               bool // a piece that is not the first
	Segments            bool // a large packet of the host, still to be cut; see Segmentation
}

// Version returns the IP version of a packet; 0 if it has none.
func Version(packet []byte) int {
	if len(packet) == 0 {
		return 0
	}
	return int(packet[0] >> 4)
}

// Parse reads the header of a packet. ok is false if it is not IPv4, is not whole or its header
// checksum is wrong. What follows the packet's own length is padding.
func Parse(packet []byte) (h Header, ok bool) {
	if len(packet) < HeaderLength || packet[0]>>4 != 4 {
		return h, false
	}
	flags := binary.BigEndian.Uint16(packet[6:])
	h = Header{
		Source:       binary.BigEndian.Uint32(packet[12:]),
		Destination:  binary.BigEndian.Uint32(packet[16:]),
		Length:       binary.BigEndian.Uint16(packet[2:]),
		HeaderLength: packet[0] & 15 * 4,
		TTL:          packet[8],
		Protocol:     packet[9],
		DontFragment: flags&flagDontFragment != 0,
		Fragment:     flags&(flagMoreFragments|offsetMask) != 0,
		Later:        flags&offsetMask != 0,
	}
	if h.HeaderLength < HeaderLength || int(h.HeaderLength) > int(h.Length) || int(h.Length) > len(packet) {
		return h, false
	}
	if int(flags&offsetMask)*fragmentUnit+int(h.Length) > MaxLength { // a piece beyond the end of any packet
		return h, false
	}
	return h, headerSum(packet[:h.HeaderLength]) == 0xffff
}

// headerSum is Sum for headers, which are short.
func headerSum(header []byte) uint32 {
	if len(header) != HeaderLength {
		return Sum(header)
	}
	b := (*[HeaderLength]byte)(header)
	s := uint64(binary.BigEndian.Uint32(b[0:])) + uint64(binary.BigEndian.Uint32(b[4:])) + uint64(binary.BigEndian.Uint32(b[8:])) +
		uint64(binary.BigEndian.Uint32(b[12:])) + uint64(binary.BigEndian.Uint32(b[16:]))
	return fold(s)
}

// DecrementTTL takes one from the TTL of a packet, which must not be 0, and corrects the header
// checksum incrementally (RFC 1624, equation 3).
func DecrementTTL(packet []byte) {
	before := uint32(binary.BigEndian.Uint16(packet[8:]))
	packet[8]--
	after := uint32(binary.BigEndian.Uint16(packet[8:]))
	sum := uint32(^binary.BigEndian.Uint16(packet[10:])) + (^before & 0xffff) + after
	binary.BigEndian.PutUint16(packet[10:], ^uint16(fold(uint64(sum))))
}

// Number returns an IPv4 address as a number, in the order in which addresses count.
func Number(addr netip.Addr) uint32 {
	b := addr.As4()
	return binary.BigEndian.Uint32(b[:])
}

// Addr returns the address that Number turned into n.
func Addr(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// LinkLocal reports whether n is in 169.254.0.0/16.
func LinkLocal(n uint32) bool { return n>>16 == 169<<8|254 }

// Unicast reports whether n is the address of one machine on some network: not 0.0.0.0/8, loopback,
// multicast, reserved or the broadcast address.
func Unicast(n uint32) bool {
	first := n >> 24
	return first != 0 && first != 127 && first < 224
}

// ControlAddress is the address of controller id, 1…9, inside a tunnel: 169.254.119.id.
func ControlAddress(id int) uint32 { return 169<<24 | 254<<16 | 119<<8 | uint32(id) }

// template is a header that is still to be addressed and closed.
type template struct {
	source, destination uint32
	protocol, ttl, tos  uint8
	length              int
}

// put writes a header without options, with don't-fragment set, into packet.
func (t template) put(packet []byte) {
	packet[0], packet[1] = 0x45, t.tos
	binary.BigEndian.PutUint16(packet[2:], uint16(t.length))
	binary.BigEndian.PutUint16(packet[4:], 0)
	binary.BigEndian.PutUint16(packet[6:], flagDontFragment)
	packet[8], packet[9] = t.ttl, t.protocol
	binary.BigEndian.PutUint32(packet[12:], t.source)
	binary.BigEndian.PutUint32(packet[16:], t.destination)
	closeHeader(packet[:HeaderLength])
}

// closeHeader sets the checksum of a header.
func closeHeader(header []byte) {
	header[10], header[11] = 0, 0
	binary.BigEndian.PutUint16(header[10:], ^uint16(headerSum(header)))
}

// PutControl writes the header of a control packet with the payload length from controller from to
// controller to into the first HeaderLength bytes of packet.
func PutControl(packet []byte, from, to, payload int) {
	template{
		source: ControlAddress(from), destination: ControlAddress(to),
		protocol: ControlProtocol, ttl: ControlTTL, length: HeaderLength + payload,
	}.put(packet)
}
