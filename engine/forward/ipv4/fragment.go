package ipv4

import "encoding/binary"

// fragmentUnit is what fragment offsets count, in bytes.
const fragmentUnit = 8

// CanFragment reports whether a packet can be cut for the MTU. Packets with options are not: some
// options belong into each piece and others not, and nobody sends them.
func CanFragment(h Header, mtu int) bool {
	return h.HeaderLength == HeaderLength && mtu >= HeaderLength+fragmentUnit
}

// PutFragment writes into out, which has room for mtu, the piece of a packet whose data starts at
// offset from, in bytes from the end of the header. It returns the length of the piece and where the
// next one starts; 0 if it was the last. The packet may be a fragment itself.
func PutFragment(out, packet []byte, h Header, mtu, from int) (length, next int) {
	data := packet[HeaderLength:h.Length]
	room := (mtu - HeaderLength) / fragmentUnit * fragmentUnit
	size := min(room, len(data)-from)
	copy(out, packet[:HeaderLength])
	copy(out[HeaderLength:], data[from:from+size])
	field := binary.BigEndian.Uint16(packet[6:]) + uint16(from/fragmentUnit)
	if from+size < len(data) {
		next = from + size
		field |= flagMoreFragments
	}
	length = HeaderLength + size
	binary.BigEndian.PutUint16(out[2:], uint16(length))
	binary.BigEndian.PutUint16(out[6:], field)
	closeHeader(out[:HeaderLength])
	return length, next
}
