package peering

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/peering"
	"vns3/tui/page"
)

// bindings are the keys of this page alone.
type bindings struct {
	self, clear, check, accept, undo, undoAll, use, firewall key.Binding
}

func newBindings() bindings {
	return bindings{
		self:    page.Bind("i", "this instance", "i"),
		clear:   page.Bind("x", "not set", "x", "delete"),
		check:   page.Bind("c", "check", "c"),
		accept:  page.Bind("a", "accept", "a"),
		undo:    page.Bind("u", "undo row", "u"),
		undoAll: page.Bind("U", "undo all", "U"),
		use:     page.Bind("t", "use its table", "t"),

		firewall: page.Bind("f", "firewall", "f"),
	}
}

func (p *Page) press(k tea.KeyPressMsg) (tea.Cmd, bool) {
	keys, id := p.page.Keys, p.row()
	switch {
	case key.Matches(k, keys.Up):
		p.move(-1)
	case key.Matches(k, keys.Down), key.Matches(k, keys.Next):
		p.move(1)
	case key.Matches(k, keys.Left, keys.Previous) && id == 0:
		p.move(-1)
	case key.Matches(k, keys.Right) && id == 0:
		p.move(1)
	case key.Matches(k, keys.Top):
		p.cursor = 0
	case key.Matches(k, keys.Bottom):
		p.cursor = p.count()
	case key.Matches(k, keys.Save):
		return p.save(), true
	case key.Matches(k, p.keys.undoAll):
		p.undo()
	case key.Matches(k, p.keys.firewall):
		return p.showFirewall(), true
	case key.Matches(k, p.keys.use) && p.page.Snapshot.Suggestion != nil:
		return p.useSuggestion(), true
	case key.Matches(k, keys.Enter) && id == 0:
		return p.buttons()[p.cursor-p.count()].do(), true
	case id == 0:
		return nil, false
	default:
		return p.pressRow(k, id)
	}
	return nil, true
}

// pressRow handles the keys of a row.
func (p *Page) pressRow(k tea.KeyPressMsg, id int) (tea.Cmd, bool) {
	keys := p.page.Keys
	opens := key.Matches(k, keys.Enter) || k.String() == "space"
	switch {
	case key.Matches(k, p.keys.check):
		return p.showCheck(id), true
	case key.Matches(k, keys.Copy) && p.draft.table[id].Kind == peering.Address:
		return page.Copy(fmt.Sprintf("address of row %d", id), p.draft.table[id].Address), true
	case p.barred() != nil && (opens || key.Matches(k, p.keys.self, p.keys.clear, p.keys.accept)):
		return p.barred(), true
	case opens:
		p.openList(id)
	case key.Matches(k, p.keys.self):
		return p.chooseSelf(id), true
	case key.Matches(k, p.keys.clear):
		p.draft.set(id, peering.Row{})
	case key.Matches(k, p.keys.undo):
		p.draft.undo(id)
	case key.Matches(k, p.keys.accept) && p.wantsToPeer(id):
		return p.page.Do(p, control.PeeringAccept{ID: id}), true
	case key.Matches(k, p.keys.accept):
		return p.findWanting(), true
	case strings.Trim(k.Text, "0123456789") == "" && k.Text != "": // an address begins
		if refused := p.barred(); refused != nil {
			return refused, true
		}
		p.openList(id)
		return p.choose(k)
	default:
		return nil, false
	}
	return nil, true
}

// ShortHelp names the keys.
func (p *Page) ShortHelp() []key.Binding {
	if p.list != nil {
		return p.list.ShortHelp()
	}
	keys := p.page.Keys
	help := []key.Binding{page.Bind("↑↓", "row", "up")}
	if p.row() == 0 {
		return append(help, page.As(keys.Enter, "press"), keys.Save)
	}
	help = append(help, page.As(keys.Enter, "choose"))
	if p.wantsToPeer(p.row()) {
		help = append(help, p.keys.accept)
	}
	if p.Unsaved() != "" {
		help = append(help, keys.Save, p.keys.undo)
	}
	return append(help, p.keys.check, p.keys.firewall)
}

// FullHelp is all keys of the page.
func (p *Page) FullHelp() [][]key.Binding {
	keys := p.page.Keys
	return [][]key.Binding{
		{page.Bind("↑ ↓", "choose a row or a button", "up"), page.As(keys.Enter, "open the row's list, press the button"), keys.Save},
		{page.As(p.keys.self, `"this instance" in this row`), page.As(p.keys.clear, `"not set" in this row`),
			page.As(p.keys.check, "check the row: name, port, keyset, ID"), page.As(p.keys.accept, "accept a controller that wants to peer"),
			p.keys.undo, p.keys.undoAll, page.As(p.keys.use, "use the table that came with the keyset"), page.As(keys.Copy, "copy the address"),
			page.As(p.keys.firewall, "ports, and what this host's firewall does with them")},
	}
}
