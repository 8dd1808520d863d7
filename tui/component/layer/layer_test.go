package layer

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// A wide character that lies across an edge of the box moves nothing.
func TestPlaceOverWide(t *testing.T) {
	for x := range 5 {
		for _, under := range []string{"東京大阪名古", "a東京大阪名b", "\x1b[31m東京\x1b[m大阪🗼🗼"} {
			lines := []string{under}
			Place(lines, "[###]", x, 0)
			drawn := ansi.Strip(lines[0])
			if ansi.StringWidth(drawn) != 12 || ansi.StringWidth(drawn[:strings.Index(drawn, "[")]) != x {
				t.Errorf("at %d: %q", x, drawn)
			}
		}
	}
}

// A box never enlarges the screen wherever it is put, lies inside it, and leaves everything around it
// as it was: compared with a naive copy cell by cell.
func TestPlace(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		width, height := 5+random.IntN(40), 3+random.IntN(15)
		w, h := 1+random.IntN(width), 1+random.IntN(height)
		lines := make([]string, height)
		for i := range lines {
			lines[i] = "\x1b[31m" + strings.Repeat("a", width/2) + "\x1b[m" + strings.Repeat("b", width-width/2)
		}
		want := make([]string, height)
		for i := range lines {
			want[i] = ansi.Strip(lines[i])
		}
		box := strings.TrimSuffix(strings.Repeat(strings.Repeat("#", w)+"\n", h), "\n")
		x, y := Place(lines, box, random.IntN(60)-10, random.IntN(30)-10)
		if x < 0 || y < 0 || x+w > width || y+h > height {
			t.Fatalf("a box of %dx%d came to %d,%d on %dx%d", w, h, x, y, width, height)
		}
		for i := range want {
			if i >= y && i < y+h {
				want[i] = want[i][:x] + strings.Repeat("#", w) + want[i][x+w:]
			}
			if got := ansi.Strip(lines[i]); got != want[i] {
				t.Fatalf("line %d is %q, want %q", i, got, want[i])
			}
		}
	}
}
