package mesh

import (
	"fmt"
	"strconv"
	"strings"

	"charm.land/lipgloss/v2"

	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/text"
)

// The columns of the matrix beside its cells.
const (
	labelWidth  = 4 // cursor, "#1" and a space less than a cell's own
	leastCell   = 5
	widestCell  = 7
	clientsWide = 9
	remarkWide  = 11 // " draining", " lost 12d"
	roomyMap    = 40 // columns of a map that is large enough
)

// matrix is which part of the links is shown, and how wide.
type matrix struct {
	columns []int // IDs
	top     int   // first row
	bottom  int   // one past the last
	cell    int   // width of a cell
	clients bool  // there is room for how many clients each holds
	remarks bool  // and for what is special about each
}

func (m matrix) rows() int { return m.bottom - m.top }

// width is how many columns of the screen it takes.
func (m matrix) width() int {
	w := labelWidth + m.cell*len(m.columns)
	if m.clients {
		w += clientsWide
	}
	if m.remarks {
		w += remarkWide
	}
	return w
}

// matrix chooses what fits: all columns as wide as they may be, else those around the cursor.
func (p *Page) matrix() matrix {
	n := len(p.grid.ids)
	if n == 0 {
		return matrix{}
	}
	fit := (p.width - labelWidth) / leastCell
	m := matrix{columns: p.grid.ids}
	if fit < n {
		first := window(indexOf(p.grid.ids, p.to), n, max(fit, 1))
		m.columns = p.grid.ids[first : first+max(fit, 1)]
	}
	room := p.width - labelWidth
	m.clients = room-leastCell*n >= clientsWide
	if m.clients {
		room -= clientsWide
	}
	m.cell = min(room/len(m.columns), widestCell)
	if p.mapped() {
		m.cell = leastCell
	}
	m.remarks = m.clients && room-m.cell*n >= remarkWide
	if p.mapped() { // the map needs the room more
		m.remarks = m.remarks && p.width-m.width() >= roomyMap
	}
	rows := max(min(n, p.height-1-p.below()), 1)
	m.top = window(indexOf(p.grid.ids, p.from), n, rows)
	m.bottom = m.top + rows
	return m
}

// window is the first of size things so that the one at i is among them.
func window(i, n, size int) int { return max(min(i-size/2, n-size), 0) }

func indexOf(ids []int, id int) int {
	for i := range ids {
		if ids[i] == id {
			return i
		}
	}
	return 0
}

// lines draws the matrix, its heading first.
func (p *Page) matrixLines(m matrix) []string {
	t := p.c.Theme
	var head strings.Builder
	head.WriteString(t.Heading.Render(text.Fit(" "+p.mode.String(), labelWidth)))
	for _, to := range m.columns {
		style, name := t.Heading, "#"+strconv.Itoa(to)
		if to == p.to {
			style, name = t.Selected, t.Glyph.Open+name
		}
		head.WriteString(style.Render(text.FitRight(name, m.cell)))
	}
	if m.clients {
		head.WriteString(t.Heading.Render(text.FitRight("clients", clientsWide)))
	}
	lines := []string{head.String()}
	for _, from := range p.grid.ids[m.top:m.bottom] {
		lines = append(lines, p.row(m, from))
	}
	return lines
}

func (p *Page) row(m matrix, from int) string {
	t := p.c.Theme
	var b strings.Builder
	style, mark := t.Text, " "
	if from == p.from {
		style, mark = t.Selected, t.Glyph.Cursor
	}
	b.WriteString(style.Render(text.Fit(fmt.Sprintf("%s#%d", mark, from), labelWidth)))
	for _, to := range m.columns {
		value, style := p.cell(from, to)
		if from == p.from && to == p.to {
			style = t.Pressed
			b.WriteString(strings.Repeat(" ", max(m.cell-text.Width(value)-1, 0)) + style.Render(" "+value))
			continue
		}
		b.WriteString(style.Render(text.FitRight(value, m.cell)))
	}
	known := p.grid.known[from]
	if m.clients {
		b.WriteString(text.FitRight(strconv.Itoa(known.Clients), clientsWide))
	}
	if m.remarks {
		b.WriteString("  " + t.Warn.Render(p.remark(from)))
	}
	return b.String()
}

// cell is what the matrix says of the link between two controllers.
func (p *Page) cell(from, to int) (string, lipgloss.Style) {
	t := p.c.Theme
	if from == to {
		return t.Glyph.Waiting, t.Dim
	}
	l := p.grid.links[from][to]
	switch state := p.grid.state(from, to); state {
	case status.Up:
		return p.value(l), t.Text
	case status.Suspect:
		return t.Glyph.Half + p.value(l), t.Warn
	case status.Init:
		if p.mode == byState {
			return "1way", t.Warn
		}
		return t.Glyph.Arrow, t.Warn
	case status.Down, status.Unresolved:
		if p.mode == byState {
			return "down", t.Bad
		}
		return t.Glyph.Down, t.Bad
	default:
		return t.Glyph.Dash, t.Dim
	}
}

// value is the figure of a link that carries packets.
func (p *Page) value(l *status.Link) string {
	switch p.mode {
	case byLoss:
		return figure(l.Loss * 100)
	case byTraffic:
		return p.rate(l)
	case byState:
		if l.State == status.Suspect {
			return "sus"
		}
		return "up"
	default:
		return figure(l.RTTms)
	}
}

// rate is the traffic of a link. Behind a glyph there is no room for a fraction.
func (p *Page) rate(l *status.Link) string {
	rate := text.Rate(l.TxRate)
	if whole, rest, is := strings.Cut(rate, "."); is && l.State == status.Suspect {
		return whole + rest[1:]
	}
	return rate
}

// figure is a number in at most three digits.
func figure(v float64) string {
	if v < 9.95 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// remark is what is special about a controller; empty: nothing.
func (p *Page) remark(id int) string {
	known := p.grid.known[id]
	switch {
	case !known.Reachable && !known.Self:
		return "lost " + figures.Age(p.c.Now(), known.LastHeard)
	case known.Draining:
		return "draining"
	}
	return ""
}

// remarks are those of all controllers in one line, for where the matrix has no room for them.
func (p *Page) remarkLine() string {
	var parts []string
	for _, id := range p.grid.ids {
		if r := p.remark(id); r != "" {
			parts = append(parts, fmt.Sprintf("#%d %s", id, r))
		}
	}
	return strings.Join(parts, "   ")
}
