package runtime

import (
	"slices"

	"vns3/tui/pages/peering"
)

// Screens from this wide on show Controller Status and System Status side by side; pages from this
// high on have empty lines between their sections.
const (
	wideFrom  = 110
	looseFrom = 30
)

// panelLeaves is how many lines the panel of a save leaves for everything else.
const panelLeaves = 9

// plan is which parts of the overview are drawn, so that what matters most is always there: it is
// made whenever the size or the snapshot changes.
type plan struct {
	warnings int  // how many
	headings bool // of the sections
	loose    bool // empty lines between sections, a heading above the clients
	facts    bool // addresses, version and license
	peers    int  // how many at a time
	clients  int  // how many
	system   int  // lines of System Status
	wide     bool

	spots []spot // what is drawn in each line; for the mouse
}

// columnGap keeps Controller Status and System Status apart where they stand side by side.
const columnGap = 2

// blocks are the drawn parts that a plan chooses from.
type blocks struct {
	panel    []string // the verdicts on a peering table that was just saved
	warnings [][]string
	tasks    []string
	identity identity
	system   []string
}

func (p *Page) blocks(wide bool) blocks {
	left, right := p.width, p.width
	if wide {
		left, right = p.width/2-columnGap, p.width/2
	}
	b := blocks{panel: p.saved.Lines, identity: newIdentity(p.c, left), system: system(p.c, right), tasks: p.taskLines()}
	for i := range p.warnings {
		b.warnings = append(b.warnings, p.warningLines(i))
	}
	return b
}

// arrange makes the plan: everything, and then less and less until it fits; what room is left then
// goes to the clients.
func (p *Page) arrange() {
	if p.width <= 0 || p.height <= 0 {
		return
	}
	p.saved = peering.Panel(p.c, p.width, p.height-panelLeaves)
	p.warnings = slices.DeleteFunc(slices.Clone(p.seen.Warnings), p.saved.Tells)
	pl := plan{
		warnings: len(p.warnings), headings: true, loose: p.height >= looseFrom, facts: true, peers: len(p.rows),
		clients: min(len(p.clients.rows), 3), wide: p.width >= wideFrom,
	}
	b := p.blocks(pl.wide)
	pl.system = len(b.system)
	for _, less := range []func(){
		func() { pl.loose = false },
		func() { pl.clients = min(pl.clients, 1) },
		func() { pl.warnings = min(pl.warnings, 2) },
		func() { pl.clients = 0 },
		func() { pl.system = min(pl.system, 1) },
		func() { pl.headings = false },
		func() { pl.facts = false },
		func() { pl.warnings = min(pl.warnings, 1) },
		func() { pl.peers = p.fewer(pl, b, 3) },
		func() { pl.system = 0 },
		func() { pl.peers = p.fewer(pl, b, 1) },
	} {
		if p.need(pl, b) <= p.height {
			break
		}
		less()
	}
	pl.clients = min(pl.clients+max(p.height-p.need(pl, b), 0), len(p.clients.rows))
	p.peers.SetSize(p.width, pl.peers+1)
	p.peers.SetFocus(p.cursor.section == onPeers)
	p.peers.Select(p.peerCursor())
	p.clients.preview.SetSize(p.width, pl.clients+1)
	p.clients.preview.Select(0)
	_, pl.spots = p.compose(pl, b)
	p.plan = pl
}

// fewer is how many peers the plan has room for, but no fewer than least.
func (p *Page) fewer(pl plan, b blocks, least int) int {
	all := pl.peers
	pl.peers = min(pl.peers, len(p.rows)-1) // one line tells of those that are not shown
	return min(max(pl.peers-(p.need(pl, b)-p.height), least), all)
}

// peerCursor is where the table's cursor stands: on the peer, or at the end that the cursor left by.
func (p *Page) peerCursor() int {
	switch p.cursor.section {
	case onWarnings:
		return 0
	case onClients:
		return len(p.rows) - 1
	}
	return p.cursor.index
}

// need is how many lines the plan takes.
func (p *Page) need(pl plan, b blocks) int {
	n := len(b.panel) + len(b.tasks) + len(b.identity.name) + len(b.identity.checksum)
	if pl.facts {
		n += len(b.identity.facts)
	}
	switch {
	case pl.wide:
		n = max(n, pl.system)
	default:
		n += pl.system
	}
	for _, lines := range b.warnings[:pl.warnings] {
		n += len(lines)
	}
	if pl.warnings < len(b.warnings) {
		n++
	}
	n += p.peerLines(pl) + 1 + pl.clients // 1 is the clients' summary
	headings := 2
	if !pl.wide && pl.system > 0 {
		headings++
	}
	if pl.headings {
		n += headings
	}
	if pl.loose {
		n += headings + 2 // and the clients stand apart, with a heading
	}
	return n
}

// peerLines is how many lines the peers take: heading, peers, and the rows that are not set.
func (p *Page) peerLines(pl plan) int {
	if len(p.rows) == 0 {
		return 1
	}
	n := 1 + pl.peers
	if p.unseen(pl) != "" {
		n++
	}
	return n
}

// hit is what is drawn in line y.
func (pl plan) hit(y int) (spot, bool) {
	if y < 0 || y >= len(pl.spots) || pl.spots[y] == nowhere {
		return spot{}, false
	}
	return pl.spots[y], true
}
