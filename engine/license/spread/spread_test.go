package spread

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// exchange carries packets between two controllers until nobody answers, in random order, some twice.
func exchange(t *testing.T, seed uint64, from, to Mine) string {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 0))
	var there, here Spreader
	first := Offer(from)
	if first == nil {
		return ""
	}
	asked, _, err := here.Receive(first, to)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range asked {
		pieces, _, err := there.Receive(q, from)
		if err != nil {
			t.Fatal(err)
		}
		pieces = append(pieces, pieces[random.IntN(len(pieces))])
		random.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
		for _, p := range pieces {
			_, text, err := here.Receive(p, to)
			if err != nil {
				t.Fatal(err)
			}
			if text != "" {
				return text
			}
		}
	}
	return ""
}

// TestSpread proves that a license that allows more arrives whole whatever the order of its parts, and
// that none is asked for that is the same, allows no more, or is too long to be carried.
func TestSpread(t *testing.T) {
	small := Mine{Text: "small", Controllers: 3, Clientpacks: 10}
	for _, test := range []struct {
		name     string
		from, to Mine
		arrives  bool
	}{
		{"one part", Mine{Text: "large", Controllers: 4, Clientpacks: 10}, small, true},
		{"many parts", Mine{Text: strings.Repeat("long ", 5000), Controllers: 3, Clientpacks: 11}, small, true},
		{"the same", small, small, false},
		{"allows less", Mine{Text: "less", Controllers: 2, Clientpacks: 10}, small, false},
		{"another of the same size", Mine{Text: "other", Controllers: 3, Clientpacks: 10}, small, false},
		{"to an unlicensed controller", Mine{Text: "large", Controllers: 4}, Mine{}, false},
		{"too long", Mine{Text: strings.Repeat("x", MaxParts*partSize+1), Controllers: 9}, small, false},
	} {
		for seed := range uint64(20) {
			if got := exchange(t, seed, test.from, test.to); (got == test.from.Text) != test.arrives || (got != "") != test.arrives {
				t.Fatalf("%s, seed %d: got %d bytes, want it to arrive: %v", test.name, seed, len(got), test.arrives)
			}
		}
	}
}

// FuzzReceive proves that no packet panics, and that no text comes out that was not sent.
func FuzzReceive(f *testing.F) {
	m := Mine{Text: "mine", Controllers: 1}
	f.Add(Offer(Mine{Text: "larger", Controllers: 2}), Offer(m))
	f.Add(parts(m)[0], begin(want, m.sum()))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var s Spreader
		for _, packet := range [][]byte{a, b} {
			_, text, err := s.Receive(packet, m)
			if text != "" && err != nil {
				t.Error("a text and an error")
			}
		}
	})
}
