package mesh

import (
	"fmt"

	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/text"
)

// tally says how many links there are, and each that is not well, in at most height lines. Links of a
// controller that is lost are not counted: that it is lost stands at its row.
func (p *Page) tally(width, height int) []string {
	var ill []string
	links, ends := 0, 0
	for i, a := range p.grid.ids {
		if p.grid.reachable(a) {
			ends++
		}
		for _, b := range p.grid.ids[i+1:] {
			state := p.grid.worse(a, b)
			if state == status.NotSet || !p.grid.reachable(a) || !p.grid.reachable(b) {
				continue
			}
			links++
			if state != status.Up {
				ill = append(ill, p.ailing(a, b))
			}
		}
	}
	if links == 0 || height < 1 {
		return nil
	}
	up := "all up"
	if len(ill) > 0 {
		up = fmt.Sprintf("%d up", links-len(ill))
	}
	t := p.c.Theme
	lines := []string{" " + t.Dim.Render(fmt.Sprintf("%s between %s, %s", figures.Count(links, "link"), figures.Count(ends, "controller"), up))}
	switch room := height - 1; {
	case len(ill) <= room:
		lines = append(lines, ill...)
	case room > 1:
		lines = append(append(lines, ill[:room-1]...), t.Dim.Render(fmt.Sprintf(" and %d more", len(ill)-room+1)))
	}
	for i := range lines {
		lines[i] = text.Cut(lines[i], width, t.Glyph.Ellipsis)
	}
	return lines
}

// ailing is a link that is not well, in a line: what it suffers from, and which way traffic goes instead.
func (p *Page) ailing(a, b int) string {
	t := p.c.Theme
	arrow := " " + t.Glyph.Arrow + " "
	sign, words := t.Bad.Render(t.Glyph.Down), "down"
	if p.grid.worse(a, b) == status.Suspect {
		sign, words = t.Warn.Render(t.Glyph.Half), "lossy or suspect, "+text.Percent(p.grid.loss(a, b))+" loss"
	} else if hears, heard, is := p.grid.oneWay(a, b); is {
		sign, words = t.Warn.Render(t.Glyph.Arrow), fmt.Sprintf("one way, only #%d hears #%d", hears, heard)
	}
	switch path := p.grid.path(a, b); {
	case len(path) > 2:
		words += "; by " + figures.IDs(path, arrow)
	case len(path) == 0:
		words += "; no way leads there"
	}
	return " " + sign + " " + figures.IDs([]int{a, b}, " "+t.Glyph.Dash+" ") + "  " + words
}
