package peering

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"vns3/peering"
	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/component/dropdown"
	"vns3/tui/page"
)

// rowItem is what an item of a row's drop-down sets.
type rowItem struct {
	row  peering.Row
	note string
}

// openList opens the drop-down of a row.
func (p *Page) openList(id int) {
	p.items = p.rowItems(id)
	o := dropdown.Options{
		Free:  dropdown.Item{Label: "address…", Note: "type an IP or a DNS name"},
		Check: func(s string) error { _, err := peering.ParseAddress(s); return err },
	}
	for i, item := range p.items {
		o.Items = append(o.Items, dropdown.Item{Label: item.row.String(), Note: item.note})
		if item.row == p.draft.table[id] {
			o.At = i
		}
	}
	if s := p.page.Snapshot.Suggestion; s != nil && p.draft.table[id].Kind == peering.NotSet {
		for i, item := range p.items {
			if item.row == s.Table[id] && item.row.Kind != peering.NotSet {
				o.At = i
			}
		}
	}
	p.list, p.typed = dropdown.New(p.page, o), probe{}
}

// rowItems are what a row may be set to, with why.
func (p *Page) rowItems(id int) []rowItem {
	self := rowItem{row: peering.Row{Kind: peering.Self}, note: "this controller has this ID"}
	if own := p.draft.table.Self(); own != 0 && own != id {
		self.note = fmt.Sprintf("now row %d; taking it moves it", own)
	}
	none := rowItem{note: "no tunnel to this controller"}
	var known []rowItem
	add := func(row peering.Row, note string) {
		for _, k := range known {
			if k.row == row {
				return
			}
		}
		if row.Kind == peering.Address {
			known = append(known, rowItem{row, note})
		}
	}
	if s := p.page.Snapshot.Suggestion; s != nil {
		note := s.Notes[id]
		switch s.Table[id].Kind {
		case peering.Self:
			if note != "" {
				self.note = note
			}
		case peering.Address:
			if note == "" {
				note = "listed by " + s.From
			}
			add(s.Table[id], note)
		}
	}
	add(p.draft.table[id], "as it is")
	add(p.draft.base[id], "as it runs")
	for _, c := range p.page.Snapshot.Controllers {
		if c.ID == id && !c.Self && len(c.Addresses) > 0 {
			add(peering.Row{Kind: peering.Address, Address: c.Addresses[0]}, "known from the mesh: "+c.Name)
		}
	}
	return append([]rowItem{self, none}, known...)
}

// choose hands a message to the open drop-down.
func (p *Page) choose(msg tea.Msg) (tea.Cmd, bool) {
	if click, ok := msg.(tea.MouseClickMsg); ok {
		if click.X < listIndent || click.X >= listIndent+p.listWidth() {
			p.list = nil
			return nil, true
		}
		return p.took(p.list.Click(click.Y-p.listTop(), p.listWidth())), true
	}
	result, choice := p.list.Update(msg)
	return p.took(result, choice), true
}

// took acts on what the drop-down says.
func (p *Page) took(result dropdown.Result, choice dropdown.Choice) tea.Cmd {
	id := p.row()
	switch result {
	case dropdown.Closed:
		p.list = nil
	case dropdown.Changed:
		return p.checkTyped(id, p.list.Text())
	case dropdown.Taken:
		p.list = nil
		if choice.Index < 0 {
			return p.setAddress(id, choice.Text)
		}
		item := p.items[choice.Index]
		if item.row.Kind == peering.Self {
			return p.chooseSelf(id)
		}
		p.draft.set(id, item.row)
		return p.checkRow(id)
	}
	return nil
}

func (p *Page) setAddress(id int, typed string) tea.Cmd {
	address, err := peering.ParseAddress(typed)
	if err != nil {
		return page.Toast(status.Error, err.Error())
	}
	p.draft.set(id, peering.Row{Kind: peering.Address, Address: address})
	if p.typed.address == address && !p.typed.busy {
		p.probes[id] = p.typed
		return nil
	}
	return p.checkRow(id)
}

// moveSelf makes another row "this instance".
type moveSelf struct{ to int }

// chooseSelf makes the row "this instance"; where another row is, it offers to move it.
func (p *Page) chooseSelf(id int) tea.Cmd {
	own := p.draft.table.Self()
	if own == 0 || own == id {
		p.draft.set(id, peering.Row{Kind: peering.Self})
		return p.recheck()
	}
	words := fmt.Sprintf(`Row %d says "this instance" now, and one row only may. Moving it makes row %d "not set".`, own, own)
	if running := p.draft.base.Self(); running != 0 && running != id {
		words += fmt.Sprintf("\n\nThis controller runs as controller %d. As controller %d it is a new one for the others: "+
			"each of them must list it in row %d.", running, id, id)
	}
	return page.Open(dialog.NewConfirm(p.page, dialog.Question{
		Title: fmt.Sprintf(`Move "this instance" to row %d?`, id), Text: words, Yes: "Move it",
		Then: page.Address(p, func() tea.Msg { return moveSelf{id} }),
	}))
}

func (p *Page) moved(to int) tea.Cmd {
	table, err := peering.MoveSelf(p.draft.table, to)
	if err != nil {
		return page.Toast(status.Error, err.Error())
	}
	p.draft.table = table
	return p.recheck()
}

// useSuggestion stages the table that came with a fetched keyset; what was edited by hand stays.
func (p *Page) useSuggestion() tea.Cmd {
	s := p.page.Snapshot.Suggestion
	if s == nil {
		return page.Note("no peering table came with the keyset")
	}
	if refused := p.barred(); refused != nil {
		return refused
	}
	for id := 1; id <= p.count(); id++ {
		if !p.draft.changed(id) && s.Table[id].Kind != peering.NotSet {
			p.draft.set(id, s.Table[id])
		}
	}
	return tea.Batch(p.recheck(), page.Toast(status.Info, "taken over from "+s.From+"; look, then save"))
}

// rowsNamed is "row 2" or "rows 2, 3".
func rowsNamed(ids []int) string {
	if len(ids) == 0 {
		return "no row"
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = fmt.Sprint(id)
	}
	if len(ids) == 1 {
		return "row " + names[0]
	}
	return "rows " + strings.Join(names, ", ")
}
