// Package spread carries an upgraded license to the other controllers of the mesh. It is pure: it says
// what to send and when a text is whole; whether the text is taken is decided by who keeps licenses,
// which verifies its signature and that it takes nothing away.
//
// # Wire format
//
// Control packets inside the tunnels, numbers big-endian, unknown tails ignored:
//
//	type (1 byte, Type)  version (1)  kind (1)  SHA-1 of the text (20)  then
//	offer  controllers (1)  clientpacks (4)   this is my license
//	want   nothing                            send it
//	part   number (1)  parts (1)  text        one of at most MaxParts pieces, in order of number
package spread

import (
	"crypto/sha1"
	"encoding/binary"
	"errors"

	"vns3/engine/mesh"
)

const (
	// Type is the first byte of every packet of this package.
	Type = mesh.FirstEngineType + 1
	// MaxParts bounds a text that is carried: a longer license is installed by hand.
	MaxParts = 64

	version  = 1
	head     = 3 + sha1.Size
	partSize = 1100 // with its header below 1,200 bytes
)

type kind byte

const (
	offer kind = iota + 1
	want
	part
)

// ErrMalformed is returned for a packet that is not one of this package.
var ErrMalformed = errors.New("not a packet about a license")

// Mine is the license in use here.
type Mine struct {
	Text        string
	Controllers int
	Clientpacks int
}

func (m Mine) sum() [sha1.Size]byte { return sha1.Sum([]byte(m.Text)) }

// Spreader is what one controller knows of a license on its way to it. Its zero value is ready.
type Spreader struct {
	sum    [sha1.Size]byte // of the text that is being put together
	pieces [][]byte
	have   int
}

// Offer is the packet that tells others which license is in use here; nil: there is none to tell of.
func Offer(m Mine) []byte {
	if m.Text == "" || len(m.Text) > MaxParts*partSize {
		return nil
	}
	b := begin(offer, m.sum())
	b = append(b, byte(m.Controllers))
	return binary.BigEndian.AppendUint32(b, uint32(m.Clientpacks))
}

// Receive takes a packet from a peer. It returns what to answer to it, and a text once it is whole.
func (s *Spreader) Receive(packet []byte, m Mine) (answers [][]byte, text string, err error) {
	if len(packet) < head || packet[0] != Type || packet[1] != version {
		return nil, "", ErrMalformed
	}
	sum := [sha1.Size]byte(packet[3:head])
	body := packet[head:]
	switch kind(packet[2]) {
	case offer:
		return s.offered(sum, body, m)
	case want:
		if m.Text == "" || sum != m.sum() {
			return nil, "", nil // it was replaced meanwhile; the next offer says so
		}
		return parts(m), "", nil
	case part:
		text, err = s.piece(sum, body)
		return nil, text, err
	default:
		return nil, "", ErrMalformed
	}
}

// offered asks for a license that allows more than ours.
func (s *Spreader) offered(sum [sha1.Size]byte, body []byte, m Mine) ([][]byte, string, error) {
	if len(body) < 5 {
		return nil, "", ErrMalformed
	}
	controllers, clientpacks := int(body[0]), int(binary.BigEndian.Uint32(body[1:]))
	if m.Text == "" || sum == m.sum() || (controllers <= m.Controllers && clientpacks <= m.Clientpacks) {
		return nil, "", nil
	}
	return [][]byte{begin(want, sum)}, "", nil
}

// piece keeps one part, and returns the text when all are there and its sum is right.
func (s *Spreader) piece(sum [sha1.Size]byte, body []byte) (string, error) {
	if len(body) < 3 {
		return "", ErrMalformed
	}
	number, count, text := int(body[0]), int(body[1]), body[2:]
	if count < 1 || count > MaxParts || number >= count || len(text) > partSize {
		return "", ErrMalformed
	}
	if sum != s.sum || count != len(s.pieces) {
		s.sum, s.pieces, s.have = sum, make([][]byte, count), 0
	}
	if s.pieces[number] == nil {
		s.pieces[number] = append([]byte{}, text...)
		s.have++
	}
	if s.have < count {
		return "", nil
	}
	var whole []byte
	for _, p := range s.pieces {
		whole = append(whole, p...)
	}
	*s = Spreader{}
	if sha1.Sum(whole) != sum {
		return "", ErrMalformed
	}
	return string(whole), nil
}

// parts are the packets that carry the license.
func parts(m Mine) [][]byte {
	count := (len(m.Text) + partSize - 1) / partSize
	var all [][]byte
	for n := range count {
		b := append(begin(part, m.sum()), byte(n), byte(count))
		all = append(all, append(b, m.Text[n*partSize:min((n+1)*partSize, len(m.Text))]...))
	}
	return all
}

func begin(k kind, sum [sha1.Size]byte) []byte {
	return append([]byte{Type, version, byte(k)}, sum[:]...)
}
