package fetch

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"vns3/keyset"
)

type frameType uint8

const (
	frameOffer frameType = 1 + iota
	frameShare
	frameAnswer
	frameProof
	frameAccept
	frameSealed
	frameRefused
)

const (
	headerSize = 5
	halfSize   = 16 // of a session id
	maxSealed  = 4 << 20
)

// maxPayload is the longest payload of each type of frame.
var maxPayload = map[frameType]uint32{
	frameOffer:   4 << 10,
	frameShare:   1 + halfSize + shareSize,
	frameAnswer:  shareSize,
	frameProof:   keySize,
	frameAccept:  keySize,
	frameSealed:  maxSealed,
	frameRefused: 5,
}

// errFrame says that bytes are no frame, or not the one that must come now.
var errFrame = errors.New("this is not the protocol of a keyset fetch")

// readFrame reads one frame, of one of the types given. Errors wrap errFrame or are those of r.
func readFrame(r io.Reader, types ...frameType) (frameType, []byte, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return 0, nil, err
	}
	got, size := frameType(header[0]), binary.BigEndian.Uint32(header[1:])
	for _, t := range types {
		if got != t {
			continue
		}
		if size > maxPayload[t] {
			return 0, nil, fmt.Errorf("%w: a frame of %d bytes", errFrame, size)
		}
		payload := make([]byte, size)
		_, err := io.ReadFull(r, payload)
		return got, payload, err
	}
	return 0, nil, fmt.Errorf("%w: a frame of type %d", errFrame, got)
}

// writeFrame writes one frame at once.
func writeFrame(w io.Writer, t frameType, payload []byte) error {
	frame := append(make([]byte, 0, headerSize+len(payload)), byte(t))
	frame = binary.BigEndian.AppendUint32(frame, uint32(len(payload)))
	_, err := w.Write(append(frame, payload...))
	return err
}

// offer is the payload of frame 1. Nothing of it is proved before the exchange is over, all of it after.
type offer struct {
	Protocol int         `json:"protocol"`
	SID      []byte      `json:"sid"`
	Salt     []byte      `json:"salt"`
	Cost     keyset.Cost `json:"cost"`
	Keyset   string      `json:"keyset"`
	ID       int         `json:"id"`
	Name     string      `json:"name"`
	Topology string      `json:"topology"`
	Version  string      `json:"version"`
}

func (o offer) encode() []byte {
	data, err := json.Marshal(o)
	if err != nil {
		panic("fetch: " + err.Error()) // no field can refuse
	}
	return data
}

func decodeOffer(payload []byte) (offer, error) {
	var o offer
	if err := json.Unmarshal(payload, &o); err != nil {
		return offer{}, fmt.Errorf("%w: %w", errFrame, err)
	}
	if o.Protocol == protocol && (len(o.SID) != halfSize || len(o.Salt) != keyset.SaltSize) {
		return offer{}, fmt.Errorf("%w: an offer without session id or salt", errFrame)
	}
	o.Name, o.Topology, o.Version = printable(o.Name), printable(o.Topology), printable(o.Version)
	return o, nil
}

// maxName is how much of a name is shown, in bytes.
const maxName = 128

// printable makes a text from a stranger harmless to show.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, s[:min(len(s), maxName)])
	return strings.ToValidUTF8(s, "")
}

// share is the payload of frame 2.
type share struct {
	protocol byte
	sid      []byte
	value    []byte
}

// data is what stands before the CPace share: its associated data.
func (s share) data() []byte   { return append([]byte{s.protocol}, s.sid...) }
func (s share) encode() []byte { return append(s.data(), s.value...) }

func decodeShare(payload []byte) (share, error) {
	if len(payload) != 1+halfSize+shareSize {
		return share{}, fmt.Errorf("%w: a share of %d bytes", errFrame, len(payload))
	}
	return share{payload[0], payload[1 : 1+halfSize], payload[1+halfSize:]}, nil
}

// refusal is the payload of frame 7.
type refusal struct {
	reason Reason
	wait   time.Duration // whole seconds, rounded up; 0: it does not help to wait
}

func (r refusal) encode() []byte {
	seconds := uint32((r.wait + time.Second - 1) / time.Second)
	return binary.BigEndian.AppendUint32([]byte{byte(r.reason)}, seconds)
}

func decodeRefusal(payload []byte) (refusal, error) {
	if len(payload) != 5 || !Reason(payload[0]).travels() {
		return refusal{}, fmt.Errorf("%w: an unknown refusal", errFrame)
	}
	wait := time.Duration(binary.BigEndian.Uint32(payload[1:])) * time.Second
	return refusal{Reason(payload[0]), min(wait, maxWait)}, nil
}
