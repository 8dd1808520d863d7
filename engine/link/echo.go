package link

import (
	"encoding/binary"
	"fmt"
)

// echo asks for an answer at once. The answer is the same packet with the type typeEchoAnswer.
type echo struct {
	discriminator uint64 // of who asked
	sent          uint64 // own clock of who asked, microseconds
}

func (e echo) append(b []byte, kind byte) []byte {
	b = append(b, kind, version)
	b = binary.BigEndian.AppendUint64(b, e.discriminator)
	return binary.BigEndian.AppendUint64(b, e.sent)
}

func decodeEcho(b []byte) (echo, error) {
	if len(b) < echoSize {
		return echo{}, fmt.Errorf("echo of %d bytes: %w", len(b), ErrShort)
	}
	return echo{discriminator: binary.BigEndian.Uint64(b[2:]), sent: binary.BigEndian.Uint64(b[10:])}, nil
}

// probe is a packet as large as the tunnel may carry, or the answer to one.
type probe struct {
	size   int // of the inner packet, its IPv4 header included
	number uint32
}

// ipv4Header is what the engine puts before a control packet's payload.
const ipv4Header = 20

// append encodes the probe padded to its size.
func (p probe) append(b []byte) []byte {
	b = p.appendHeader(b, typeProbe)
	return append(b, make([]byte, p.size-ipv4Header-probeHeader)...)
}

// appendAnswer encodes the answer, which is not padded.
func (p probe) appendAnswer(b []byte) []byte { return p.appendHeader(b, typeProbeAnswer) }

func (p probe) appendHeader(b []byte, kind byte) []byte {
	b = append(b, kind, version)
	b = binary.BigEndian.AppendUint16(b, uint16(p.size))
	return binary.BigEndian.AppendUint32(b, p.number)
}

func decodeProbe(b []byte) (probe, error) {
	if len(b) < probeHeader {
		return probe{}, fmt.Errorf("size probe of %d bytes: %w", len(b), ErrShort)
	}
	return probe{size: int(binary.BigEndian.Uint16(b[2:])), number: binary.BigEndian.Uint32(b[4:])}, nil
}
