package mesh

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"net/netip"
)

// Errors of the decoders. They are wrapped with what was found.
var (
	ErrShort   = errors.New("mesh packet is cut short")
	ErrVersion = errors.New("mesh packet has another version")
	ErrType    = errors.New("mesh packet has an unknown type")
	ErrValue   = errors.New("mesh packet has a value out of range")
	ErrNoPeer  = errors.New("no link runs to this controller")
)

// reader takes values from the front of a packet. After the first that is not there, all are zero
// and short is set.
type reader struct {
	b     []byte
	short bool
}

func (r *reader) bytes(n int) []byte {
	if len(r.b) < n {
		r.b, r.short = nil, true
		return make([]byte, n)
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) u8() uint8   { return r.bytes(1)[0] }
func (r *reader) u16() uint16 { return binary.BigEndian.Uint16(r.bytes(2)) }
func (r *reader) u32() uint32 { return binary.BigEndian.Uint32(r.bytes(4)) }
func (r *reader) u64() uint64 { return binary.BigEndian.Uint64(r.bytes(8)) }

// text takes a text with its length in one byte before it.
func (r *reader) text() string { return string(r.bytes(int(r.u8()))) }

// addrPort takes an address and port; the address's length, 0, 4 or 16, stands before it.
func (r *reader) addrPort() netip.AddrPort {
	addr, ok := netip.AddrFromSlice(r.bytes(int(r.u8())))
	port := r.u16()
	if !ok {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(addr.Unmap(), port)
}

func appendU16(b []byte, v uint16) []byte { return binary.BigEndian.AppendUint16(b, v) }
func appendU32(b []byte, v uint32) []byte { return binary.BigEndian.AppendUint32(b, v) }
func appendU64(b []byte, v uint64) []byte { return binary.BigEndian.AppendUint64(b, v) }

func appendText(b []byte, s string) []byte {
	s = s[:min(len(s), 255)]
	return append(append(b, byte(len(s))), s...)
}

func appendAddrPort(b []byte, a netip.AddrPort) []byte {
	addr := a.Addr().Unmap().AsSlice()
	b = append(append(b, byte(len(addr))), addr...)
	return appendU16(b, a.Port())
}

func flag(set bool, bit byte) byte {
	if set {
		return bit
	}
	return 0
}

// digest hashes an encoded item: FNV-1a with a final mix, so that digests may be combined by xor.
// It finds differences between controllers that trust each other; it withstands no attacker.
func digest(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for len(b) >= 8 {
		h = (h ^ binary.LittleEndian.Uint64(b)) * 1099511628211
		h = bits.RotateLeft64(h, 29)
		b = b[8:]
	}
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return mix(h)
}

// mix spreads every bit over all (the finalizer of MurmurHash3).
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
