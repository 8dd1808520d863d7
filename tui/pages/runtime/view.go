package runtime

import (
	"strings"

	"vns3/status/figures"
	"vns3/tui/component/text"
)

// View draws the page.
func (p *Page) View() string {
	if p.width <= 0 || p.height <= 0 {
		return ""
	}
	if p.listing {
		return p.clients.view()
	}
	lines, _ := p.compose(p.plan, p.blocks(p.plan.wide))
	return strings.Join(lines[:min(len(lines), p.height)], "\n")
}

// nowhere is what stands in lines that the mouse does nothing on.
var nowhere = spot{section: onClients + 1}

// compose draws what the plan says, and tells what each line is about.
func (p *Page) compose(pl plan, b blocks) ([]string, []spot) {
	var lines []string
	var spots []spot
	add := func(at spot, more ...string) {
		for _, line := range more {
			lines, spots = append(lines, text.Cut(line, p.width, p.c.Theme.Glyph.Ellipsis)), append(spots, at)
		}
	}
	heading := func(title string) {
		if pl.loose && len(lines) > 0 {
			add(nowhere, "")
		}
		if pl.headings {
			add(nowhere, p.c.Theme.Heading.Render(title))
		}
	}
	add(nowhere, b.panel...)
	for i, warning := range b.warnings[:pl.warnings] {
		add(spot{onWarnings, i}, warning...)
	}
	if rest := len(b.warnings) - pl.warnings; rest > 0 {
		add(nowhere, p.c.Theme.Dim.Render("  and "+figures.Count(rest, "more warning")))
	}
	add(nowhere, b.tasks...)
	p.status(pl, b, heading, func(more ...string) { add(nowhere, more...) })
	heading("PEERS AND CLIENTS")
	from, _ := p.peers.Window()
	for i, line := range p.peersBlock(pl) {
		at := nowhere
		if i > 0 && i <= pl.peers {
			at = spot{onPeers, from + i - 1}
		}
		add(at, line)
	}
	if pl.loose {
		add(nowhere, "")
	}
	add(spot{onClients, 0}, p.clientsLine())
	add(spot{onClients, 0}, p.clients.firstRows(pl.clients, pl.loose)...)
	if !pl.wide && pl.system > 0 {
		heading("SYSTEM STATUS")
		add(nowhere, b.system[:pl.system]...)
	}
	return lines, spots
}

// status draws Controller Status, on wide screens with System Status beside it.
func (p *Page) status(pl plan, b blocks, heading func(string), add func(...string)) {
	left := append([]string(nil), b.identity.name...)
	if pl.facts {
		left = append(left, b.identity.facts...)
	}
	left = append(left, b.identity.checksum...)
	if !pl.wide {
		heading("CONTROLLER STATUS")
		add(left...)
		return
	}
	half := p.width / 2
	heading(text.Fit("CONTROLLER STATUS", half) + "SYSTEM STATUS")
	for i := range max(len(left), pl.system) {
		l, r := "", ""
		if i < len(left) {
			l = left[i]
		}
		if i < pl.system {
			r = strings.TrimPrefix(b.system[i], " ")
		}
		add(text.Fit(l, half) + r)
	}
}

// clientsLine is the summary of the clients with the cursor's mark.
func (p *Page) clientsLine() string {
	line := p.clients.summary(p.width)
	if p.cursor.section != onClients {
		return line
	}
	t := p.c.Theme
	return t.Selected.Render(t.Glyph.Cursor) + strings.TrimPrefix(line, " ")
}
