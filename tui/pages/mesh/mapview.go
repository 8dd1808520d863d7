package mesh

import (
	"math"
	"slices"
	"strconv"

	"vns3/status"
	"vns3/tui/theme"
)

// drawing is what a map is made from.
type drawing struct {
	width, height int
	grid          *grid
	path          []int // the path that is looked at
	from, to      int   // its ends
	theme         *theme.Theme
}

// cell is a place on the canvas in columns and lines.
type cell struct{ column, line int }

// lines draws the controllers as corners of a figure and their links as lines between them: whole
// while up, dotted while in doubt, left out with a sign in the middle while down.
func (d drawing) lines() []string {
	c := newCanvas(d.width, d.height, d.theme.Options.ASCII)
	places := d.places()
	for i, a := range d.grid.ids {
		for j := i + 1; j < len(d.grid.ids); j++ {
			d.link(c, a, d.grid.ids[j], places[i], places[j])
		}
	}
	for i := 1; i < len(d.path); i++ {
		a, b := slices.Index(d.grid.ids, d.path[i-1]), slices.Index(d.grid.ids, d.path[i])
		if a >= 0 && b >= 0 {
			c.line(center(places[a].column, places[a].line), center(places[b].column, places[b].line), taken, false)
		}
	}
	for i, id := range d.grid.ids {
		d.corner(c, id, places[i])
	}
	return c.lines(d.paint)
}

// link draws one link.
func (d drawing) link(c *canvas, a, b int, at, to cell) {
	from, end := center(at.column, at.line), center(to.column, to.line)
	switch d.grid.worse(a, b) {
	case status.Up:
		c.line(from, end, quiet, false)
	case status.Suspect:
		c.line(from, end, doubted, true)
	case status.Down, status.Init, status.Unresolved:
		if d.reachable(a) && d.reachable(b) {
			// Not in the middle, where diagonals cross.
			c.text(at.column+(to.column-at.column)*2/5, at.line+(to.line-at.line)*2/5, d.theme.Glyph.Down, broken)
		}
	case status.NotSet:
	}
}

func (d drawing) reachable(id int) bool {
	known := d.grid.known[id]
	return known != nil && (known.Reachable || known.Self)
}

// corner draws a controller with its ID on the outer side.
func (d drawing) corner(c *canvas, id int, at cell) {
	with, glyph := well, d.theme.Glyph.Up
	known := d.grid.known[id]
	switch {
	case !d.reachable(id):
		with, glyph = broken, d.theme.Glyph.Down
	case known.Draining:
		with, glyph = doubted, d.theme.Glyph.Half
	}
	c.text(at.column, at.line, glyph, with)
	label := with
	if id == d.from || id == d.to {
		label = chosen
	}
	if name := "#" + strconv.Itoa(id); at.column < d.width/2 {
		c.text(at.column-3, at.line, name+" ", label)
	} else {
		c.text(at.column+1, at.line, " "+name, label)
	}
}

// places puts the controllers on the canvas: on a line, in a triangle, in the corners of a square, or
// on a ring that begins at the top and goes round like a clock.
func (d drawing) places() []cell {
	left, right, top, bottom := 3, d.width-4, 0, d.height-1
	middle := (top + bottom) / 2
	switch len(d.grid.ids) {
	case 0:
		return nil
	case 1:
		return []cell{{left + (right-left)/2, middle}}
	case 2:
		return []cell{{left, middle}, {right, middle}}
	case 3:
		return []cell{{left, top}, {right, top}, {left + (right-left)/2, bottom}}
	case 4:
		return []cell{{left, top}, {right, top}, {left, bottom}, {right, bottom}}
	}
	n := len(d.grid.ids)
	places := make([]cell, n)
	for i := range places {
		angle := 2*math.Pi*float64(i)/float64(n) - math.Pi/2
		places[i] = cell{
			column: left + int(math.Round(float64(right-left)*(1+math.Cos(angle))/2)),
			line:   top + int(math.Round(float64(bottom-top)*(1+math.Sin(angle))/2)),
		}
	}
	return places
}

// paint gives each ink its style.
func (d drawing) paint(with ink, text string) string {
	t := d.theme
	if text == "" {
		return ""
	}
	switch with {
	case quiet:
		return t.Border.Render(text)
	case doubted:
		return t.Warn.Render(text)
	case taken, chosen:
		return t.Accent.Render(text)
	case broken:
		return t.Bad.Render(text)
	case well:
		return t.Good.Render(text)
	}
	return text
}
