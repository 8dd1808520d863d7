package table

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/tui/component/text"
	"vns3/tui/page"
	"vns3/tui/theme"
)

func newContext() *page.Context {
	return &page.Context{Ctx: context.Background(), Theme: theme.New(theme.Options{}), Keys: page.DefaultKeys()}
}

func sample(c *page.Context) *Model {
	return New(c, Column{Title: "ID", Width: 3}, Column{Title: "NAME", Width: 6, Flex: 1}, Column{Title: "RTT", Width: 6, Right: true, Yield: 1}, Column{Title: "NOTE", Width: 10, Flex: 2, Yield: 2})
}

// However rows, size and cursor change: only visible rows are asked for, the cursor is among them, and
// no line is wider than the table.
func TestWindow(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	m := sample(newContext())
	rows := 0
	for range 600 {
		switch random.IntN(4) {
		case 0:
			rows = random.IntN(1000)
			m.SetRows(rows)
		case 1:
			m.SetSize(20+random.IntN(100), 2+random.IntN(40))
		case 2:
			m.Select(random.IntN(1200) - 100)
		default:
			m.Update(tea.KeyPressMsg{Code: []rune{tea.KeyUp, tea.KeyDown, tea.KeyPgUp, tea.KeyPgDown, tea.KeyHome, tea.KeyEnd}[random.IntN(6)]})
		}
		asked := 0
		drawn := m.View(func(i int) []string {
			asked++
			if i < 0 || i >= rows {
				t.Fatalf("asked for row %d of %d", i, rows)
			}
			return []string{"#1", "a name", "1.2ms", "something to note"}
		})
		from, to := m.Window()
		if asked > m.height || rows > 0 && m.height > 0 && (m.Cursor() < from || m.Cursor() >= to) {
			t.Fatalf("asked %d rows for %d lines, cursor %d outside %d…%d", asked, m.height, m.Cursor(), from, to)
		}
		for _, line := range strings.Split(drawn, "\n") {
			if m.width >= 20 && text.Width(line) > m.width {
				t.Fatalf("a line of %d cells in %d", text.Width(line), m.width)
			}
		}
	}
}

// On a narrow screen columns give way in their order; the rest takes what is left.
func TestYield(t *testing.T) {
	m := sample(newContext())
	m.SetRows(1)
	for width, want := range map[int]string{60: "ID NAME RTT NOTE", 26: "ID NAME RTT", 12: "ID NAME"} {
		m.SetSize(width, 2)
		heading, _, _ := strings.Cut(ansi.Strip(m.View(func(int) []string { return nil })), "\n")
		if got := strings.Join(strings.Fields(heading), " "); got != want {
			t.Errorf("%d wide: %q, want %q", width, got, want)
		}
	}
}

// The selected row is marked by a glyph and a style of its own; a cell with a colour keeps it: a state
// that is bad stays red under the cursor.
func TestSelected(t *testing.T) {
	c := newContext()
	m := sample(c)
	m.SetSize(60, 3)
	m.SetRows(2)
	drawn := strings.Split(m.View(func(int) []string { return []string{"\x1b[31m#1\x1b[m", "x"} }), "\n")
	if !strings.HasPrefix(ansi.Strip(drawn[1]), "▸#1") || !strings.Contains(drawn[1], "\x1b[31m#1") || !strings.Contains(drawn[1], c.Theme.Selected.Render("x"+strings.Repeat(" ", 15))) {
		t.Errorf("%q", drawn)
	}
}

// A click selects the row under it, the heading none.
func TestClick(t *testing.T) {
	m := sample(newContext())
	m.SetSize(60, 10)
	m.SetRows(5)
	if m.Update(tea.MouseClickMsg{Y: 0}) || !m.Update(tea.MouseClickMsg{Y: 3}) || m.Cursor() != 2 || m.Update(tea.MouseClickMsg{Y: 8}) {
		t.Errorf("cursor %d", m.Cursor())
	}
}
