package fetch

import (
	"bytes"
	"testing"
)

// Proves that no bytes make the reader of frames panic or take more memory than a frame may have, and that
// what it reads is what would be written.
func FuzzFrame(f *testing.F) {
	f.Add([]byte{byte(frameOffer), 0, 0, 0, 2, '{', '}'})
	f.Add([]byte{byte(frameSealed), 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		kind, payload, err := readFrame(bytes.NewReader(data), frameOffer, frameShare, frameAnswer, frameProof, frameAccept, frameRefused)
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := writeFrame(&again, kind, payload); err != nil || !bytes.HasPrefix(data, again.Bytes()) {
			t.Errorf("frame %d of %x was written as %x, %v", kind, data, again.Bytes(), err)
		}
	})
}

// Proves that no offer makes the fetching side panic, and that what it shows of one is printable.
func FuzzOffer(f *testing.F) {
	f.Add(newBundle(f).offer(make([]byte, halfSize)).encode())
	f.Add([]byte(`{"protocol":2,"name":"\u001b[31m"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := decodeOffer(data)
		if err != nil {
			return
		}
		for _, text := range []string{o.Name, o.Topology, o.Version} {
			if printable(text) != text && len(text) <= maxName {
				t.Errorf("%q is not printable", text)
			}
		}
		if _, err := decodeOffer(o.encode()); err != nil {
			t.Errorf("%+v cannot be read again: %v", o, err)
		}
	})
}

// Proves that a share and a refusal are read as they were written, or not at all.
func FuzzSmallPayloads(f *testing.F) {
	f.Add(make([]byte, 1+halfSize+shareSize))
	f.Add([]byte{1, 0, 0, 0, 9})
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := decodeShare(data); err == nil && !bytes.Equal(s.encode(), data) {
			t.Errorf("share %x became %x", data, s.encode())
		}
		if r, err := decodeRefusal(data); err == nil && r.wait < maxWait && !bytes.Equal(r.encode(), data) {
			t.Errorf("refusal %x became %x", data, r.encode())
		}
		if _, err := sharedSecret(newScalar([64]byte{1}), data); err == nil && len(data) != shareSize {
			t.Errorf("a share of %d bytes was taken", len(data))
		}
	})
}

// Proves that no bundle makes the fetching side panic, and that one that is taken can be given on.
func FuzzBundle(f *testing.F) {
	f.Add(newBundle(f).encode())
	f.Add([]byte(`{"keyset":"dm5zMw=="}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := decodeBundle(data)
		if err != nil {
			return
		}
		if _, err := decodeBundle(b.encode()); err != nil {
			t.Errorf("a bundle that was taken cannot be given on: %v", err)
		}
	})
}
