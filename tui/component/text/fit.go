// Package text measures, cuts, aligns and wraps styled text in terminal cells, and writes figures the
// way the whole console writes them. It never looks at the terminal.
package text

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Width is how many cells s takes; styles take none.
func Width(s string) int { return ansi.StringWidth(s) }

// Cut shortens s to at most width cells, ending in tail if anything was lost.
func Cut(s string, width int, tail string) string {
	if width <= 0 {
		return ""
	}
	return ansi.Truncate(s, width, tail)
}

// Fit makes s exactly width cells wide: cut with an ellipsis or filled with spaces.
func Fit(s string, width int) string { return pad(s, width, false) }

// FitRight is Fit with the text at the right.
func FitRight(s string, width int) string { return pad(s, width, true) }

func pad(s string, width int, right bool) string {
	if width <= 0 {
		return ""
	}
	w := Width(s)
	if w > width { // a wide character at the edge leaves a cell to fill
		s = Cut(s, width, "…")
		w = Width(s)
	}
	if right {
		return strings.Repeat(" ", width-w) + s
	}
	return s + strings.Repeat(" ", width-w)
}

// Sides sets left and right at the two ends of a line of width cells. Left is cut where both do not fit.
func Sides(left, right string, width int) string {
	r := Width(right)
	if r == 0 {
		return Fit(left, width)
	}
	if r >= width {
		return Fit(right, width)
	}
	return Fit(left, width-r-1) + " " + right
}

// hyphen stands for a hyphen while ansi.Wrap is at work, which would break lines behind it: names of
// hosts and flags of commands stay in one piece.
const hyphen = "\u2011"

// Wrap breaks s into lines of at most width cells, between words where it can.
func Wrap(s string, width int) []string {
	if width <= 0 {
		return nil
	}
	wrapped := strings.ReplaceAll(ansi.Wrap(strings.ReplaceAll(s, "-", hyphen), width, ""), hyphen, "-")
	var lines []string
	for line := range strings.SplitSeq(wrapped, "\n") {
		if Width(line) > width { // ansi.Wrap miscounts a space before a styled word
			line = ansi.Hardwrap(line, width, true)
		}
		lines = append(lines, strings.Split(line, "\n")...)
	}
	return lines
}

// Hang is Wrap behind a label: the first line starts with first, the others are indented as far.
func Hang(first, s string, width int) []string {
	indent := Width(first)
	lines := Wrap(s, max(width-indent, 8))
	for i := range lines {
		if i == 0 {
			lines[i] = first + lines[i]
		} else {
			lines[i] = strings.Repeat(" ", indent) + lines[i]
		}
	}
	return lines
}

// Block makes s exactly width cells wide and height lines high.
func Block(s string, width, height int) []string {
	lines := strings.Split(s, "\n")
	block := make([]string, height)
	for i := range block {
		if i < len(lines) {
			block[i] = Fit(lines[i], width)
		} else {
			block[i] = strings.Repeat(" ", width)
		}
	}
	return block
}

// CutLeft shortens s at its beginning, as suits a path: "…/vns3/vns3.toml".
func CutLeft(s string, width int, head string) string {
	if over := Width(s) - width; over > 0 {
		return ansi.TruncateLeft(s, over+Width(head), head)
	}
	return s
}

// Pad fills each line up to width cells, in place.
func Pad(lines []string, width int) []string {
	for i := range lines {
		lines[i] = Fit(lines[i], width)
	}
	return lines
}
