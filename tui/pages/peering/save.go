package peering

import (
	"errors"
	"fmt"
	"net/netip"

	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/peering"
	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/page"
)

// confirmed says that the changes were seen and are to be saved.
type confirmed struct{}

// problems is what is wrong with the table as edited, by the rules that the controller itself uses.
func (p *Page) problems() peering.Problems {
	c := p.page.Snapshot.Controller
	listen, _ := netip.ParseAddr(c.Listen)
	return peering.Check(p.draft.table, peering.Rules{
		Licensed: p.licensed(), Listen: listen, Strict: true,
		IsLocal: func(a netip.Addr) bool { return a.String() == c.PrivateAddress || a.String() == c.PublicAddress },
	})
}

// barred tells why this console may not change the table; nil: it may.
func (p *Page) barred() tea.Cmd { return p.page.Refuse(control.PeeringSet{}) }

// save asks to see what will happen; it does not begin while the table is wrong.
func (p *Page) save() tea.Cmd {
	errs := p.problems().Errors()
	switch {
	case p.saving:
		return nil
	case p.barred() != nil:
		return p.barred()
	case len(p.draft.rows()) == 0:
		return page.Note("nothing to save: the table is as it runs")
	case len(errs) > 0:
		if rows := errs[0].Rows; len(rows) > 0 && errs[0].Code != peering.NoSelf {
			p.cursor = min(rows[0], p.count()) - 1
		}
		return page.Toast(status.Error, "cannot save: "+errs[0].Text)
	}
	return page.Open(dialog.NewConfirm(p.page, dialog.Question{
		Title: "Save changes?", Points: p.consequences(), Text: p.others(), Yes: "Save changes", Harmless: p.harmless(),
		Then: page.Address(p, func() tea.Msg { return confirmed{} }),
	}))
}

// harmless says that saving ends no tunnel, changes no identity and overwrites nobody's edit.
func (p *Page) harmless() bool {
	for _, c := range peering.Diff(p.draft.base, p.draft.table) {
		if c.From.Kind != peering.NotSet || p.draft.theirs[c.ID] {
			return false
		}
	}
	return true
}

// consequences says what saving does, row by row.
func (p *Page) consequences() []dialog.Point {
	t := p.page.Theme
	var points []dialog.Point
	warn := func(s string) { points = append(points, dialog.Point{Sign: t.Warn.Render(t.Glyph.Warning), Text: s}) }
	for _, c := range peering.Diff(p.draft.base, p.draft.table) {
		points = append(points, dialog.Point{Sign: t.Accent.Render(t.Glyph.Cursor), Text: c.String()})
		if p.draft.theirs[c.ID] {
			warn(fmt.Sprintf("row %d was changed meanwhile by somebody else; saving overwrites that", c.ID))
		}
		if p.probed(c.ID) {
			switch f, bad := p.probes[c.ID].worst(); {
			case p.probes[c.ID].busy:
				warn(fmt.Sprintf("the address of row %d is still being checked", c.ID))
			case bad && f.Verdict == "error":
				warn(f.Text)
			}
		}
	}
	for _, w := range p.problems().Warnings() {
		warn(w.Text)
	}
	if !p.page.Snapshot.Controller.KeysetPresent {
		warn("there is no keyset yet: the table is saved and waits for it")
	}
	return points
}

// others says what saving does to the tunnels of the rows that do not change.
func (p *Page) others() string {
	switch was, is := p.draft.base.Self(), p.draft.table.Self(); {
	case was == 0 || was == is:
		return "Tunnels of rows that do not change go on undisturbed."
	case is == 0:
		return "All tunnels of this controller end."
	}
	return "All tunnels of this controller end, as its ID changes. They start anew once the others list it under the new one."
}

// send saves the rows that were edited, all or none.
func (p *Page) send() tea.Cmd {
	rows := map[int]peering.Row{}
	for _, id := range p.draft.rows() {
		rows[id] = p.draft.table[id]
	}
	if len(rows) == 0 || p.saving {
		return nil
	}
	p.saving, p.refused = true, ""
	return p.page.Do(p, control.PeeringSet{Rows: rows, Version: p.draft.version, Strict: true})
}

// replied goes on after a save: on to Runtime Status, or why it did not happen.
func (p *Page) replied(r page.Reply) tea.Cmd {
	saved, set := r.Request.(control.PeeringSet)
	if !set {
		if r.Err != nil {
			return page.Toast(status.Error, r.Err.Error())
		}
		if accepted, is := r.Request.(control.PeeringAccept); is {
			return page.Toast(status.Info, fmt.Sprintf("controller %d is accepted: its row has its address", accepted.ID))
		}
		return page.Toast(status.Info, "done: "+r.Request.Action())
	}
	p.saving = false
	if r.Err == nil {
		p.draft.saved(saved.Rows)
		p.news = nil
		p.page.SavedPeering = p.page.Now()
		return page.Go(page.Runtime)
	}
	p.refused = r.Err.Error()
	var known *control.Error
	if errors.As(r.Err, &known) && known.Kind == control.Conflict {
		p.refused = "Not saved: the table was changed meanwhile. Your edits are kept; look at the rows, then save again."
		return p.refresh()
	}
	return nil
}

// button is one of the buttons below the rows.
type button struct {
	label string
	off   bool
	do    func() tea.Cmd
}

func (p *Page) buttons() []button {
	edited := len(p.draft.rows()) > 0
	all := []button{
		{"Save changes", !edited || len(p.problems().Errors()) > 0 || p.barred() != nil, p.save},
		{"Undo", !edited, func() tea.Cmd { p.undo(); return nil }},
	}
	if s := p.page.Snapshot.Suggestion; s != nil {
		all = append(all, button{"Use " + suggester(s) + " table", p.barred() != nil, p.useSuggestion})
	}
	return all
}

// suggester names whose table is proposed: "controller 1's".
func suggester(s *status.Suggestion) string {
	for id := range s.Table.Rows() {
		if s.Table[id].Address == s.From {
			return fmt.Sprintf("controller %d's", id)
		}
	}
	return "the source's"
}
