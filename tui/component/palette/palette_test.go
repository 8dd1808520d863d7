package palette_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/status"
	"vns3/tui/component/palette"
	"vns3/tui/tuitest"
)

type ran string

func item(name, about, why string) palette.Item {
	return palette.Item{Name: name, About: about, Why: why, Run: func() tea.Msg { return ran(name) }}
}

func page(name string) palette.Item {
	i := item(name, "", "")
	i.Page = true
	return i
}

func sample() *palette.Model {
	return palette.New(tuitest.NewContext(tuitest.NewBackend(&status.Snapshot{})), []palette.Item{
		item("mesh", "every link", ""), item("keyset fetch", "get the keys", ""), item("fetch nothing", "", "read-only"), item("drain", "keys of nobody", ""),
		page("controller peering"), item("peering accept", "", ""),
	})
}

// Typing narrows by all words, names that begin with them first, and pages by any word; enter runs what was chosen, except
// what cannot be done now.
func TestPalette(t *testing.T) {
	for typed, want := range map[string]string{"mesh": "mesh", "fetch keyset": "keyset fetch", "keys": "keyset fetch", "fetch": "", "nothing matches": "", "peering": "controller peering", "peering a": "peering accept"} {
		m := sample()
		for _, r := range typed {
			m.Update(tuitest.Key(string(r)))
		}
		cmd, done := m.Update(tuitest.Key("enter"))
		got := ""
		if cmd != nil {
			got = string(cmd().(ran))
		}
		if got != want || done != (want != "") {
			t.Errorf("%q ran %q (closed %v), want %q", typed, got, done, want)
		}
	}
}

// What the list has no room for stands below it, for the item that is selected.
func TestPaletteSaysAll(t *testing.T) {
	about := "another name for the topology; it is told to controllers that fetch the keys from here, and to no others"
	m := palette.New(tuitest.NewContext(tuitest.NewBackend(&status.Snapshot{})), []palette.Item{item("config set", about, ""), item("mesh", "every link", "")})
	for _, width := range []int{58, 76} {
		drawn := m.View(width, 13)
		tuitest.Fits(t, drawn, width, 13)
		if shown := strings.Join(strings.FieldsFunc(ansi.Strip(drawn), func(r rune) bool { return strings.ContainsRune(" │\n", r) }), " "); !strings.Contains(shown, about) {
			t.Error(ansi.Strip(drawn))
		}
	}
	m.Update(tuitest.Key("down"))
	if drawn := ansi.Strip(m.View(58, 13)); strings.Contains(drawn, "no others") {
		t.Error(drawn)
	}
}

// It fits small screens, and the choice stays visible however far one goes.
func TestPaletteFits(t *testing.T) {
	m := sample()
	for range 10 {
		m.Update(tuitest.Key("down"))
		drawn := m.View(58, 6)
		tuitest.Fits(t, drawn, 58, 6)
		if !strings.Contains(ansi.Strip(drawn), "▸") {
			t.Fatal(ansi.Strip(drawn))
		}
	}
}
