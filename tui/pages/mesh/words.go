package mesh

import (
	"fmt"
	"slices"
	"strings"

	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/findings"
	"vns3/tui/component/text"
)

// words say which way traffic goes between the two controllers, and why, in lines of at most width cells.
func (p *Page) words(width int) []string {
	t, arrow := p.c.Theme, " "+p.c.Theme.Glyph.Arrow+" "
	if p.from == p.to {
		return text.Hang(" "+t.Accent.Render(fmt.Sprintf("#%d", p.from))+"  ", p.about(p.from), width)
	}
	ends := figures.IDs([]int{p.from, p.to}, arrow)
	path := p.grid.path(p.from, p.to)
	way := "no way leads there now"
	switch l := p.grid.links[p.from][p.to]; {
	case len(path) == 2 && l == nil: // it is used, but the mesh does not tell of it yet
		way = "direct"
	case len(path) == 2:
		way = fmt.Sprintf("direct, %s, %s loss, %s bit/s", text.Ms(l.RTTms), text.Percent(l.Loss), text.Rate(l.TxRate))
	case len(path) > 2:
		way = fmt.Sprintf("now by %s, %s%s", figures.IDs(path, arrow), text.Ms(p.grid.rtt(path)), p.since())
	}
	indent := len(" #1  #2  ") + text.Width(p.c.Theme.Glyph.Arrow)
	lines := text.Hang(" "+t.Accent.Render(ends)+"  ", way, width)
	return append(lines, text.Hang(strings.Repeat(" ", indent), p.direct(path), width)...)
}

// since is from when on traffic from here goes round the direct link.
func (p *Page) since() string {
	if peer := p.peer(); peer != nil && !peer.Reachable && !peer.Since.IsZero() {
		return ", since " + text.Clock(p.c.Now(), peer.Since)
	}
	return ""
}

// peer is the row of the peering table behind the link, if one end is this controller.
func (p *Page) peer() *status.Peer {
	self, other := p.c.Snapshot.Controller.ID, p.to
	switch self {
	case p.from:
	case p.to:
		other = p.from
	default:
		return nil
	}
	for i := range p.c.Snapshot.Peers {
		if peer := &p.c.Snapshot.Peers[i]; peer.ID == other {
			return peer
		}
	}
	return nil
}

// direct says how the direct link is, and why it is taken or not.
func (p *Page) direct(path []int) string {
	l := p.grid.links[p.from][p.to]
	if l == nil {
		return "direct: they are not peered with each other"
	}
	switch l.State {
	case status.Up:
		if len(path) > 2 {
			return fmt.Sprintf("direct: up, %s, but dearer (cost %d) than this way (cost %d)", text.Ms(l.RTTms), l.Cost, p.grid.cost(path))
		}
		return p.next()
	case status.Suspect:
		return fmt.Sprintf("in doubt: %s of heartbeats lost%s", text.Percent(l.Loss), p.reason())
	case status.Init:
		return fmt.Sprintf("direct: #%d hears #%d, but not the other way%s", p.from, p.to, p.reason())
	default:
		return "direct: down" + p.reason()
	}
}

// next names the way that would be taken if the direct link failed.
func (p *Page) next() string {
	without := *p.grid
	without.links[p.from][p.to] = nil
	path := without.cheapest(p.from, p.to)
	if len(path) == 0 {
		return "there is no other way"
	}
	return fmt.Sprintf("if it fails: by %s", figures.IDs(path, " "+p.c.Theme.Glyph.Arrow+" "))
}

// reason is why the link is not well, where this controller knows it.
func (p *Page) reason() string {
	peer := p.peer()
	if peer == nil {
		return ""
	}
	words := " for " + figures.Since(p.c.Now(), peer.Since)
	for _, check := range peer.Checks {
		if check.Verdict == "error" {
			return words + ": " + check.Text
		}
	}
	return words
}

// about is a controller in one sentence.
func (p *Page) about(id int) string {
	known := p.grid.known[id]
	if known == nil {
		return ""
	}
	parts := []string{known.Name, "vns3 " + known.Version, strings.Join(slices.Compact(slices.Clone(known.Addresses)), " "), figures.Count(known.Clients, "client")}
	if r := p.remark(id); r != "" {
		parts = append(parts, r)
	}
	if known.Self {
		parts = append(parts, "this controller")
	}
	return strings.Join(parts, ", ")
}

func (p *Page) detailTitle() string {
	if p.from == p.to {
		return fmt.Sprintf("Controller #%d", p.from)
	}
	return fmt.Sprintf("Link #%d – #%d", p.from, p.to)
}

// detail is everything that the mesh knows of the link, each direction as its sender sees it, and
// what this controller's checks say where it is one of the ends.
func (p *Page) detail(width int) []string {
	if p.from == p.to {
		return text.Wrap(p.about(p.from), width)
	}
	lines := []string{p.c.Theme.Heading.Render(text.Fit("", 10) + text.Fit("state", 9) + text.FitRight("RTT", 8) + text.FitRight("loss", 7) + text.FitRight("cost", 7) + text.FitRight("bit/s", 7) + text.FitRight("sent", 6))}
	for _, ends := range [][2]int{{p.from, p.to}, {p.to, p.from}} {
		lines = append(lines, p.direction(ends[0], ends[1]))
	}
	lines = append(lines, "")
	lines = append(lines, p.words(width)...)
	if peer := p.peer(); peer != nil {
		wrong, rest := findings.Split(peer.Checks)
		lines = append(append(lines, ""), findings.Lines(p.c.Theme, append(wrong, rest...), width)...)
	}
	return lines
}

func (p *Page) direction(from, to int) string {
	name := figures.IDs([]int{from, to}, " "+p.c.Theme.Glyph.Arrow+" ")
	l := p.grid.links[from][to]
	if l == nil {
		return text.Fit(name, 10) + "not known"
	}
	return text.Fit(name, 10) + text.Fit(string(l.State), 9) + text.FitRight(text.Ms(l.RTTms), 8) + text.FitRight(text.Percent(l.Loss), 7) +
		text.FitRight(fmt.Sprint(l.Cost), 7) + text.FitRight(text.Rate(l.TxRate), 7) + text.FitRight(figures.Bytes(l.TxBytes), 6)
}
