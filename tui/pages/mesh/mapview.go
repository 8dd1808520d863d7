package mesh

import (
	"math"
	"slices"
	"strconv"

	"vns3/status"
	"vns3/tui/component/text"
	"vns3/tui/theme"
)

// drawing is what a map is made from.
type drawing struct {
	width, height int
	named         bool // names beside the IDs
	grid          *grid
	path          []int // the path that is looked at
	from, to      int   // its ends
	theme         *theme.Theme
}

// cell is a place on the canvas in columns and lines.
type cell struct{ column, line int }

func (c cell) center() point { return center(c.column, c.line) }

// between is a cell on the line to another one; not in its middle, where diagonals cross.
func (c cell) between(to cell) cell {
	a, b := c.center(), to.center()
	return cell{(a.x + (b.x-a.x)*2/5) / 2, (a.y + (b.y-a.y)*2/5) / 4}
}

// look is how a link is drawn.
type look struct {
	with   ink
	pen    pen
	sign   string // near its middle; empty: none
	signed ink
}

// lines draws the controllers as corners of a figure and their links as lines between them. The eye is
// led to what matters: the path that is looked at is broad; what is not well is dashed and has a sign;
// all else stands back, the more so the more there is of it.
func (d drawing) lines() []string { return d.canvas().lines(d.paint) }

func (d drawing) canvas() *canvas {
	c := newCanvas(d.width, d.height, d.theme.Options.ASCII)
	places := d.places()
	type mark struct {
		at   cell
		sign string
		with ink
	}
	var marks []mark
	for i, a := range d.grid.ids {
		for j := i + 1; j < len(d.grid.ids); j++ {
			l, drawn := d.look(a, d.grid.ids[j])
			if !drawn {
				continue
			}
			at, to := places[i], places[j]
			c.line(at.center(), to.center(), l.with, l.pen)
			marks = append(marks, mark{at.between(to), l.sign, l.signed})
		}
	}
	for _, m := range marks {
		c.text(m.at.column, m.at.line, m.sign, m.with)
	}
	for i, id := range d.grid.ids {
		d.corner(c, id, places[i])
	}
	return c
}

// look says how the link between two controllers is drawn, and whether it is.
func (d drawing) look(a, b int) (look, bool) {
	l := look{with: quiet, pen: whole}
	known := true
	switch d.grid.worse(a, b) {
	case status.Up:
		known = d.drawsAll() || a == d.from || b == d.from
		if d.chosen(a, b) {
			l.with = taken
		}
	case status.Suspect:
		l = look{doubted, dashed, d.theme.Glyph.Half, doubted}
	case status.Down, status.Init, status.Unresolved:
		l = look{broken, dashed, d.theme.Glyph.Down, broken}
		if hears, heard, is := d.grid.oneWay(a, b); is {
			l.with, l.sign, l.signed = doubted, d.arrow(heard, hears), doubted
		}
		known = d.grid.reachable(a) && d.grid.reachable(b)
	case status.NotSet:
		known = false
	}
	if d.onPath(a, b) {
		return look{taken, broad, l.sign, l.signed}, true
	}
	return l, known
}

// drawsAll says that also links are drawn that are well and do not begin where the path does. In a mesh
// of many they would hide everything else.
func (d drawing) drawsAll() bool { return len(d.grid.ids) <= 4 }

// chosen says that these are the ends of the path.
func (d drawing) chosen(a, b int) bool { return a == d.from && b == d.to || a == d.to && b == d.from }

func (d drawing) onPath(a, b int) bool {
	for i := 1; i < len(d.path); i++ {
		if x, y := d.path[i-1], d.path[i]; x == a && y == b || x == b && y == a {
			return true
		}
	}
	return false
}

// arrow points the way in which packets of a link that works one way only arrive.
func (d drawing) arrow(from, to int) string {
	places, ids := d.places(), d.grid.ids
	a, b := places[slices.Index(ids, from)].center(), places[slices.Index(ids, to)].center()
	switch dx, dy := b.x-a.x, b.y-a.y; {
	case abs(dx) < abs(dy) && dy < 0:
		return d.theme.Glyph.ScrollUp
	case abs(dx) < abs(dy):
		return d.theme.Glyph.ScrollDown
	case dx < 0:
		return d.theme.Glyph.Back
	}
	return d.theme.Glyph.Arrow
}

// corner draws a controller with its ID, and its name where there is room, on the outer side.
func (d drawing) corner(c *canvas, id int, at cell) {
	with, glyph := well, d.theme.Glyph.Up
	known := d.grid.known[id]
	switch {
	case !d.grid.reachable(id):
		with, glyph = broken, d.theme.Glyph.Down
	case known.Draining:
		with, glyph = doubted, d.theme.Glyph.Half
	}
	c.text(at.column, at.line, glyph, with)
	label := with
	if id == d.from || id == d.to {
		label = chosen
	}
	if name := d.label(id); at.column < d.width/2 {
		c.text(at.column-1-text.Width(name), at.line, name+" ", label)
	} else {
		c.text(at.column+1, at.line, " "+name, label)
	}
}

// longestName is how much of a controller's ID and name is shown.
const longestName = 16

// label is how a controller is called on the map.
func (d drawing) label(id int) string {
	label := "#" + strconv.Itoa(id)
	if d.named {
		label = text.Cut(label+" "+d.grid.known[id].Name, longestName, d.theme.Glyph.Ellipsis)
	}
	return label
}

// side is how many columns the labels take on each side.
func (d drawing) side() int {
	side := 0
	for _, id := range d.grid.ids {
		side = max(side, text.Width(d.label(id))+1)
	}
	return side
}

// sized is the drawing as wide as it may be without looking stretched, with names if there is room.
func (d drawing) sized(width, height int) drawing {
	d.height = height
	d.named = true
	if d.wanted() > width {
		d.named = false
	}
	d.width = min(width, d.wanted())
	return d
}

// wanted is the width at which the figure is round, with its labels.
func (d drawing) wanted() int { return 2*(d.height+1) + 2*d.side() }

// places puts the controllers on the canvas: on a line, in a triangle, in the corners of a square, or
// on a ring that begins at the top and goes round like a clock.
func (d drawing) places() []cell {
	side := d.side()
	left, right, top, bottom := side, d.width-1-side, 0, d.height-1
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
