package peering

import (
	"fmt"
	"strings"

	"vns3/peering"
	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/text"
)

// rowWords is what stands beside a row: the verdict, else what runs instead of the edit, or what a key
// would do there.
func (p *Page) rowWords(id int) string {
	t := p.page.Theme
	words := p.verdictWords(id)
	switch {
	case words != "":
	case p.draft.changed(id):
		words = t.Dim.Render("runs: " + p.draft.base[id].String())
	case p.row() == id && p.list == nil && p.draft.table[id].Kind == peering.NotSet && p.draft.table.Self() == 0 && p.barred() == nil:
		words = t.Dim.Render("i: this instance")
	}
	return words
}

// verdictWords is what is wrong with the edit, what a check of it found, or how the peer is.
func (p *Page) verdictWords(id int) string {
	t, row := p.page.Theme, p.draft.table[id]
	if p.draft.theirs[id] {
		return t.Warn.Render(t.Glyph.Warning) + " now " + p.draft.base[id].String()
	}
	if words, wrong := p.problemWords(id); wrong {
		return words
	}
	switch {
	case row.Kind == peering.Self && !p.draft.changed(id):
		return t.Dim.Render(p.page.Snapshot.Controller.OverlayAddress)
	case p.probed(id):
		return p.short(p.probes[id])
	case p.draft.changed(id):
		return ""
	case row.Kind == peering.Address:
		return p.peerWords(id)
	case p.wantsToPeer(id):
		return t.Accent.Render(t.Glyph.Half) + " wants to peer: a"
	}
	return ""
}

// probed says that the row was checked as it stands.
func (p *Page) probed(id int) bool {
	pr, known := p.probes[id]
	return known && pr.address == p.draft.table[id].Address && p.draft.changed(id)
}

// problemWords says at the row what is wrong with it.
func (p *Page) problemWords(id int) (string, bool) {
	t := p.page.Theme
	for _, problem := range p.problems() {
		for _, row := range problem.Rows {
			if row != id {
				continue
			}
			switch problem.Code {
			case peering.TwoSelves:
				return t.Bad.Render(t.Glyph.Down) + " said in another row too", true
			case peering.DuplicateAddress:
				return t.Bad.Render(t.Glyph.Down) + " also in " + rowsNamed(without(problem.Rows, id)), true
			case peering.OwnAddress:
				return t.Bad.Render(t.Glyph.Down) + " is this controller", true
			case peering.BadAddress:
				return t.Bad.Render(t.Glyph.Down) + " not an address", true
			case peering.BeyondLicense:
				return t.Warn.Render(t.Glyph.Half) + fmt.Sprintf(" license full: %d of %[1]d", p.licensed()), true
			}
		}
	}
	return "", false
}

func without(ids []int, id int) []int {
	var rest []int
	for _, other := range ids {
		if other != id {
			rest = append(rest, other)
		}
	}
	return rest
}

// peer is the row as the controller sees it.
func (p *Page) peer(id int) (status.Peer, bool) {
	for _, peer := range p.page.Snapshot.Peers {
		if peer.ID == id {
			return peer, true
		}
	}
	return status.Peer{}, false
}

// peerWords is the state of a running row in a few words.
func (p *Page) peerWords(id int) string {
	t := p.page.Theme
	peer, known := p.peer(id)
	if !known {
		return ""
	}
	since := figures.Since(p.page.Now(), peer.Since)
	if astray(peer) {
		return t.Good.Render(t.Glyph.Up) + " up  " + t.Warn.Render(t.Glyph.Warning+" wrong address")
	}
	switch peer.State {
	case status.Up:
		return t.Good.Render(t.Glyph.Up) + " up " + since + "  " + t.Dim.Render(text.Ms(peer.RTTms))
	case status.Suspect:
		return t.Warn.Render(t.Glyph.Half) + " suspect " + since
	case status.Init:
		return t.Warn.Render(t.Glyph.Half) + " it does not hear us"
	case status.Unresolved:
		return t.Bad.Render(t.Glyph.Down) + " name does not resolve"
	case status.NotSet:
		return ""
	}
	if !p.page.Snapshot.Controller.KeysetPresent {
		return t.Dim.Render(t.Glyph.Waiting + " waiting for keyset")
	}
	words := t.Bad.Render(t.Glyph.Down) + " down " + since
	if n := len(peer.Path); n > 2 {
		words += fmt.Sprintf(", via #%d", peer.NextHop)
	}
	return words
}

// aboutPeer is why a running row is not up, or that it is up in spite of its address, and what to do.
func (p *Page) aboutPeer(id int) []string {
	t := p.page.Theme
	peer, known := p.peer(id)
	if !known || peer.State == status.Up && !astray(peer) || p.draft.changed(id) {
		return nil
	}
	reason, remedy := cause(p.page.Snapshot, peer)
	if reason == "" {
		return nil
	}
	lines := text.Hang("    "+t.Warn.Render(t.Glyph.Arrow)+" ", reason, p.width)
	if remedy != "" {
		lines = append(lines, text.Hang("    "+t.Strong.Render("Do")+" ", text.Sentence(remedy), p.width)...)
	}
	return lines
}

// astray says that the row's address does not lead to the peer, though the tunnel is up.
func astray(p status.Peer) bool { return p.State == status.Up && p.Reason == string(status.PeerAstray) }

// cause is why a peer is not as it should be, and what to do: what the doctor found, else what the
// warnings say; empty where nothing is known.
func cause(s *status.Snapshot, p status.Peer) (reason, remedy string) {
	for _, c := range p.Checks {
		if c.Verdict == "error" {
			return c.Text, c.Remedy
		}
	}
	for _, w := range s.Warnings {
		if w.Peer == p.ID && (p.Reason == "" || w.Code == p.Reason) {
			return firstOf(w.Text, w.Title), w.Remedy
		}
	}
	return "", ""
}

func firstOf(words ...string) string {
	for _, w := range words {
		if strings.TrimSpace(w) != "" {
			return w
		}
	}
	return ""
}
