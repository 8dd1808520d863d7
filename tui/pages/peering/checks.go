package peering

import (
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/peering"
	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/component/findings"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// settle is how long typing must pause before the address is looked up.
const settle = 400 * time.Millisecond

// probe is a check of an address, as a row would use it. Its generation tells it from those that were
// overtaken while they ran.
type probe struct {
	generation int
	address    string
	busy       bool
	findings   []control.Finding
	err        error
}

// checkDue says that typing paused.
type checkDue struct {
	id, generation int
}

// checked is the answer to a check.
type checked struct {
	id, generation int
	reply          page.Reply
}

// checkRow checks the address of a row in the background.
func (p *Page) checkRow(id int) tea.Cmd {
	row := p.draft.table[id]
	if row.Kind != peering.Address {
		delete(p.probes, id)
		return nil
	}
	p.last++
	p.probes[id] = probe{generation: p.last, address: row.Address, busy: true}
	return p.ask(id, p.probes[id])
}

// checkTyped checks what is being typed once typing pauses; syntax was checked by the drop-down.
func (p *Page) checkTyped(id int, typed string) tea.Cmd {
	address, err := peering.ParseAddress(typed)
	p.last++
	if err != nil {
		p.typed = probe{generation: p.last}
		return nil
	}
	due := checkDue{id, p.last}
	p.typed = probe{generation: p.last, address: address, busy: true}
	return page.Address(p, tea.Tick(settle, func(time.Time) tea.Msg { return due }))
}

func (p *Page) due(d checkDue) tea.Cmd {
	if d.generation != p.typed.generation {
		return nil
	}
	return p.ask(d.id, p.typed)
}

func (p *Page) ask(id int, pr probe) tea.Cmd {
	do := p.page.Do(p, control.PeeringCheck{ID: id, Address: pr.address, Self: p.draft.table.Self()})
	return func() tea.Msg {
		to := do().(page.To)
		return page.To{Who: to.Who, Msg: checked{id, pr.generation, to.Msg.(page.Reply)}}
	}
}

// found keeps the answer of a check that was not overtaken.
func (p *Page) found(c checked) {
	finish := func(pr probe) probe {
		pr.busy, pr.err = false, c.reply.Err
		if report, ok := c.reply.Value.(control.Report); ok {
			pr.findings = report.Findings
		}
		return pr
	}
	if c.generation == p.typed.generation {
		p.typed = finish(p.typed)
	}
	if pr, known := p.probes[c.id]; known && pr.generation == c.generation {
		p.probes[c.id] = finish(pr)
	}
}

// worst is the first finding that is not "ok", errors before warnings.
func (pr probe) worst() (control.Finding, bool) {
	for _, verdict := range []string{"error", "warning"} {
		for _, f := range pr.findings {
			if f.Verdict == verdict {
				return f, true
			}
		}
	}
	return control.Finding{}, false
}

// verdict is the result in a few words, with its glyph.
func (p *Page) verdict(pr probe) string {
	t := p.page.Theme
	switch f, bad := pr.worst(); {
	case pr.busy:
		return t.Accent.Render(t.Glyph.Half) + " checking …"
	case pr.err != nil:
		return t.Bad.Render(t.Glyph.Down) + " " + pr.err.Error()
	case bad && f.Verdict == "error":
		return t.Bad.Render(t.Glyph.Down) + " " + f.Text
	case bad:
		return t.Warn.Render(t.Glyph.Half) + " " + f.Text
	case len(pr.findings) == 0:
		return ""
	}
	if words := goodWords(pr); words != "" {
		return t.Good.Render(t.Glyph.Up) + " " + words
	}
	for _, f := range pr.findings {
		if f.Verdict == "unknown" && f.Text != "" {
			return t.Dim.Render(t.Glyph.Waiting + " valid; " + f.Text)
		}
	}
	return t.Dim.Render(t.Glyph.Waiting + " valid")
}

// goodWords says how much is known: that it answers, and that it has our keys; empty: neither.
func goodWords(pr probe) string {
	words := ""
	for _, f := range pr.findings {
		switch {
		case f.Verdict != "ok":
		case f.What == "keyset":
			return "answers, same keyset"
		case f.What == "port":
			words = "answers"
		}
	}
	return words
}

// shortWords are what is wrong in so few words that they fit beside the row; the whole stands below.
var shortWords = map[string]string{
	"name": "does not resolve", "port": "does not answer", "keyset": "another keyset", "id": "another controller",
	"peered": "not peered there yet", "clock": "its clock differs", "version": "another version",
}

// short is the verdict on a row in as few words as fit beside it.
func (p *Page) short(pr probe) string {
	t := p.page.Theme
	f, bad := pr.worst()
	words := shortWords[f.What]
	switch {
	case !pr.busy && pr.err == nil && !bad && len(pr.findings) > 0 && goodWords(pr) == "":
		return t.Dim.Render(t.Glyph.Waiting + " valid, not asked yet")
	case pr.busy || pr.err != nil || !bad || words == "":
		return p.verdict(pr)
	case f.Verdict == "error":
		return t.Bad.Render(t.Glyph.Down) + " " + words
	}
	return t.Warn.Render(t.Glyph.Half) + " " + words
}

// recheck checks again every row that was edited: what can be asked changed.
func (p *Page) recheck() tea.Cmd {
	var checks []tea.Cmd
	for _, id := range p.draft.rows() {
		checks = append(checks, p.checkRow(id))
	}
	return tea.Batch(checks...)
}

// showCheck checks a row and shows everything that was found: name, port, keyset, ID, whether we are peered
// there, clock; and of a row that runs what its tunnel shows besides, such as the MTU.
func (p *Page) showCheck(id int) tea.Cmd {
	row := p.draft.table[id]
	if row.Kind != peering.Address {
		return page.Note(fmt.Sprintf("row %d has no address to check", id))
	}
	d := newReport(p.page, id, row.Address, !p.draft.changed(id))
	return tea.Batch(page.Open(d), p.page.Do(d, control.PeeringCheck{ID: id, Address: row.Address, Self: p.draft.table.Self()}))
}

// report is the dialog with all findings about a row.
type report struct {
	*dialog.Message
	page  *page.Context
	id    int
	runs  bool        // the address is the one that runs
	reply *page.Reply // nil: still checking
}

func newReport(c *page.Context, id int, address string, runs bool) *report {
	r := &report{page: c, id: id, runs: runs}
	r.Message = dialog.NewLive(c, fmt.Sprintf("Check of controller %d, %s", id, address), r.lines)
	return r
}

// Update shows the findings once they are there.
func (r *report) Update(msg tea.Msg) (tea.Cmd, bool) {
	if reply, ok := msg.(page.Reply); ok {
		r.reply = &reply
		return nil, false
	}
	return r.Message.Update(msg)
}

func (r *report) lines(width int) []string {
	t := r.page.Theme
	switch {
	case r.reply == nil:
		return []string{t.Accent.Render(t.Glyph.Half) + " checking name, port, keyset and ID …"}
	case r.reply.Err != nil:
		return text.Hang(t.Bad.Render(t.Glyph.Down)+" ", r.reply.Err.Error(), width)
	}
	found, _ := r.reply.Value.(control.Report)
	checks := make([]status.Check, len(found.Findings))
	for i, f := range found.Findings {
		checks[i] = f.Check
	}
	checks = append(checks, r.besides(checks)...)
	if len(checks) == 0 {
		return []string{"nothing was found"}
	}
	return findings.Lines(t, checks, width)
}

// besides is what the controller knows of the tunnel that runs and the check from outside cannot see.
func (r *report) besides(found []status.Check) []status.Check {
	if !r.runs {
		return nil
	}
	var more []status.Check
	for _, p := range r.page.Snapshot.Peers {
		if p.ID != r.id {
			continue
		}
		for _, c := range p.Checks {
			if !slices.ContainsFunc(found, func(f status.Check) bool { return f.What == c.What }) {
				more = append(more, c)
			}
		}
	}
	return more
}
