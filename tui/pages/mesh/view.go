package mesh

import (
	"fmt"
	"strings"

	"vns3/tui/component/text"
)

// Where a map has room.
const (
	squareFrom   = 56 // columns of the page from which up to four controllers are drawn beside the matrix
	ringFrom     = 96 // and from which more are: a screen of 120 columns
	squareHeight = 8
	ringHeight   = 34
	legendHeight = 2
	besideMap    = 58 // columns for the words beside it
	legendWidth  = 28 // of the signs in two lines
)

// mapped says that the map is drawn.
func (p *Page) mapped() bool {
	n := len(p.grid.ids)
	switch {
	case n < 2 || p.height < 14:
		return false
	case n <= 4:
		return p.width >= squareFrom
	}
	return p.width >= ringFrom
}

// below is how many lines the text under the matrix takes.
func (p *Page) below() int {
	lines := len(p.words(p.width))
	if p.height >= 12 {
		lines += 1 + legendHeight
	}
	return max(min(lines, p.height-1-len(p.grid.ids)), 1) // the matrix first, one line for the path
}

// View draws the page.
func (p *Page) View() string {
	if len(p.grid.ids) == 0 {
		return p.empty()
	}
	m := p.matrix()
	left := p.matrixLines(m)
	if !m.remarks && p.height > len(left)+2 {
		if line := p.remarkLine(); line != "" {
			left = append(left, " "+p.c.Theme.Warn.Render(line))
		}
	}
	if !p.mapped() {
		words := p.words(p.width)
		if p.height >= 12 {
			words = append(append(words, ""), p.legend(p.width)...)
		}
		return p.stack(append(left, ""), p.withTally(words, p.width, p.height-len(left)-1))
	}
	left = append(append(left, ""), p.legend(m.width())...)
	leftWidth, words := max(m.width(), legendWidth), p.words(p.width)
	if p.width >= ringFrom { // there is room for the words beside the map
		leftWidth = max(leftWidth, besideMap)
		left, words = p.withTally(append(append(left, ""), p.words(leftWidth)...), leftWidth, p.height), nil
	}
	chart := p.chart(p.width-leftWidth-2, p.height-len(words)-1)
	lines := make([]string, max(len(chart), len(left)))
	for i := range lines {
		var l, r string
		if i < len(left) {
			l = left[i]
		}
		if i < len(chart) {
			r = chart[i]
		}
		lines[i] = text.Fit(l, leftWidth+2) + r
	}
	if words == nil {
		return p.stack(lines, nil)
	}
	return p.stack(append(lines, ""), p.withTally(words, p.width, p.height-len(lines)-1))
}

// chart draws the map as large as it is of use in the room that there is.
func (p *Page) chart(width, height int) []string {
	most := squareHeight
	switch {
	case len(p.grid.ids) > 4:
		most = ringHeight
	case p.width >= ringFrom:
		most = 2 * squareHeight
	}
	height = max(min(height, most, max(width/2, squareHeight)), 1)
	d := drawing{grid: p.grid, path: p.grid.path(p.from, p.to), from: p.from, to: p.to, theme: p.c.Theme}
	if d.drawsAll() {
		return d.sized(width, height).lines()
	}
	caption := text.Wrap(fmt.Sprintf("drawn: links of #%d, and trouble", p.from), width)
	d = d.sized(width, max(height-len(caption), 1))
	lines := d.lines()
	for _, line := range caption {
		lines = append(lines, strings.Repeat(" ", max(d.width-text.Width(line), 0)/2)+p.c.Theme.Dim.Render(line))
	}
	return lines
}

// stack sets the words under the lines.
func (p *Page) stack(lines, words []string) string {
	return strings.Join(text.Squeeze(append(lines, words...), p.height), "\n")
}

// withTally adds how the links are, if there is room for it below an empty line.
func (p *Page) withTally(lines []string, width, height int) []string {
	room := height - len(lines) - 1
	if tally := p.tally(width, room); len(tally) > 0 {
		return append(append(lines, ""), tally...)
	}
	return lines
}

// empty is what stands here before there is a mesh.
func (p *Page) empty() string {
	t := p.c.Theme
	lines := append([]string{t.Strong.Render("No mesh yet"), ""}, text.Wrap(
		"As soon as this controller has keys and its ID, it stands here, and with it every controller that it is peered with: all links, whoever looks.", p.width)...)
	return strings.Join(lines[:min(len(lines), p.height)], "\n")
}

// legend explains the signs, in as many columns as fit.
func (p *Page) legend(width int) []string {
	t := p.c.Theme
	g := t.Glyph
	parts := []string{
		t.Good.Render(g.Up) + " up", t.Warn.Render(g.Half) + " lossy or suspect",
		t.Bad.Render(g.Down) + " down", t.Warn.Render(g.Arrow) + " hears one way",
	}
	if line := " " + strings.Join(parts, "   "); text.Width(line) <= width {
		return []string{line}
	}
	const first = 9
	return []string{
		" " + text.Fit(parts[0], first) + parts[1],
		" " + text.Fit(parts[2], first) + parts[3],
	}
}
