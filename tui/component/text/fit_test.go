package text

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// Whatever the text and the width, Fit and FitRight are exactly that wide, Cut, Wrap and Hang at most,
// also with styles and wide characters.
func TestWidths(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	pieces := []string{"a", "vns3", " ", "\x1b[31mred\x1b[m", "日本", "é", "●", "long-name.example.net"}
	for range 3000 {
		var b strings.Builder
		for range random.IntN(8) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		s, width := b.String(), random.IntN(30)
		if got := Width(Fit(s, width)); got != width {
			t.Fatalf("Fit(%q, %d) is %d wide", s, width, got)
		}
		if got := Width(FitRight(s, width)); got != width {
			t.Fatalf("FitRight(%q, %d) is %d wide", s, width, got)
		}
		if got := Width(Sides(s, "right", width)); got != width {
			t.Fatalf("Sides(%q, %d) is %d wide", s, width, got)
		}
		if got := Width(Cut(s, width, "…")); got > width {
			t.Fatalf("Cut(%q, %d) is %d wide", s, width, got)
		}
		for _, line := range Wrap(s, max(width, 2)) {
			if Width(line) > max(width, 2) {
				t.Fatalf("Wrap(%q, %d) has %q", s, width, line)
			}
		}
		if lines := Block(s, width, 3); len(lines) != 3 || Width(lines[0]) != width {
			t.Fatalf("Block(%q, %d) = %q", s, width, lines)
		}
	}
}

// Texts as they stand on the screen.
func TestLayout(t *testing.T) {
	for got, want := range map[string]string{
		Sides("left", "right", 12):                              "left   right",
		Sides("a long left", "right", 12):                       "a lon… right",
		strings.Join(Hang("1 ", "one two three", 9), "\n"):      "1 one two\n  three",
		CutLeft("/home/u/.config/vns3/vns3.toml", 16, "…"):      "…/vns3/vns3.toml",
		CutLeft("/etc/vns3", 16, "…"):                           "/etc/vns3",
		ansi.Strip(strings.Join(Pad([]string{"a", ""}, 2), "")): "a   ",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
