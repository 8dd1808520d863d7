// Package sparkline draws a short history as a row of bars. It keeps nothing.
package sparkline

import (
	"strings"

	"vns3/tui/theme"
)

// Scaled draws the newest width values, oldest first, so that a full bar is top or the highest of them.
// Missing history leaves blanks at the left. A negative value is a gap.
func Scaled(t *theme.Theme, values []float64, width int, top float64) string {
	if width <= 0 {
		return ""
	}
	if len(values) > width {
		values = values[len(values)-width:]
	}
	for _, v := range values {
		top = max(top, v)
	}
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", width-len(values)))
	bars := t.Glyph.Bars
	for _, v := range values {
		switch {
		case v < 0:
			b.WriteByte(' ')
		case top == 0:
			b.WriteString(bars[0])
		default:
			b.WriteString(bars[min(int(v/top*float64(len(bars))), len(bars)-1)])
		}
	}
	return t.Dim.Render(b.String())
}
