package routes

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"vns3/status"
	"vns3/tui/component/text"
)

// above is how many lines stand above the table.
func (p *Page) above() int {
	if p.filter.Typing() || p.filter.Active() {
		return 1
	}
	return 0
}

// reasonHeight is how many lines under the table say why the selected route is not in use.
const reasonHeight = 2

func (p *Page) fit() { p.table.SetSize(p.width, min(p.height-p.above()-reasonHeight, len(p.rows)+1)) }

// View draws the page.
func (p *Page) View() string {
	t := p.c.Theme
	var lines []string
	if f := p.filter.View(p.width); f != "" {
		lines = append(lines, f)
	}
	if len(p.rows) == 0 {
		for _, line := range text.Wrap(p.nothing(), p.width-1) {
			lines = append(lines, " "+t.Dim.Render(line))
		}
		return strings.Join(lines[:min(len(lines), p.height)], "\n")
	}
	lines = append(lines, strings.Split(p.table.View(p.cells), "\n")...)
	if r, is := p.selected(); is && !r.Active && r.Reason != "" {
		lines = append(lines, "", text.Cut(" "+r.CIDR+": "+r.Reason, p.width, t.Glyph.Ellipsis))
	}
	return strings.Join(lines[:min(len(lines), p.height)], "\n")
}

// nothing says why no route is listed, and what routes are for.
func (p *Page) nothing() string {
	if len(p.of.Routes) > 0 {
		return "No route matches; esc shows all."
	}
	return "No routes. A route tells the mesh which network lies behind this controller: a adds one. Routes that other controllers advertise stand here too."
}

// state is the state of a route as a glyph with a word.
func (p *Page) state(r status.Route) (string, lipgloss.Style) {
	t := p.c.Theme
	switch {
	case !r.Enabled:
		return t.Glyph.Waiting + " disabled", t.Dim
	case r.Active:
		return t.Glyph.Up + " in use", t.Good
	}
	return t.Glyph.Half + " not used", t.Warn
}

// via is where packets for the route go.
func (p *Page) via(r status.Route) string {
	switch {
	case !p.own(r):
		return fmt.Sprintf("#%d", r.Controller)
	case r.Gateway != "" && r.Interface != "":
		return r.Gateway + " " + r.Interface
	case r.Gateway != "":
		return r.Gateway
	case r.Interface != "":
		return r.Interface
	}
	return "this host"
}

// cells are the cells of row i, one for each of the columns.
func (p *Page) cells(i int) []string {
	r := p.of.Routes[p.rows[i]]
	state, style := p.state(r)
	advertised := ""
	if p.own(r) && r.Advertise {
		advertised = p.c.Theme.Dim.Render("advertised")
	}
	return []string{r.CIDR, style.Render(state), p.via(r), fmt.Sprint(r.Metric), advertised, r.Description}
}

// detail is everything about a route, as it is in the newest snapshot.
func (p *Page) detail(r status.Route, width int) []string {
	for _, now := range p.c.Snapshot.Routes {
		if now.ID == r.ID && now.CIDR == r.CIDR && now.Controller == r.Controller {
			r = now
		}
	}
	t := p.c.Theme
	var lines []string
	add := func(label, value string) {
		if value != "" {
			lines = append(lines, text.Hang(t.Dim.Render(text.Fit(label, 13)), value, width)...)
		}
	}
	state, style := p.state(r)
	add("state", style.Render(state))
	add("reason", r.Reason)
	add("description", r.Description)
	add("via", p.via(r))
	add("metric", fmt.Sprint(r.Metric))
	switch {
	case !p.own(r):
		add("owner", fmt.Sprintf("#%d; it can be changed only there", r.Controller))
	case r.Advertise:
		add("advertised", "yes, to all controllers")
	default:
		add("advertised", "no, for this controller only")
	}
	return lines
}
