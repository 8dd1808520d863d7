package clients

import (
	"bytes"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"vns3/engine/mesh"
)

func letters() []Letter {
	all := []Letter{
		{Kind: Offer, Index: 7, Endpoint: netip.MustParseAddrPort("192.0.2.1:51820"), Stamp: [12]byte{1, 2, 3}},
		{Kind: Offer, Index: mesh.MaxIndex, Endpoint: netip.MustParseAddrPort("[2001:db8::1]:1")},
		{Kind: Stray, Index: 1, Endpoint: netip.MustParseAddrPort("192.0.2.1:51820"), Part: part{number: 3, at: 1, parts: 2, data: []byte("data")}},
	}
	for kind := Stray; kind < kindsEnd; kind++ {
		if kind != Stray {
			all = append(all, Letter{Kind: kind, Index: 5})
		}
	}
	for i := range all {
		all[i].To, all[i].From, all[i].Hops = 9, 1, maxHops
	}
	return all
}

// TestLetters proves that every kind survives the wire, and that none is taken cut short or changed in
// its head beyond what may be.
func TestLetters(t *testing.T) {
	for _, l := range letters() {
		packet := l.Encode()
		got, err := DecodeLetter(packet)
		if err != nil || !reflect.DeepEqual(got, l) {
			t.Errorf("%v: %+v became %+v: %v", l.Kind, l, got, err)
		}
		for n := range packet {
			if short, err := DecodeLetter(packet[:n]); err == nil && l.Kind != Stray {
				t.Errorf("%v cut to %d bytes was taken: %+v", l.Kind, n, short)
			}
		}
		for at, value := range map[int]byte{1: 2, 2: 0, 3: 10, 4: 200, 5: byte(kindsEnd)} {
			bad := bytes.Clone(packet)
			bad[at] = value
			if _, err := DecodeLetter(bad); err == nil {
				t.Errorf("%v with byte %d = %d was taken", l.Kind, at, value)
			}
		}
	}
}

// FuzzLetter proves that no packet panics the decoder, and that what is taken is written as it was read.
func FuzzLetter(f *testing.F) {
	for _, l := range letters() {
		f.Add(l.Encode())
	}
	f.Fuzz(func(t *testing.T, packet []byte) {
		l, err := DecodeLetter(packet)
		if err == nil && !bytes.Equal(l.Encode(), packet[:len(l.Encode())]) {
			t.Errorf("%x became %x", packet, l.Encode())
		}
		if err == nil && l.Kind == Stray {
			new(puzzle).add(l, time.Time{})
		}
	})
}

// TestPuzzle proves that datagrams come together from parts in any order, that parts of different ones
// are never mixed, and that what waits is bounded.
func TestPuzzle(t *testing.T) {
	now := time.Unix(1000, 0)
	big := bytes.Repeat([]byte("0123456789"), 250)
	other := bytes.Repeat([]byte("abcdefghij"), 150)
	var p puzzle
	letter := func(index int, part part) Letter { return Letter{Kind: Stray, From: 2, Index: index, Part: part} }
	a, b := split(big, 1), split(other, 2)
	if len(a) != 3 || len(b) != 2 || split(make([]byte, maxParts*partSize+1), 1) != nil || split(nil, 1) != nil {
		t.Fatalf("%d and %d parts", len(a), len(b))
	}
	for _, l := range []Letter{letter(1, a[2]), letter(1, b[1]), letter(1, a[0]), letter(1, a[0])} {
		if _, whole := p.add(l, now); whole {
			t.Fatal("whole too early")
		}
	}
	if got, whole := p.add(letter(1, a[1]), now); !whole || !bytes.Equal(got, big) {
		t.Errorf("the large one: %v, %d bytes", whole, len(got))
	}
	if got, whole := p.add(letter(1, b[0]), now); !whole || !bytes.Equal(got, other) {
		t.Errorf("the other one: %v, %d bytes", whole, len(got))
	}
	for i := range 10 * partsKept {
		p.add(letter(i, a[0]), now)
	}
	if len(p.open) > partsKept {
		t.Errorf("%d wait", len(p.open))
	}
}
