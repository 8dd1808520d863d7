package runtime

import (
	"cmp"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/dialog"
	"vns3/tui/component/findings"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// sentence is a warning in one sentence: what holds here and now, else what the registry calls it.
func sentence(w status.Warning) string { return cmp.Or(w.Text, w.Title) }

// warningLines draws one warning: the sentence, and what to do. What only informs has one line on
// a controller that works; enter has all.
func (p *Page) warningLines(i int) []string {
	t, w := p.c.Theme, p.warnings[i]
	glyph, style := findings.Severity(t, w.Severity)
	selected := p.cursor == spot{onWarnings, i}
	if selected {
		glyph, style = t.Glyph.Cursor, t.Selected
	}
	wants := p.mayAccept(w) // somebody waits for an answer
	if w.Severity == status.Info && p.seen.Controller.KeysetPresent && !wants {
		return []string{style.Render(text.Cut(glyph+" "+sentence(w), p.width, t.Glyph.Ellipsis))}
	}
	lines := text.Hang(glyph+" ", sentence(w), p.width)
	for j := range lines {
		lines[j] = style.Render(lines[j])
	}
	switch {
	case wants:
		return append(lines, text.Cut("  Enter here accepts it.", p.width, t.Glyph.Ellipsis))
	case w.Remedy == "":
		return lines
	}
	return append(lines, text.Hang("  ", text.Sentence(w.Remedy), p.width)...)
}

// mayAccept says that the warning is of a controller that wants to peer, and may be accepted here.
func (p *Page) mayAccept(w status.Warning) bool {
	return w.Code == string(status.PeerWantsToPeer) && p.c.Why(control.PeeringAccept{}.Action()) == ""
}

// openWarning shows a warning whole. What it is about is one step away: the peer's checks, or the
// controller that wants to peer.
func (p *Page) openWarning(w status.Warning) tea.Cmd {
	if p.mayAccept(w) {
		return page.Open(dialog.NewConfirm(p.c, dialog.Question{
			Title: "Accept a peer", Yes: "Accept",
			Text: sentence(w) + " Accepting gives row " + fmt.Sprint(w.Peer) + " its address.",
			Then: p.c.Do(p, control.PeeringAccept{ID: w.Peer}),
		}))
	}
	if w.Peer != 0 && p.known(w.Peer) {
		return p.openPeer(w.Peer)
	}
	return page.Open(dialog.NewLive(p.c, w.Title, func(width int) []string {
		t := p.c.Theme
		var lines []string
		if w.Text != "" {
			lines = append(text.Wrap(w.Text, width), "")
		}
		if c, is := condition(w.Code); is && c.Meaning != "" {
			lines = append(text.Hang(t.Dim.Render("What   "), c.Meaning, width), lines...)
		}
		if w.Remedy != "" {
			lines = append(lines, text.Hang(t.Accent.Render("Do     "), text.Sentence(w.Remedy), width)...)
		}
		return append(lines, t.Dim.Render("Since  ")+text.Clock(p.c.Now(), w.Since)+", "+figures.Since(p.c.Now(), w.Since))
	}))
}

func (p *Page) known(id int) bool {
	for _, peer := range p.rows {
		if peer.ID == id {
			return true
		}
	}
	return false
}

// condition is the registry's entry of a code, if there is one: an older console may meet a newer engine.
func condition(code string) (status.Condition, bool) {
	for _, c := range status.Conditions {
		if string(c.Code) == code {
			return c, true
		}
	}
	return status.Condition{}, false
}

// reason is a warning code in words: the registry's title; a code that is not in it is shown as it is.
func reason(code string) string {
	if c, is := condition(code); is {
		return strings.ToLower(c.Title[:1]) + c.Title[1:]
	}
	return code
}
