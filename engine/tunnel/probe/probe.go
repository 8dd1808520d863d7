// Package probe is the outer probe: what controllers ask each other outside the tunnels, on the
// tunnels' UDP ports. WireGuard is silent to strangers, so closed port, wrong ID and other keyset would
// all look alike; the probe tells them apart. The package is pure: the wire format, its check, and the
// verdict.
//
// A request and its answer have the same size, so an answer is never larger than what asked for it.
// Numbers are big-endian. Receivers ignore what follows the 80 bytes, and bits they do not know.
//
//	 0  0xF5, then "vns"   no WireGuard message begins so
//	 4  version            1
//	 5  kind               1 request, 2 answer, 3 other keyset, 4 other version
//	 6  ID                 of the sender, 0…9 (0: not set)
//	 7  flags              1: the sender's table has a row for the receiver
//	 8  nonce (8)          random in a request, the same in its answer
//	16  discriminator (8)  of the sender's process
//	24  clock (8)          the sender's, in ns since 1970
//	32  checksum (8)       the beginning of the sender's topology checksum
//	40  observed (16 + 2)  address (IPv4 mapped into IPv6) and port: in an answer, where the request came
//	                       from; in a request, where it is sent to
//	58  zeros (6)
//	64  mac (16)           keyed BLAKE2s-128 over all before it
//
// In the kinds "other keyset" and "other version" everything after the nonce is zero and nothing is
// proven: they only say that a vns3 is there.
package probe

import (
	"crypto/hmac"
	"encoding/binary"
	"net/netip"
	"time"

	"golang.org/x/crypto/blake2s"
)

// Size is that of every probe in bytes.
const Size = 80

const (
	magic    = 0xF5766E73 // 0xF5, "vns"
	version  = 1
	macAt    = 64
	listedAs = 1 // the flag
)

// Kind says what a message is.
type Kind uint8

// The kinds of messages.
const (
	Request     Kind = 1
	Answer      Kind = 2
	Foreign     Kind = 3 // the request was made with another keyset
	Unsupported Kind = 4 // the request has another version
)

// Message is a probe or its answer.
type Message struct {
	Kind          Kind
	ID            int  // of the sender; 0: not set
	Listed        bool // the sender's table has a row for the receiver
	Nonce         uint64
	Discriminator uint64 // of the sender's process
	Clock         time.Time
	Checksum      [8]byte // the beginning of the topology checksum
	Observed      netip.AddrPort
}

// Is reports whether a datagram is meant as a probe, whatever its version.
func Is(packet []byte) bool {
	return len(packet) >= Size && binary.BigEndian.Uint32(packet) == magic
}

// Proof says how far a message can be trusted.
type Proof uint8

// What a message proves.
const (
	Malformed  Proof = iota // it is no probe
	OtherProbe              // a probe of another version
	Unproven                // only kind and nonce were read: another keyset, or a message that proves nothing
	Authentic               // made with our keyset
)

// Encode makes the datagram. Messages that prove nothing need no key.
func (m Message) Encode(key [32]byte) []byte {
	b := make([]byte, Size)
	binary.BigEndian.PutUint32(b, magic)
	b[4], b[5] = version, byte(m.Kind)
	binary.BigEndian.PutUint64(b[8:], m.Nonce)
	if m.Kind != Request && m.Kind != Answer {
		return b
	}
	b[6] = byte(m.ID)
	if m.Listed {
		b[7] = listedAs
	}
	binary.BigEndian.PutUint64(b[16:], m.Discriminator)
	binary.BigEndian.PutUint64(b[24:], uint64(m.Clock.UnixNano()))
	copy(b[32:], m.Checksum[:])
	if m.Observed.IsValid() {
		addr := m.Observed.Addr().As16()
		copy(b[40:], addr[:])
		binary.BigEndian.PutUint16(b[56:], m.Observed.Port())
	}
	mac := authenticate(key, b)
	copy(b[macAt:], mac)
	return b
}

// Decode reads a datagram and says what it proves.
func Decode(packet []byte, key [32]byte) (Message, Proof) {
	if !Is(packet) {
		return Message{}, Malformed
	}
	m := Message{Kind: Kind(packet[5]), Nonce: binary.BigEndian.Uint64(packet[8:])}
	if packet[4] != version {
		return m, OtherProbe
	}
	switch m.Kind {
	case Foreign, Unsupported:
		return m, Unproven
	case Request, Answer:
	default:
		return Message{}, Malformed
	}
	if !hmac.Equal(packet[macAt:Size], authenticate(key, packet)) {
		return m, Unproven
	}
	m.ID = int(packet[6])
	m.Listed = packet[7]&listedAs != 0
	m.Discriminator = binary.BigEndian.Uint64(packet[16:])
	m.Clock = time.Unix(0, int64(binary.BigEndian.Uint64(packet[24:])))
	copy(m.Checksum[:], packet[32:])
	if port := binary.BigEndian.Uint16(packet[56:]); port != 0 {
		m.Observed = netip.AddrPortFrom(netip.AddrFrom16([16]byte(packet[40:56])).Unmap(), port)
	}
	return m, Authentic
}

func authenticate(key [32]byte, packet []byte) []byte {
	mac, _ := blake2s.New128(key[:]) // fails only on a long key
	mac.Write(packet[:macAt])
	return mac.Sum(nil)
}
