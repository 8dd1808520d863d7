package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// The forms of a stream, by how many lines it takes.
const (
	brief  = 1 // ends, arrivals, outage
	normal = 2 // ends and way; arrivals and figures
	roomy  = 3 // ends and way; arrivals; figures
)

// explanation stands where there is room left.
const explanation = "Each bar is what arrived in a tenth of a second. Choose a link or a controller and break it: traffic goes round what fails, and another controller takes over the client servers of a dead one. Nothing tells the mesh what you did; it has to notice. The other pages show the same mesh as controller 1 sees it."

// fit gives the table the rows that it has, and the streams at least a line each.
func (p *Page) fit() {
	rows := len(p.state.Controllers) + len(p.state.Links) + 1
	p.table.SetSize(p.width, max(min(rows, p.height-1-len(p.state.Streams)), 2))
}

// View draws the page.
func (p *Page) View() string {
	t := p.c.Theme
	lines := strings.Split(p.table.View(p.cells), "\n")
	left := p.height - len(lines) - 1
	form := brief
	for _, larger := range []int{normal, roomy} {
		if left >= larger*len(p.state.Streams) {
			form = larger
		}
	}
	spaced := form > brief && left >= (form+1)*len(p.state.Streams)
	gap := func() {
		if spaced {
			lines = append(lines, "")
		}
	}
	gap()
	since := fmt.Sprintf("since %s, %s", p.state.What, figures.Span(p.state.Lasts))
	lines = append(lines, text.Sides(t.Heading.Render("CLIENT SERVERS"), t.Dim.Render(since), p.width))
	for i, s := range p.state.Streams {
		if i > 0 {
			gap()
		}
		lines = append(lines, p.stream(s, form)...)
	}
	if words := text.Wrap(explanation, p.width-1); len(lines)+1+len(words) <= p.height {
		lines = append(lines, "")
		for _, line := range words {
			lines = append(lines, " "+t.Dim.Render(line))
		}
	}
	return t.Plain(strings.Join(text.Squeeze(lines, p.height), "\n"))
}

// cells are the cells of row i: the controllers, then the links.
func (p *Page) cells(i int) []string {
	if i < len(p.state.Controllers) {
		return p.controllerCells(p.state.Controllers[i])
	}
	return p.linkCells(p.state.Links[i-len(p.state.Controllers)])
}

func (p *Page) controllerCells(c Controller) []string {
	t := p.c.Theme
	fault, state := t.Dim.Render(t.Glyph.Dash), t.Good.Render(t.Glyph.Up+" serving")
	remark := figures.Count(c.Clients, "client")
	switch {
	case !c.Alive:
		fault, state, remark = t.Bad.Render("killed"), t.Bad.Render(t.Glyph.Down+" dead"), ""
	case c.Draining:
		fault, state = t.Warn.Render("drained"), t.Warn.Render(t.Glyph.Half+" draining")
	}
	return []string{fmt.Sprintf("#%d %s", c.ID, c.Address), fault, state, "", remark}
}

func (p *Page) linkCells(l Link) []string {
	t := p.c.Theme
	fault := t.Dim.Render(l.Fault.String())
	if l.Fault != Fair {
		fault = t.Warn.Render(l.Fault.String())
	}
	rtt := ""
	if l.State == status.Up || l.State == status.Suspect {
		rtt = text.Ms(l.RTTms)
	}
	return []string{figures.IDs([]int{l.A, l.B}, "–"), fault, p.linkState(l.State), rtt, p.way(l.Path)}
}

func (p *Page) linkState(s status.PeerState) string {
	t := p.c.Theme
	switch s {
	case status.Up:
		return t.Good.Render(t.Glyph.Up + " up")
	case status.Suspect, status.Init:
		return t.Warn.Render(t.Glyph.Half + " " + string(s))
	default:
		return t.Bad.Render(t.Glyph.Down + " down")
	}
}

// way says which way traffic goes between the ends of a link.
func (p *Page) way(path []int) string {
	switch len(path) {
	case 0, 1:
		return p.c.Theme.Bad.Render("no way")
	case 2:
		return "direct"
	default:
		return p.c.Theme.Warn.Render("via " + figures.IDs(path[1:len(path)-1], " "))
	}
}

// stream draws one stream in so many lines.
func (p *Page) stream(s Stream, form int) []string {
	t := p.c.Theme
	arrow := " " + t.Glyph.Arrow + " "
	words := p.lost(s.Tally) + "  " + p.outage(s.Tally)
	if form == brief {
		ends := fmt.Sprintf(" %s%s%s ", place(s.FromAt), arrow, place(s.ToAt))
		return []string{ends + p.arrivals(s.Tally.Rate, p.width-text.Width(ends)-text.Width(words)-2) + "  " + words}
	}
	ends := fmt.Sprintf(" %s%s%s", t.Strong.Render(s.From), arrow, t.Strong.Render(s.To))
	way := t.Bad.Render("no way")
	if len(s.Path) > 0 {
		way = "by " + figures.IDs(s.Path, arrow)
		if !slices.Contains([]int{1, 2}, len(s.Path)) {
			way = t.Warn.Render(way)
		}
	}
	first := text.Sides(ends, way+" ", p.width)
	if form == normal {
		return []string{first, " " + p.arrivals(s.Tally.Rate, p.width-text.Width(words)-4) + "  " + words}
	}
	counted := fmt.Sprintf(" %s sent, %s arrived", text.Thousands(s.Tally.Sent), text.Thousands(s.Tally.Received))
	return []string{first, " " + p.arrivals(s.Tally.Rate, p.width-2), text.Sides(counted, words+" ", p.width)}
}

// place is the controller that serves an end.
func place(id int) string {
	if id == 0 {
		return "#–"
	}
	return fmt.Sprintf("#%d", id)
}

// arrivals draws what arrived, newest at the right: green where nothing is missing, a cross for a slot in
// which nothing came.
func (p *Page) arrivals(rate []int, width int) string {
	t := p.c.Theme
	width = max(width, 0)
	if len(rate) > width {
		rate = rate[len(rate)-width:]
	}
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", width-len(rate)))
	for _, n := range rate {
		switch bars := t.Glyph.Bars; {
		case n == 0:
			b.WriteString(t.Bad.Render(t.Glyph.Down))
		case n >= PerSlot-1: // a timer may be a little late
			b.WriteString(t.Good.Render(bars[len(bars)-1]))
		default:
			b.WriteString(t.Warn.Render(bars[n*(len(bars)-1)/PerSlot]))
		}
	}
	return b.String()
}

func (p *Page) lost(s Tally) string {
	words := text.Thousands(s.Lost) + " lost"
	if s.Lost > 0 {
		return p.c.Theme.Warn.Render(words)
	}
	return p.c.Theme.Good.Render(words)
}

// noticed is the shortest silence that is worth a word.
const noticed = 100 * time.Millisecond

func (p *Page) outage(s Tally) string {
	t := p.c.Theme
	ms := func(d time.Duration) string { return text.Ms(float64(d) / float64(time.Millisecond)) }
	switch {
	case s.Silent >= noticed:
		return t.Bad.Render(t.Glyph.Down + " silent " + ms(s.Silent))
	case s.Gap >= noticed:
		return t.Warn.Render("outage " + ms(s.Gap))
	default:
		return t.Good.Render("no outage")
	}
}

var _ page.Page = (*Page)(nil)
