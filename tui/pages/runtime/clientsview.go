package runtime

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/text"
	"vns3/tui/theme"
)

// summary counts the clients in one line of at most width cells; words give way first.
func (l *clientList) summary(width int) string {
	t, n := l.c.Theme, l.tally
	if n.all() == 0 {
		return " Clients: none"
	}
	head := fmt.Sprintf(" Clients %s here, %s in the mesh", text.Thousands(n.here), text.Thousands(n.all()))
	line := head + l.counts("   ", true)
	if text.Width(line) > width {
		line = head + l.counts("  ", false)
	}
	return text.Cut(line, width, t.Glyph.Ellipsis)
}

// counts draws how many clients are in each state, each behind gap; the states that have a word only
// where there is room.
func (l *clientList) counts(gap string, words bool) string {
	t := l.c.Theme
	line := gap + t.Good.Render(t.Glyph.Up+" "+text.Thousands(l.tally.up)+" up")
	for _, state := range []struct {
		n           int
		glyph, word string
		style       lipgloss.Style
	}{{l.tally.silent, t.Glyph.Half, " silent", t.Warn}, {l.tally.away, t.Glyph.Down, " away", t.Dim}} {
		if state.n == 0 {
			continue
		}
		if !words {
			state.word = ""
		}
		line += gap + state.style.Render(state.glyph+" "+text.Thousands(state.n)+state.word)
	}
	return line
}

// note says what of the clients is shown, and in which order.
func (l *clientList) note() string {
	shown := text.Thousands(len(l.rows))
	scope := " of " + text.Thousands(l.tally.all())
	if l.hereOnly {
		scope = " here"
	}
	return l.c.Theme.Dim.Render(fmt.Sprintf("%s%s, by %s", shown, scope, l.order))
}

// view draws the list with its filter.
func (l *clientList) view() string {
	lines := []string{l.summary(l.width)}
	if f := l.filter.View(l.width); f != "" {
		lines = append(lines, f)
	}
	if len(l.rows) == 0 {
		return strings.Join(append(append(lines, ""), text.Hang(" ", l.c.Theme.Dim.Render(l.nobody()), l.width)...), "\n")
	}
	return strings.Join(append(lines, l.table.View(l.cells)), "\n")
}

// nobody says why the list is empty, and what to do.
func (l *clientList) nobody() string {
	switch {
	case l.tally.all() == 0:
		return "No clientpack is handed out yet; see Overlay › Clientpacks."
	case l.hereOnly && !l.filter.Active():
		return "No client is here; t shows the whole mesh."
	}
	return "No client matches; esc shows all."
}

// firstRows draws the first n rows for the overview, the heading above them if it is wanted.
func (l *clientList) firstRows(n int, heading bool) []string {
	if n <= 0 || len(l.rows) == 0 {
		return nil
	}
	lines := strings.Split(l.preview.View(l.cells), "\n")
	lines = lines[:min(len(lines), n+1)]
	if heading {
		return lines
	}
	return lines[1:]
}

// cells are the cells of row i, one for each of clientColumns.
func (l *clientList) cells(i int) []string {
	t, c := l.c.Theme, &l.of.Clients[l.rows[i]]
	glyph, style := clientSign(t, c)
	at, endpoint := t.Glyph.Dash, c.Endpoint
	if c.ControllerID != 0 {
		at = fmt.Sprintf("#%d", c.ControllerID)
	}
	if !c.Connected && c.Reason != "" {
		endpoint = t.Dim.Render(c.Reason)
	}
	return []string{
		c.Name, style.Render(glyph) + " " + at, endpoint, figures.Age(l.c.Now(), c.LastHandshake),
		figures.Bytes(c.TxBytes), figures.Bytes(c.RxBytes), figures.Since(l.c.Now(), c.Since), text.Tags(c.Tags),
	}
}

// clientSign is the glyph of a client's state.
func clientSign(t *theme.Theme, c *status.Client) (string, lipgloss.Style) {
	switch trouble(c) {
	case 0:
		return t.Glyph.Up, t.Good
	case 2:
		return t.Glyph.Half, t.Warn
	}
	return t.Glyph.Down, t.Dim
}
