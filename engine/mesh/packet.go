package mesh

import (
	"fmt"

	"vns3/engine/link"
)

// The types of this package's packets: the first byte.
const (
	typeItems = link.FirstForeignType + iota
	typeHashes
	typeWant
	typeDone
	typeGrantRequest
	typeGrantAnswer
)

// FirstEngineType is the first packet type that belongs to neither link nor mesh: the engine's own.
const FirstEngineType = 128

const (
	version    = 1
	itemHeader = 3
)

// bucketSet is a set of buckets.
type bucketSet [bucketCount / 8]byte

func (s *bucketSet) add(bucket int)      { s[bucket/8] |= 1 << (bucket % 8) }
func (s *bucketSet) has(bucket int) bool { return s[bucket/8]>>(bucket%8)&1 == 1 }

// hashes is the bucket hashes of one kind, cut to 32 bits: one datagram.
type hashes struct {
	kind      Kind
	first     bool      // the link has just come up: unsettled buckets count too
	unsettled bucketSet // changed a moment ago: a difference may be on its way
	hash      [bucketCount]uint32
}

func (h *hashes) append(b []byte) []byte {
	b = append(b, typeHashes, version, byte(h.kind), flag(h.first, 1))
	b = append(b, h.unsettled[:]...)
	for _, v := range h.hash {
		b = appendU32(b, v)
	}
	return b
}

func decodeHashes(r *reader) (h hashes, err error) {
	h.kind, h.first = Kind(r.u8()), r.u8()&1 != 0
	h.unsettled = bucketSet(r.bytes(len(h.unsettled)))
	for i := range h.hash {
		h.hash[i] = r.u32()
	}
	return h, checkKind(r, h.kind)
}

// want asks for the items of some buckets. It follows the sender's own items of these.
type want struct {
	kind    Kind
	buckets bucketSet
}

func (w want) append(b []byte) []byte {
	b = append(b, typeWant, version, byte(w.kind))
	return append(b, w.buckets[:]...)
}

func decodeWant(r *reader) (w want, err error) {
	w.kind = Kind(r.u8())
	w.buckets = bucketSet(r.bytes(len(w.buckets)))
	return w, checkKind(r, w.kind)
}

func checkKind(r *reader, k Kind) error {
	switch {
	case r.short:
		return fmt.Errorf("comparison of %v: %w", k, ErrShort)
	case k >= kinds:
		return fmt.Errorf("kind %d: %w", k, ErrValue)
	}
	return nil
}

// eachItem calls f with each item of a datagram. Kinds that are not known are passed over; one item's
// error does not spoil the others, the first is returned.
func eachItem(r *reader, f func(kind Kind, body []byte) error) (first error) {
	for len(r.b) > 0 {
		kind, n := Kind(r.u8()), int(r.u16())
		body := r.bytes(n)
		if r.short {
			return fmt.Errorf("items, one of %d bytes: %w", n, ErrShort)
		}
		if kind >= kinds {
			continue
		}
		if err := f(kind, body); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// grant asks for the right to check out a clientpack, or answers that.
type grant struct {
	index   int
	number  uint32 // of the request
	verdict CheckOutVerdict
}

func (g grant) append(b []byte, kind byte) []byte {
	b = append(b, kind, version)
	b = appendU32(b, uint32(g.index))
	b = appendU32(b, g.number)
	return append(b, byte(g.verdict))
}

func decodeGrant(r *reader) (grant, error) {
	g := grant{index: int(r.u32()), number: r.u32(), verdict: CheckOutVerdict(r.u8())}
	switch {
	case r.short:
		return grant{}, fmt.Errorf("grant: %w", ErrShort)
	case g.index > MaxIndex || g.verdict > NoAnswer:
		return grant{}, fmt.Errorf("grant of clientpack %d: %w", g.index, ErrValue)
	}
	return g, nil
}
