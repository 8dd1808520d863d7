package view

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// column is a column of a table.
type column struct {
	head  string
	right bool // numbers stand at the right
	gives bool // is cut where the table would be too wide
}

// table is rows below heads, each column as wide as its widest cell.
type table struct {
	columns []column
	rows    [][]string
}

const (
	tableIndent = 2
	columnGap   = 2
	leastCut    = 11 // what is left of a column that is cut
)

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// String lays the table out. Columns that give are cut, the last one first, so
// that no line is wider than Width.
func (t *table) String() string {
	widths := t.widths()
	var b strings.Builder
	heads := make([]string, len(t.columns))
	for i, c := range t.columns {
		heads[i] = c.head
	}
	for _, row := range append([][]string{heads}, t.rows...) {
		var line strings.Builder
		line.WriteString(strings.Repeat(" ", tableIndent))
		for i, cell := range row {
			cell = ansi.Truncate(cell, widths[i], "…")
			space := strings.Repeat(" ", widths[i]-ansi.StringWidth(cell))
			if i > 0 {
				line.WriteString(strings.Repeat(" ", columnGap))
			}
			if t.columns[i].right {
				line.WriteString(space + cell)
			} else {
				line.WriteString(cell + space)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

func (t *table) widths() []int {
	widths := make([]int, len(t.columns))
	total := tableIndent + columnGap*(len(t.columns)-1)
	for i, c := range t.columns {
		widths[i] = ansi.StringWidth(c.head)
		for _, row := range t.rows {
			widths[i] = max(widths[i], ansi.StringWidth(row[i]))
		}
		total += widths[i]
	}
	for i := len(t.columns) - 1; i >= 0 && total > Width; i-- {
		if t.columns[i].gives {
			cut := min(total-Width, max(widths[i]-leastCut, 0))
			widths[i], total = widths[i]-cut, total-cut
		}
	}
	return widths
}
