package runtime

import (
	"strings"

	"charm.land/lipgloss/v2"

	"vns3/tui/component/text"
	"vns3/tui/theme"
)

// pair is a label with its value. An empty label leaves the value alone.
type pair struct {
	label, value string
	style        lipgloss.Style // of the value
}

// flow sets pairs one after the other into lines of width cells, and never parts a pair. What has no
// value is left out.
func flow(t *theme.Theme, width int, pairs ...pair) []string {
	const gap = "  "
	var lines []string
	line := ""
	for _, p := range pairs {
		if p.value == "" {
			continue
		}
		drawn := p.style.Render(p.value)
		if p.label != "" {
			drawn = t.Dim.Render(p.label) + " " + drawn
		}
		switch {
		case line == "":
			line = " " + drawn
		case text.Width(line)+len(gap)+text.Width(drawn) <= width:
			line += gap + drawn
		default:
			lines, line = append(lines, line), " "+drawn
		}
	}
	if strings.TrimSpace(line) != "" {
		lines = append(lines, line)
	}
	return lines
}
