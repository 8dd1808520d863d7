package link

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
)

// The types of this package's packets: the first byte.
const (
	typeHeartbeat = 1 + iota
	typeEcho
	typeEchoAnswer
	typeProbe
	typeProbeAnswer
)

// FirstForeignType is the first packet type that does not belong to this package.
const FirstForeignType = 16

const version = 1

// RootCount is how many roots a heartbeat carries: one per kind of replicated item.
const RootCount = 4

const (
	heartbeatFixed = 68
	heartbeatSize  = heartbeatFixed + 8*RootCount
	echoSize       = 18
	probeHeader    = 8
)

const (
	flagHears = 1 << iota
	flagSilent
	flagGoodbye
	flagDraining
)

// Errors of the decoders. They are wrapped with what was found.
var (
	ErrShort   = errors.New("control packet is too short")
	ErrVersion = errors.New("control packet has another version")
	ErrType    = errors.New("control packet has an unknown type")
)

// Heartbeat is what a controller tells one peer, twenty times a second by default.
type Heartbeat struct {
	Sequence      uint32
	Discriminator uint64 // of the sender's process
	Receiver      uint64 // the receiver's discriminator as the sender heard it; 0: not heard
	Hears         bool
	Silent        bool // the sender suspects the receiver
	Goodbye       bool
	Draining      bool
	Sent          time.Duration // uptime of the sender's process
	Echo          time.Duration // newest Sent of the receiver that came; 0: none
	EchoWaited    time.Duration // since that came
	Interval      time.Duration // between the sender's heartbeats
	Loss          float64       // 0…1, towards the sender
	Wall          time.Time     // sender's wall clock
	Bad           Bitmap        // peers that the sender holds Suspect or Down
	Elder         uint64        // two controllers have the receiver's ID: the elder's discriminator
	Roots         [RootCount]uint64
}

// lossUnit is the resolution of loss on the wire.
const lossUnit = 10000

// append encodes the heartbeat.
func (h *Heartbeat) append(b []byte) []byte {
	b = append(b, typeHeartbeat, version, h.flags(), RootCount)
	b = binary.BigEndian.AppendUint32(b, h.Sequence)
	b = binary.BigEndian.AppendUint64(b, h.Discriminator)
	b = binary.BigEndian.AppendUint64(b, h.Receiver)
	b = binary.BigEndian.AppendUint64(b, uint64(h.Sent.Microseconds()))
	b = binary.BigEndian.AppendUint64(b, uint64(h.Echo.Microseconds()))
	b = binary.BigEndian.AppendUint32(b, uint32(min(h.EchoWaited.Microseconds(), 1<<32-1)))
	b = binary.BigEndian.AppendUint16(b, uint16(h.Interval.Milliseconds()))
	b = binary.BigEndian.AppendUint16(b, uint16(math.Round(h.Loss*lossUnit)))
	b = binary.BigEndian.AppendUint64(b, uint64(h.Wall.UnixNano()))
	b = binary.BigEndian.AppendUint16(b, uint16(h.Bad))
	b = binary.BigEndian.AppendUint16(b, 0)
	b = binary.BigEndian.AppendUint64(b, h.Elder)
	for _, r := range h.Roots {
		b = binary.BigEndian.AppendUint64(b, r)
	}
	return b
}

func (h *Heartbeat) flags() byte {
	return bit(h.Hears, flagHears) | bit(h.Silent, flagSilent) | bit(h.Goodbye, flagGoodbye) | bit(h.Draining, flagDraining)
}

func bit(set bool, flag byte) byte {
	if set {
		return flag
	}
	return 0
}

// decodeHeartbeat decodes a heartbeat. Roots beyond RootCount are ignored, missing ones are zero.
func decodeHeartbeat(b []byte) (Heartbeat, error) {
	if len(b) < heartbeatFixed {
		return Heartbeat{}, fmt.Errorf("heartbeat of %d bytes: %w", len(b), ErrShort)
	}
	flags, roots := b[2], int(b[3])
	h := Heartbeat{
		Sequence:      binary.BigEndian.Uint32(b[4:]),
		Discriminator: binary.BigEndian.Uint64(b[8:]),
		Receiver:      binary.BigEndian.Uint64(b[16:]),
		Hears:         flags&flagHears != 0,
		Silent:        flags&flagSilent != 0,
		Goodbye:       flags&flagGoodbye != 0,
		Draining:      flags&flagDraining != 0,
		Sent:          micros(binary.BigEndian.Uint64(b[24:])),
		Echo:          micros(binary.BigEndian.Uint64(b[32:])),
		EchoWaited:    micros(uint64(binary.BigEndian.Uint32(b[40:]))),
		Interval:      time.Duration(binary.BigEndian.Uint16(b[44:])) * time.Millisecond,
		Loss:          min(float64(binary.BigEndian.Uint16(b[46:]))/lossUnit, 1),
		Wall:          time.Unix(0, int64(binary.BigEndian.Uint64(b[48:]))),
		Bad:           Bitmap(binary.BigEndian.Uint16(b[56:])),
		Elder:         binary.BigEndian.Uint64(b[60:]),
	}
	if len(b) < heartbeatFixed+8*roots {
		return Heartbeat{}, fmt.Errorf("heartbeat of %d bytes with %d roots: %w", len(b), roots, ErrShort)
	}
	for i := range min(roots, RootCount) {
		h.Roots[i] = binary.BigEndian.Uint64(b[heartbeatFixed+8*i:])
	}
	return h, nil
}

// maxMicros keeps a foreign clock within a Duration.
const maxMicros = uint64(1<<63-1) / uint64(time.Microsecond)

func micros(n uint64) time.Duration {
	return time.Duration(min(n, maxMicros)) * time.Microsecond
}
