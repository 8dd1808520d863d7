package theme

import (
	"reflect"
	"testing"

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
