package ipv4

import "encoding/binary"

// Error is the type and code of an ICMP error.
type Error struct{ Type, Code uint8 }

// The errors that a router reports (RFC 792, RFC 1191).
var (
	NetUnreachable      = Error{3, 0}
	HostUnreachable     = Error{3, 1}
	PortUnreachable     = Error{3, 3}
	FragmentationNeeded = Error{3, 4}
	TimeExceeded        = Error{11, 0}
)

const (
	echoReply   = 0
	echoRequest = 8

	icmpHeaderLength = 8

	// MaxErrorLength is the length that no ICMP error exceeds, in bytes (RFC 1812, 4.3.2.3).
	MaxErrorLength = 576

	ownTTL = 64
	// internetControl is the precedence that RFC 1812, 4.3.2.5, wants on ICMP errors.
	internetControl = 6 << 5
)

// MayReport reports whether an ICMP error about a packet may be sent: not about an ICMP error, a later
// fragment or a packet from no single machine (RFC 1812, 4.3.2.7).
func MayReport(packet []byte, h Header) bool {
	if h.Later || !Unicast(h.Source) || LinkLocal(h.Source) {
		return false
	}
	if h.Protocol != ICMP {
		return true
	}
	if len(packet) <= int(h.HeaderLength) {
		return false
	}
	kind := packet[h.HeaderLength]
	return kind == echoReply || kind == echoRequest
}

// PutError writes into out, which has room for MaxErrorLength, the ICMP error e about a packet, from an
// address of this controller. mtu is what FragmentationNeeded tells. It returns the length.
func PutError(out, packet []byte, h Header, e Error, from uint32, mtu int) int {
	quoted := min(len(packet), MaxErrorLength-HeaderLength-icmpHeaderLength)
	length := HeaderLength + icmpHeaderLength + quoted
	template{
		source: from, destination: h.Source, protocol: ICMP, ttl: ownTTL, tos: internetControl, length: length,
	}.put(out)
	message := out[HeaderLength:length]
	message[0], message[1] = e.Type, e.Code
	binary.BigEndian.PutUint32(message[4:], 0)
	if e == FragmentationNeeded {
		binary.BigEndian.PutUint16(message[6:], uint16(min(mtu, MaxLength)))
	}
	copy(message[icmpHeaderLength:], packet)
	closeChecksum(message, 2, 0)
	return length
}

// EchoLength is the length of an echo request without data.
const EchoLength = HeaderLength + icmpHeaderLength

// PutEcho writes an echo request of EchoLength into out.
func PutEcho(out []byte, from, to uint32) {
	template{source: from, destination: to, protocol: ICMP, ttl: ownTTL, length: EchoLength}.put(out)
	message := out[HeaderLength:EchoLength]
	clear(message)
	message[0] = echoRequest
	closeChecksum(message, 2, 0)
}

// TurnEcho makes an echo request its own reply, in place. ok is false, and the packet unchanged, if it
// is no whole echo request with a right checksum.
func TurnEcho(packet []byte, h Header) (ok bool) {
	message := packet[h.HeaderLength:h.Length]
	if len(message) < icmpHeaderLength || message[0] != echoRequest || message[1] != 0 || Sum(message) != 0xffff {
		return false
	}
	message[0] = echoReply
	closeChecksum(message, 2, 0)
	binary.BigEndian.PutUint32(packet[12:], h.Destination)
	binary.BigEndian.PutUint32(packet[16:], h.Source)
	packet[8] = ownTTL
	closeHeader(packet[:h.HeaderLength])
	return true
}
