package commands

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/tui/theme"
	"vns3/tui/tuitest"
)

// What is wrong with a file is shown with its line, the one before and the remedy; it fits every screen,
// and nothing of the file steers the terminal.
func TestMendShows(t *testing.T) {
	w := newWorld(t)
	m := mending{path: w.file("vns3.toml", "[peering]\n1 = \"this instance\"\n2 = \"this instance\"\n"), theme: theme.New(theme.Options{Name: theme.Dark})}
	m.look()
	for _, size := range []tuitest.Size{{Width: 80, Height: 24}, {Width: 60, Height: 15}, {Width: 40, Height: 10}, {Width: 20, Height: 4}} {
		after, _ := m.Update(tea.WindowSizeMsg{Width: size.Width, Height: size.Height})
		drawn := after.View().Content
		if lines := strings.Count(drawn, "\n") + 1; lines > size.Height {
			t.Errorf("%v: %d lines", size, lines)
		}
		tuitest.Fits(t, drawn+strings.Repeat("\n", size.Height-strings.Count(drawn, "\n")-1), size.Width, size.Height)
		if size.Width >= 60 {
			wants(t, ansi.Strip(drawn), "cannot start", "✗ line 3: peering.2: rows 1 and 2 say \"this instance\"", "do: choose it in the one row",
				"    2  1 = \"this instance\"", "▸   3  2 = \"this instance\"", "q quit")
		}
	}
	if got := shown("\tname = \"\x1b[2J\u009b1mx\"\r"); got != "    name = \"[2J1mx\"" {
		t.Errorf("a line of the file is shown as %q", got)
	}
}
