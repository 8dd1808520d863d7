// Package layer lays a box over drawn lines, clamped to them, so that a pop-up never enlarges the frame.
package layer

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"vns3/tui/component/text"
)

// Place lays box over lines with its top left corner at x, y, moved inward as far as needed to fit.
// It returns where the corner came to lie. Lines is changed in place.
func Place(lines []string, box string, x, y int) (int, int) {
	rows := strings.Split(box, "\n")
	width := 0
	for _, row := range rows {
		width = max(width, text.Width(row))
	}
	screen := 0
	for _, line := range lines {
		screen = max(screen, text.Width(line))
	}
	x, y = max(min(x, screen-width), 0), max(min(y, len(lines)-len(rows)), 0)
	for i, row := range rows {
		if y+i >= len(lines) {
			break
		}
		left, right := around(text.Fit(lines[y+i], screen), x, x+width)
		lines[y+i] = left + "\x1b[m" + text.Fit(row, width) + "\x1b[m" + right
	}
	return x, y
}

// around is what is left of the line before cell from and after cell to. Of a wide character that lies
// across an edge a blank is left.
func around(line string, from, to int) (left, right string) {
	left = ansi.Truncate(line, from, "")
	left += strings.Repeat(" ", from-text.Width(left))
	right = ansi.TruncateLeft(line, to, "")
	if text.Width(right) > text.Width(line)-to {
		right = " " + ansi.TruncateLeft(line, to+1, "")
	}
	return left, right
}

// Center lays box over the middle of lines and returns where its corner came to lie.
func Center(lines []string, box string, width int) (int, int) {
	rows := strings.Split(box, "\n")
	return Place(lines, box, (width-text.Width(rows[0]))/2, (len(lines)-len(rows))/2)
}
