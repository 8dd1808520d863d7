package mesh

import "strings"

// ink is what a cell of the canvas is drawn with. Of two lines in one cell the higher stays, alone.
type ink uint8

const (
	blank   ink = iota
	quiet       // a link that is up
	broken      // a link that is down
	doubted     // a link that is lossy or suspect
	taken       // the path that is looked at
	well        // a controller
	chosen      // a controller at an end of the path
)

// pen is how a line is drawn: dots of every step's dots are set, then none; broad is two dots wide.
type pen struct {
	dots, every int
	broad       bool
}

var (
	whole  = pen{dots: 1, every: 1}
	dashed = pen{dots: 3, every: 6}
	broad  = pen{dots: 1, every: 1, broad: true}
)

// canvas is a grid of cells, each with two by four dots of Braille, or with one sign. It knows neither
// colours nor the mesh.
type canvas struct {
	width, height int
	ascii         bool
	dots          []uint8 // Braille bits of a cell
	sign          []rune  // what stands in a cell instead of dots; 0: nothing
	ink           []ink
}

func newCanvas(width, height int, ascii bool) *canvas {
	n := width * height
	return &canvas{width: width, height: height, ascii: ascii, dots: make([]uint8, n), sign: make([]rune, n), ink: make([]ink, n)}
}

// point is a place on the canvas in dots: two to a column, four to a line.
type point struct{ x, y int }

// center is the dot in the middle of a cell.
func center(column, line int) point { return point{2 * column, 4*line + 1} }

// braille is the bit of each dot of a cell, by line and column.
var braille = [4][2]uint8{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

// line draws from a to b.
func (c *canvas) line(a, b point, with ink, p pen) {
	dx, dy := b.x-a.x, b.y-a.y
	steps := max(abs(dx), abs(dy), 1)
	lean := stroke(dx, dy)
	for i := 0; i <= steps; i++ {
		if i%p.every >= p.dots {
			continue
		}
		x, y := a.x+(dx*i+steps/2*sign(dx))/steps, a.y+(dy*i+steps/2*sign(dy))/steps
		c.dot(x, y, with, lean)
		switch {
		case !p.broad:
		case abs(dx) > abs(dy):
			c.dot(x, y+1, with, lean)
		default:
			c.dot(x+1, y, with, lean)
		}
	}
}

// dot sets one dot; in ASCII its cell shows the stroke instead.
func (c *canvas) dot(x, y int, with ink, stroke rune) {
	column, line := x/2, y/4
	if x < 0 || y < 0 || column >= c.width || line >= c.height {
		return
	}
	at := line*c.width + column
	if with < c.ink[at] {
		return
	}
	if with > c.ink[at] {
		c.dots[at] = 0
	}
	c.ink[at] = with
	if c.ascii {
		c.sign[at] = stroke
		return
	}
	c.dots[at] |= braille[y%4][x%2]
}

// stroke is the ASCII sign that leans like a line. Dots are about square on a screen.
func stroke(dx, dy int) rune {
	switch {
	case abs(dy)*2 < abs(dx):
		return '-'
	case abs(dx)*2 < abs(dy):
		return '|'
	case (dx < 0) == (dy < 0):
		return '\\'
	}
	return '/'
}

// text writes signs from a cell to the right, over whatever stands there.
func (c *canvas) text(column, line int, text string, with ink) {
	for _, r := range text {
		if 0 <= column && column < c.width && 0 <= line && line < c.height {
			at := line*c.width + column
			c.sign[at], c.ink[at] = r, with
		}
		column++
	}
}

// lines returns the canvas line by line, each run of one ink painted by paint.
func (c *canvas) lines(paint func(ink, string) string) []string {
	out := make([]string, c.height)
	var line, run strings.Builder
	for y := range c.height {
		line.Reset()
		current := blank
		for x := range c.width {
			at := y*c.width + x
			if c.ink[at] != current {
				line.WriteString(paint(current, run.String()))
				run.Reset()
				current = c.ink[at]
			}
			run.WriteRune(c.rune(at))
		}
		line.WriteString(paint(current, run.String()))
		run.Reset()
		out[y] = line.String()
	}
	return out
}

// rune is what a cell shows.
func (c *canvas) rune(at int) rune {
	switch {
	case c.sign[at] != 0:
		return c.sign[at]
	case c.dots[at] != 0:
		return 0x2800 + rune(c.dots[at])
	}
	return ' '
}

func abs(n int) int { return max(n, -n) }

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}
