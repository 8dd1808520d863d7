package ipv4

import (
	"encoding/binary"
	"math/bits"
)

// Sum returns the one's complement sum of b in 16-bit words (RFC 1071), not complemented. Sums may be
// added to each other if all but the last cover an even number of bytes; fold the result.
func Sum(b []byte) uint32 {
	// The sum may be taken in any byte order if the result is swapped back: eight bytes at once, in the
	// machine's order.
	var sum, carry uint64
	for len(b) >= 64 {
		sum, carry = bits.Add64(sum, binary.NativeEndian.Uint64(b), 0)
		sum, carry = bits.Add64(sum, binary.NativeEndian.Uint64(b[8:]), carry)
		sum, carry = bits.Add64(sum, binary.NativeEndian.Uint64(b[16:]), carry)
		sum, carry = bits.Add64(sum, binary.NativeEndian.Uint64(b[24:]), carry)
		sum, carry = bits.Add64(sum, binary.NativeEndian.Uint64(b[32:]), carry)
		sum, carry = bits.Add64(sum, binary.NativeEndian.Uint64(b[40:]), carry)
		sum, carry = bits.Add64(sum, binary.NativeEndian.Uint64(b[48:]), carry)
		sum, carry = bits.Add64(sum, binary.NativeEndian.Uint64(b[56:]), carry)
		sum += carry // cannot overflow: an addition that carried left at most 2⁶⁴ − 2
		b = b[64:]
	}
	for len(b) >= 8 {
		sum, carry = bits.Add64(sum, binary.NativeEndian.Uint64(b), 0)
		sum += carry
		b = b[8:]
	}
	if len(b) > 0 {
		var rest [8]byte
		copy(rest[:], b)
		sum, carry = bits.Add64(sum, binary.NativeEndian.Uint64(rest[:]), 0)
		sum += carry
	}
	var inOrder [2]byte
	binary.NativeEndian.PutUint16(inOrder[:], uint16(fold(sum)))
	return uint32(binary.BigEndian.Uint16(inOrder[:]))
}

// fold brings a sum down to 16 bits.
func fold(sum uint64) uint32 {
	sum = sum>>32 + sum&0xffffffff
	sum = sum>>32 + sum&0xffffffff
	sum = sum>>16 + sum&0xffff
	sum = sum>>16 + sum&0xffff
	return uint32(sum>>16 + sum&0xffff)
}

// pseudoHeader is the sum of the pseudo header that TCP and UDP checksums cover; payload is the length
// of transport header and data.
func pseudoHeader(packet []byte, protocol uint8, payload int) uint32 {
	return Sum(packet[12:20]) + uint32(protocol) + uint32(payload)
}

// closeChecksum sets the checksum at offset at of b; initial is the sum of what it covers besides b.
// A result of 0 is sent as 0xffff, its equal, because 0 in UDP means that there is none.
func closeChecksum(b []byte, at int, initial uint32) {
	b[at], b[at+1] = 0, 0
	sum := ^uint16(fold(uint64(initial) + uint64(Sum(b))))
	if sum == 0 {
		sum = 0xffff
	}
	binary.BigEndian.PutUint16(b[at:], sum)
}
