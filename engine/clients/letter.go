package clients

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"vns3/engine/mesh"
	"vns3/overlay"
)

const (
	letterVersion = 1
	letterHead    = 10
	// maxHops is more than any path between nine controllers has.
	maxHops = overlay.MaxControllers
)

// Kind is what a letter says.
type Kind uint8

// The kinds of letters.
const (
	Offer      Kind = iota + 1 // take this client over from me
	Stray                      // a datagram of a session of yours came to me
	Yielded                    // you won a client that spoke to me until now: shake hands with it again
	Disconnect                 // end the client's session
	Rebalance                  // hand over what is assigned to others
	TakeOver                   // take your part of the clients of a lost controller
	Elsewhere                  // a frozen client of yours speaks to me: let it go unless it speaks to you
	kindsEnd
)

var kindNames = [kindsEnd]string{"", "offer", "stray", "yielded", "disconnect", "rebalance", "take over", "elsewhere"}

// String returns the kind in words.
func (k Kind) String() string {
	if k == 0 || k >= kindsEnd {
		return "unknown"
	}
	return kindNames[k]
}

// Letter is a message from one controller to another about a client.
type Letter struct {
	To, From int
	Hops     int // left
	Kind     Kind
	Index    int

	Endpoint netip.AddrPort // of an Offer and a Stray: where the writer sees the client
	Stamp    [12]byte       // of an Offer: the newest handshake timestamp

	Part part // of a Stray
}

// part is a part of a stray datagram.
type part struct {
	number    uint16
	at, parts uint8
	data      []byte
}

// errLetter is wrapped by all errors of the decoder.
var errLetter = errors.New("not a letter")

// IsLetter reports whether a control packet is a letter.
func IsLetter(packet []byte) bool { return len(packet) > 0 && packet[0] == mesh.FirstEngineType }

// Encode returns the letter as a control packet.
func (l Letter) Encode() []byte {
	b := []byte{mesh.FirstEngineType, letterVersion, byte(l.To), byte(l.From), byte(l.Hops), byte(l.Kind)}
	b = binary.BigEndian.AppendUint32(b, uint32(l.Index))
	switch l.Kind {
	case Offer:
		b = append(b, l.Stamp[:]...)
		b = l.appendEndpoint(b)
	case Stray:
		b = l.appendEndpoint(b)
		b = binary.BigEndian.AppendUint16(b, l.Part.number)
		b = append(b, l.Part.at, l.Part.parts)
		b = append(b, l.Part.data...)
	}
	return b
}

func (l Letter) appendEndpoint(b []byte) []byte {
	endpoint, _ := l.Endpoint.MarshalBinary() // never fails
	return append(append(b, byte(len(endpoint))), endpoint...)
}

// DecodeLetter reads a letter. Its data is part of the packet.
func DecodeLetter(packet []byte) (Letter, error) {
	if len(packet) < letterHead || packet[0] != mesh.FirstEngineType {
		return Letter{}, fmt.Errorf("packet of %d bytes: %w", len(packet), errLetter)
	}
	if packet[1] != letterVersion {
		return Letter{}, fmt.Errorf("letter of version %d: %w", packet[1], errLetter)
	}
	l := Letter{
		To: int(packet[2]), From: int(packet[3]), Hops: int(packet[4]), Kind: Kind(packet[5]),
		Index: int(binary.BigEndian.Uint32(packet[6:])),
	}
	if !validID(l.To) || !validID(l.From) || l.Hops > maxHops || l.Index > mesh.MaxIndex || l.Kind == 0 || l.Kind >= kindsEnd {
		return Letter{}, fmt.Errorf("letter from controller %d to %d about client %d: %w", l.From, l.To, l.Index, errLetter)
	}
	body := packet[letterHead:]
	switch l.Kind {
	case Offer:
		if len(body) < len(l.Stamp) {
			return Letter{}, fmt.Errorf("offer of %d bytes: %w", len(body), errLetter)
		}
		l.Stamp = [12]byte(body)
		rest, err := l.readEndpoint(body[len(l.Stamp):])
		if err != nil || len(rest) > 0 {
			return Letter{}, fmt.Errorf("offer without endpoint: %w", errLetter)
		}
	case Stray:
		rest, err := l.readEndpoint(body)
		if err != nil || len(rest) < 4 || rest[2] >= rest[3] || rest[3] > maxParts || len(rest)-4 > partSize {
			return Letter{}, fmt.Errorf("stray of %d bytes: %w", len(body), errLetter)
		}
		l.Part = part{number: binary.BigEndian.Uint16(rest), at: rest[2], parts: rest[3], data: rest[4:]}
	}
	return l, nil
}

// readEndpoint returns what follows the endpoint.
func (l *Letter) readEndpoint(b []byte) (rest []byte, err error) {
	if len(b) == 0 || len(b)-1 < int(b[0]) {
		return nil, errLetter
	}
	end := 1 + int(b[0])
	if err := l.Endpoint.UnmarshalBinary(b[1:end]); err != nil || !l.Endpoint.IsValid() {
		return nil, errLetter
	}
	return b[end:], nil
}

func validID(id int) bool { return id >= 1 && id <= overlay.MaxControllers }
