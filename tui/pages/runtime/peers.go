package runtime

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/sparkline"
	"vns3/tui/component/table"
	"vns3/tui/component/text"
	"vns3/tui/page"
	"vns3/tui/theme"
)

// stateWidth holds "● up 12h" and "✗ down 40s".
const stateWidth = 10

// peerColumns are the columns of the peers; the last ones only where there is room.
var peerColumns = []table.Column{
	{Title: "ID", Width: 2},
	{Title: "ADDRESS", Width: 18, Flex: 1},
	{Title: "STATE", Width: stateWidth},
	{Title: "RTT", Width: 5, Right: true, Yield: 1},
	{Title: "", Width: 4, Yield: 4},
	{Title: "LOSS", Width: 5, Right: true, Yield: 3},
	{Title: "PATH", Width: 7, Yield: 2},
	{Title: "SENT", Width: 6, Right: true, Yield: 5},
	{Title: "RECEIVED", Width: 8, Right: true, Yield: 5},
	{Title: "HANDSHAKE", Width: 9, Right: true, Yield: 6},
	{Title: "", Width: 16, Flex: 1, Yield: 7},
}

// peerCells are the cells of a peer, one for each of peerColumns.
func peerCells(c *page.Context, p status.Peer) []string {
	t := c.Theme
	glyph, word, style := peerState(t, p)
	state := glyph + " " + word
	if age := " " + figures.Age(c.Now(), p.Since); !p.Since.IsZero() && text.Width(state+age) <= stateWidth {
		state += age
	}
	rtt, loss := "", ""
	if p.RTTms > 0 && len(p.Path) > 0 { // else it is what it was before
		rtt, loss = text.Ms(p.RTTms), text.Percent(p.Loss)
	}
	why := ""
	if p.Reason != "" {
		why = style.Render(reason(p.Reason))
	}
	return []string{
		fmt.Sprintf("#%d", p.ID), p.Address, style.Render(state), rtt, rttLine(t, p, 4), loss, way(t, p, "", " "),
		figures.Bytes(p.TxBytes), figures.Bytes(p.RxBytes), figures.Since(c.Now(), p.LastHandshake), why,
	}
}

// rttLine draws the round trips so that a steady one is low and one three times as long is a full bar.
func rttLine(t *theme.Theme, p status.Peer, width int) string {
	if len(p.RTTHistory) == 0 {
		return ""
	}
	return sparkline.Scaled(t, p.RTTHistory, width, 3*slices.Min(p.RTTHistory))
}

// peerState is the state of a peer as a glyph with a word.
func peerState(t *theme.Theme, p status.Peer) (glyph, word string, style lipgloss.Style) {
	switch p.State {
	case status.Up:
		return t.Glyph.Up, "up", t.Good
	case status.Suspect:
		return t.Glyph.Half, "suspect", t.Warn
	case status.Init:
		return t.Glyph.Half, "one way", t.Warn
	case status.Unresolved:
		return t.Glyph.Down, "no name", t.Bad
	case status.Down:
		if p.Reason == string(status.KeysetMissing) {
			return t.Glyph.Waiting, "waiting", t.Dim
		}
		return t.Glyph.Down, "down", t.Bad
	}
	return t.Glyph.Waiting, "not set", t.Dim
}

// way is the path to a peer in few words: direct, or through whom.
func way(t *theme.Theme, p status.Peer, self, between string) string {
	switch {
	case len(p.Path) < 2:
		return t.Dim.Render("none")
	case len(p.Path) == 2:
		return "direct"
	}
	return self + "via " + figures.IDs(p.Path[1:len(p.Path)-1], between)
}

// unset lists the rows of the license that no controller is set for; empty: there are none.
func unset(s *status.Snapshot) string {
	var ids []int
	for _, p := range s.Peers {
		if p.State == status.NotSet && !p.Self {
			ids = append(ids, p.ID)
		}
	}
	switch n := len(ids); {
	case n == 0:
		return ""
	case n > 2 && ids[n-1]-ids[0] == n-1:
		return fmt.Sprintf("#%d–#%d not set", ids[0], ids[n-1])
	}
	return figures.IDs(ids, " ") + " not set"
}

// unseen says what of the table has no line of its own: peers beyond the window, rows not set.
func (p *Page) unseen(pl plan) string {
	rest := unset(p.seen)
	if more := len(p.rows) - pl.peers; more > 0 {
		rest = strings.TrimSpace(fmt.Sprintf("%s%s %d more  %s", p.c.Theme.Glyph.ScrollUp, p.c.Theme.Glyph.ScrollDown, more, rest))
	}
	return rest
}

// peersBlock draws the peers, or says calmly that there are none.
func (p *Page) peersBlock(pl plan) []string {
	t := p.c.Theme
	rest := p.unseen(pl)
	if len(p.rows) == 0 {
		line := " Peers: none"
		if rest != "" {
			line += t.Dim.Render("   " + rest)
		}
		return []string{line}
	}
	lines := strings.Split(p.peers.View(func(i int) []string { return peerCells(p.c, p.rows[i]) }), "\n")
	if rest != "" {
		lines = append(lines, t.Dim.Render(" "+rest))
	}
	return lines
}
