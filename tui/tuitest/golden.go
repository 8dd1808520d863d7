package tuitest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"vns3/tui/component/text"
	"vns3/tui/page"
	"vns3/tui/theme"
)

// Size is a size of the screen.
type Size struct{ Width, Height int }

// Sizes are the screens that everything is looked at on. The last is too small for anything but a notice.
var Sizes = []Size{{60, 15}, {80, 24}, {140, 40}, {40, 10}}

// String is "80x24".
func (s Size) String() string { return fmt.Sprintf("%dx%d", s.Width, s.Height) }

// Page is what the frame leaves for a page on a screen of this size.
func (s Size) Page() (width, height int) {
	l := page.NewLayout(s.Width, s.Height)
	return l.Width, l.Height
}

// Golden draws a page at every size, without and with colours, compares it with
// testdata/NAME/SIZE.golden and fails on a line that is too wide or a page that is too high. open
// makes the page in the state to be shown; it is called anew for each, inside a bubble.
func Golden(t *testing.T, open func(*testing.T, *page.Context) page.Page, newContext func() *page.Context) {
	t.Helper()
	for _, size := range Sizes {
		for _, colour := range []bool{false, true} {
			name := size.String()
			if colour {
				name += "-colour"
			}
			Run(t, name, func(t *testing.T) {
				c := newContext()
				c.Width, c.Height = size.Width, size.Height
				if !colour {
					c.Theme.Set(theme.Options{Name: theme.Plain})
				}
				width, height := size.Page()
				p := open(t, c)
				p.SetSize(width, height)
				drawn := p.View()
				Fits(t, drawn, width, height)
				if !colour {
					drawn = ansi.Strip(drawn)
				}
				golden.RequireEqual(t, TrimRight(drawn))
			})
		}
	}
}

// Fits fails where drawn is wider or higher than it may be.
func Fits(tb testing.TB, drawn string, width, height int) {
	tb.Helper()
	lines := strings.Split(drawn, "\n")
	if len(lines) > height {
		tb.Errorf("%d lines where %d fit:\n%s", len(lines), height, ansi.Strip(drawn))
	}
	for i, line := range lines {
		if w := text.Width(line); w > width {
			tb.Errorf("line %d has %d cells where %d fit:\n%s", i+1, w, width, ansi.Strip(line))
		}
	}
}

// TrimRight cuts the spaces off the ends of lines, so that golden files survive editors.
func TrimRight(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// Same compares what was drawn, without styles, with testdata/NAME.golden.
func Same(tb testing.TB, drawn string) {
	tb.Helper()
	golden.RequireEqual(tb, TrimRight(ansi.Strip(drawn)))
}
