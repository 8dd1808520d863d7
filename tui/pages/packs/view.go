package packs

import (
	"fmt"
	"strings"

	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/client"
	"vns3/tui/component/text"
)

// View draws the page.
func (p *Page) View() string {
	lines := []string{p.list.summary()}
	if f := p.list.filter.View(p.width); f != "" {
		lines = append(lines, f)
	}
	if len(p.list.rows) > 0 {
		return strings.Join(append(lines, p.list.table.View(p.list.cells)), "\n")
	}
	lines = append(lines, "")
	for _, line := range text.Wrap(p.nothing(), p.width-1) {
		lines = append(lines, " "+p.c.Theme.Dim.Render(line))
	}
	return strings.Join(lines[:min(len(lines), p.height)], "\n")
}

// nothing says why there is no pack in the list, and what to do.
func (p *Page) nothing() string {
	switch s := p.list.of; {
	case len(s.Clients) > 0:
		return "No clientpack matches; esc shows all."
	case !s.Controller.KeysetPresent:
		return "Clientpacks are made from the keyset, and there is none yet: generate or fetch it on the page Keyset."
	default:
		return "No clientpack is in use yet. n hands out the next one; e then writes its configuration to a file that any WireGuard client takes as it is."
	}
}

// summary counts the packs in one line.
func (l *list) summary() string {
	t := l.c.Theme
	given := l.count[inUse] + l.count[out]
	line := fmt.Sprintf(" %s of %s out", text.Thousands(given), text.Thousands(l.of.Controller.License.Clientpacks))
	for _, s := range []state{inUse, disabled} {
		if n := l.count[s]; n > 0 {
			glyph, style := s.sign(t)
			line += "   " + style.Render(fmt.Sprintf("%s %s %s", glyph, text.Thousands(n), s))
		}
	}
	if l.outdated > 0 {
		line += "   " + t.Warn.Render(fmt.Sprintf("%s %s outdated", t.Glyph.Warning, text.Thousands(l.outdated)))
	}
	return text.Cut(line, l.width, t.Glyph.Ellipsis)
}

// cells are the cells of row i, one for each of the columns.
func (l *list) cells(i int) []string {
	t, c := l.c.Theme, &l.of.Clients[l.rows[i]]
	s := stateOf(c)
	glyph, style := s.sign(t)
	words := glyph + " " + s.String()
	if s == inUse && c.ControllerID != 0 {
		words += fmt.Sprintf(" #%d", c.ControllerID)
	}
	remark := ""
	if c.Outdated {
		remark = t.Warn.Render(t.Glyph.Warning + " outdated")
	}
	assigned := ""
	if c.Assigned != 0 {
		assigned = fmt.Sprintf("#%d", c.Assigned)
	}
	return []string{
		c.Name, style.Render(words), figures.Age(l.c.Now(), c.LastHandshake), text.Tags(c.Tags), remark,
		c.Endpoint, assigned, figures.Bytes(c.TxBytes), figures.Bytes(c.RxBytes),
	}
}

// detail is everything about a pack, and what can be done with it.
func (p *Page) detail(name string, width int) []string {
	return client.Facts(p.c, name, width, func(of *status.Client) string {
		glyph, style := stateOf(of).sign(p.c.Theme)
		return style.Render(glyph + " " + stateOf(of).String())
	})
}
