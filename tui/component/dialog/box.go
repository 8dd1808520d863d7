// Package dialog has the box that dialogs are drawn in, and the two dialogs that every page needs:
// a question before something destructive, and a text to read.
package dialog

import (
	"strings"

	"vns3/tui/component/text"
	"vns3/tui/theme"
)

// Box draws a border around lines, with the title in its upper edge. width is the total; lines are
// cut or filled to it. At most height lines are drawn, border included: empty ones go first, and the last
// ones stay, because that is where the buttons are.
func Box(t *theme.Theme, title string, lines []string, width, height int) string {
	b, inner := t.Glyph.Border, max(width-4, 1)
	lines = text.Tighten(lines, height-2)
	if room := max(height-2, 1); len(lines) > room {
		last := min(2, room-1)
		lines = append(lines[:room-last:room-last], lines[len(lines)-last:]...)
	}
	title = text.Cut(title, inner-1, t.Glyph.Ellipsis)
	if title != "" {
		title = " " + title + " "
	}
	var s strings.Builder
	s.WriteString(t.Border.Render(b.TopLeft) + t.Strong.Render(title))
	s.WriteString(t.Border.Render(strings.Repeat(b.Top, max(inner+2-text.Width(title), 0)) + b.TopRight))
	for _, line := range lines {
		s.WriteString("\n" + t.Border.Render(b.Left) + " " + text.Fit(line, inner) + " " + t.Border.Render(b.Right))
	}
	s.WriteString("\n" + t.Border.Render(b.BottomLeft+strings.Repeat(b.Bottom, inner+2)+b.BottomRight))
	return s.String()
}

// Inner is how many cells a line in a Box of the total width has.
func Inner(width int) int { return max(width-4, 1) }
