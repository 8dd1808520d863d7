package mesh

import (
	"strings"

	"vns3/tui/component/text"
)

// Where a map has room.
const (
	squareFrom   = 56 // columns of the page from which up to four controllers are drawn beside the matrix
	ringFrom     = 96 // and from which more are: a screen of 120 columns
	squareHeight = 8
	ringHeight   = 24
	legendHeight = 2
	besideMap    = 58 // columns for the words beside it
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
		return p.stack(append(left, ""), words)
	}
	left = append(append(left, ""), p.legend(m.width())...)
	leftWidth, words := m.width(), p.words(p.width)
	if p.width >= ringFrom { // there is room for the words beside the map
		leftWidth = max(leftWidth, besideMap)
		left, words = append(append(left, ""), p.words(leftWidth)...), nil
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
	return p.stack(append(lines, ""), words)
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
	d := drawing{
		width: min(width, 2*height+8), height: height, grid: p.grid, from: p.from, to: p.to,
		path: p.grid.path(p.from, p.to), theme: p.c.Theme,
	}
	return d.lines()
}

// stack sets the words under the lines.
func (p *Page) stack(lines, words []string) string {
	return strings.Join(text.Squeeze(append(lines, words...), p.height), "\n")
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
