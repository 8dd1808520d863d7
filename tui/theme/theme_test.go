package theme

import (
	"image/color"
	"math"
	"reflect"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// Every glyph of the ASCII theme is ASCII, and every glyph takes as many cells as its counterpart or
// is written as wide by both.
func TestASCII(t *testing.T) {
	plain, full := reflect.ValueOf(glyphs(true)), reflect.ValueOf(glyphs(false))
	for i := range plain.NumField() {
		name := plain.Type().Field(i).Name
		if plain.Field(i).Kind() != reflect.String {
			continue
		}
		for _, r := range plain.Field(i).String() {
			if r > 0x7f {
				t.Errorf("%s is %q", name, r)
			}
		}
		if full.Field(i).String() == "" {
			t.Errorf("%s is empty", name)
		}
	}
}

// Plain replaces cell by cell, so that nothing moves.
func TestPlain(t *testing.T) {
	th := New(Options{ASCII: true})
	for _, s := range []string{"UDP 1194–1203 ● ◐ ✗ ✓ ↑↓ … › ┌─┐│└┘", "10.0.2.10"} {
		got := th.Plain(s)
		if ansi.StringWidth(got) != ansi.StringWidth(s) {
			t.Errorf("%q became %q", s, got)
		}
		for _, r := range got {
			if r > 0x7f {
				t.Errorf("%q is left in %q", r, got)
			}
		}
	}
	if s := "●"; New(Options{}).Plain(s) != s {
		t.Error("a theme that is not ASCII replaces")
	}
}

// A change of theme reaches whoever holds the pointer; an unknown name is Auto, which follows the
// terminal; no theme without colours has any.
func TestSet(t *testing.T) {
	th := New(Options{Name: "rainbow", Light: true})
	if th.Options.Name != Auto {
		t.Errorf("unknown is %s", th.Options.Name)
	}
	if got, want := th.Good.Render("x"), New(Options{Name: Light}).Good.Render("x"); got != want {
		t.Errorf("auto on a light terminal draws %q, want %q", got, want)
	}
	th.Set(Options{Name: Plain})
	if got := th.Good.Render("x"); got != "x" {
		t.Errorf("no colour draws %q", got)
	}
	if th.Pressed.Render("x") == "x" || th.Selected.Render("x") == "x" {
		t.Error("without colours a selection cannot be told")
	}
}

// A terminal of sixteen colours gets its own ones, whatever theme is chosen: those nearest to another
// theme's would be blue for what is dim, and red for a warning. Nothing takes bright black, which some
// terminals show as their background.
func TestFewColours(t *testing.T) {
	for _, name := range []Name{Auto, Dark, Light, Sixteen} {
		th := New(Options{Name: name, Profile: colorprofile.ANSI})
		for what, drawn := range map[string]string{"dim": th.Dim.Render("x"), "border": th.Border.Render("x"), "warn": th.Warn.Render("x"), "bad": th.Bad.Render("x"), "pressed": th.Pressed.Render("x")} {
			if strings.Contains(drawn, "8;2;") || strings.Contains(drawn, "90m") {
				t.Errorf("%s, %s: %q", name, what, drawn)
			}
		}
		if th.Warn.Render("x") == th.Bad.Render("x") {
			t.Errorf("%s: a warning looks like an error", name)
		}
	}
	if th := New(Options{Name: Plain, Profile: colorprofile.ANSI}); th.Bad.Render("x") != "x" {
		t.Error("no colour became sixteen")
	}
	if th := New(Options{Name: Dark, Profile: colorprofile.ASCII}); th.Pressed.Render("x") != New(Options{Name: Plain}).Pressed.Render("x") {
		t.Error("without colours a pressed button is not reversed")
	}
	if dark, light := New(Options{Name: Sixteen}), New(Options{Name: Sixteen, Light: true}); dark.Warn.Render("x") == light.Warn.Render("x") {
		t.Error("yellow on light paper")
	}
}

// Every colour can be read on the paper that it is made for: 4.5 to 1 at least, as WCAG asks of text.
func TestContrast(t *testing.T) {
	for name, papers := range map[Name][]string{Dark: {"#000000", "#15191F", "#1E1E1E", "#2B2B2B"}, Light: {"#FFFFFF", "#FBFBFA", "#F2F2F2"}} {
		p := palettes[name]
		for what, ink := range map[string]color.Color{"dim": p.dim, "accent": p.accent, "good": p.good, "warn": p.warn, "bad": p.bad} {
			for _, paper := range papers {
				if c := contrast(ink, lipgloss.Color(paper)); c < 4.5 {
					t.Errorf("%s: %s on %s has %.1f to 1", name, what, paper, c)
				}
			}
		}
		if c := contrast(p.onAccent, p.accent); c < 4.5 {
			t.Errorf("%s: a pressed button has %.1f to 1", name, c)
		}
	}
}

// contrast is the contrast ratio of WCAG 2.
func contrast(a, b color.Color) float64 {
	light := func(c color.Color) float64 {
		linear := func(v uint32) float64 {
			if s := float64(v) / 0xffff; s > 0.04045 {
				return math.Pow((s+0.055)/1.055, 2.4)
			} else {
				return s / 12.92
			}
		}
		r, g, b, _ := c.RGBA()
		return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b) + 0.05
	}
	l, d := light(a), light(b)
	return max(l, d) / min(l, d)
}
