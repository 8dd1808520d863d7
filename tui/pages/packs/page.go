// Package packs is the page Clientpacks: the configurations of client servers, who uses them, and
// everything that can be done with one.
package packs

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/tui/component/dialog"
	"vns3/tui/page"
)

// keys are the page's own bindings. Those that take something away are capitals.
type keys struct {
	next, export, code, enable, checkOut, tag, add key.Binding
	disconnect, regenerate, all                    key.Binding
}

// Page is the page.
type Page struct {
	c             *page.Context
	width, height int
	list          *list
	keys          keys
}

// New makes the page.
func New(c *page.Context) *Page {
	return &Page{c: c, list: newList(c), keys: keys{
		next: page.Bind("n", "hand out next", "n"), export: page.Bind("e", "export", "e"), code: page.Bind("c", "QR code", "c"),
		enable: page.Bind("d", "disable or enable", "d"), checkOut: page.Bind("o", "check out or in", "o"),
		tag: page.Bind("t", "tags", "t"), add: page.Bind("+", "add packs", "+"),
		disconnect: page.Bind("X", "disconnect", "X"), regenerate: page.Bind("R", "new key", "R"), all: page.Bind("A", "all packs…", "A"),
	}}
}

// Init looks at the snapshot.
func (p *Page) Init() tea.Cmd {
	p.list.refresh()
	return nil
}

// SetSize says how much room there is.
func (p *Page) SetSize(width, height int) {
	p.width, p.height = width, height
	p.list.setSize(width, height)
}

// Note says what is shown.
func (p *Page) Note() string { return p.list.note() }

// Typing says that keys go into the filter.
func (p *Page) Typing() bool { return p.list.filter.Typing() }

// Update handles a message.
func (p *Page) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case page.Refreshed:
		p.list.refresh()
		return nil, true
	case page.Reply:
		return p.replied(msg), true
	case page.Invoke:
		return p.invoke(msg.Action), true
	}
	if p.list.update(msg) {
		return nil, true
	}
	if k, is := msg.(tea.KeyPressMsg); is {
		return p.press(k)
	}
	return nil, false
}

func (p *Page) press(k tea.KeyPressMsg) (tea.Cmd, bool) {
	switch {
	case key.Matches(k, p.keys.next):
		return p.next(), true
	case key.Matches(k, p.keys.add):
		return p.add(), true
	case key.Matches(k, p.keys.all):
		return p.all(), true
	}
	pack := p.list.selected()
	if pack == nil {
		return nil, false
	}
	switch {
	case key.Matches(k, p.c.Keys.Enter):
		name := pack.Name
		return page.Open(dialog.NewLive(p.c, "Clientpack "+name, func(width int) []string { return p.detail(name, width) })), true
	case key.Matches(k, p.c.Keys.Copy):
		return page.Copy("clientpack", pack.Name), true
	case key.Matches(k, p.keys.export):
		return page.Open(newExport(p.c, pack.Name)), true
	case key.Matches(k, p.keys.code):
		return p.code(pack.Name), true
	case key.Matches(k, p.keys.enable):
		return p.enable(pack), true
	case key.Matches(k, p.keys.checkOut):
		return p.checkOut(pack), true
	case key.Matches(k, p.keys.tag):
		return p.tag(pack), true
	case key.Matches(k, p.keys.disconnect):
		return p.disconnect(pack), true
	case key.Matches(k, p.keys.regenerate):
		return p.regenerate(pack), true
	}
	return nil, false
}

// ShortHelp names the keys.
func (p *Page) ShortHelp() []key.Binding {
	k := p.c.Keys
	switch {
	case p.list.filter.Typing():
		return []key.Binding{page.As(k.Enter, "keep filter"), page.As(k.Back, "clear filter")}
	case p.list.selected() == nil:
		return []key.Binding{p.keys.next, k.Filter}
	}
	return []key.Binding{page.As(k.Enter, "detail"), p.keys.next, p.keys.export, p.keys.code, k.Filter, k.Sort, p.keys.tag}
}

// FullHelp names all keys.
func (p *Page) FullHelp() [][]key.Binding {
	k := p.c.Keys
	return [][]key.Binding{
		{page.As(k.Enter, "detail"), p.keys.next, p.keys.export, p.keys.code, p.keys.tag, p.keys.checkOut, p.keys.enable},
		{k.Filter, k.Sort, k.Copy, p.keys.add, p.keys.disconnect, p.keys.regenerate, p.keys.all},
	}
}
