// Package settings is the page Settings: the names of this controller and its topology, its clock
// sources, and how this console looks. Looks apply at once; everything is kept in the file.
package settings

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/tui/page"
)

// Page is the page.
type Page struct {
	c             *page.Context
	width, height int
	of            *status.Snapshot
	cursor        int
	reload        key.Binding
}

// New makes the page.
func New(c *page.Context) *Page {
	return &Page{c: c, of: c.Snapshot, reload: page.Bind("r", "read the file again", "r")}
}

// Init looks at the snapshot.
func (p *Page) Init() tea.Cmd {
	p.of = p.c.Snapshot
	return nil
}

// SetSize says how much room there is.
func (p *Page) SetSize(width, height int) { p.width, p.height = width, height }

// Typing is never so here: values are typed in a dialog.
func (p *Page) Typing() bool { return false }

// Note says whether changes can be kept.
func (p *Page) Note() string {
	if !p.of.Config.Writable {
		return p.c.Theme.Warn.Render("the file is read-only")
	}
	return ""
}

// Update handles a message.
func (p *Page) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case page.Refreshed:
		p.of = p.c.Snapshot
		return nil, true
	case page.Reply:
		return p.replied(msg), true
	case page.Invoke:
		return p.invoke(msg.Action), true
	case tea.MouseClickMsg:
		return p.click(msg.Y), true
	case tea.KeyPressMsg:
		return p.press(msg)
	}
	return nil, false
}

func (p *Page) press(k tea.KeyPressMsg) (tea.Cmd, bool) {
	keys, s := p.c.Keys, settings[p.cursor]
	switch {
	case key.Matches(k, keys.Up):
		p.cursor = max(p.cursor-1, 0)
	case key.Matches(k, keys.Down):
		p.cursor = min(p.cursor+1, len(settings)-1)
	case key.Matches(k, keys.Enter):
		return s.enter(p), true
	case key.Matches(k, keys.Right) && s.turn != nil:
		return s.turn(p, 1), true
	case key.Matches(k, keys.Left) && s.turn != nil:
		return s.turn(p, -1), true
	case key.Matches(k, keys.Copy):
		return page.Copy(s.label, s.value(p)), true
	case key.Matches(k, p.reload):
		return p.c.Do(p, control.ConfigReload{}), true
	default:
		return nil, false
	}
	return nil, true
}

// click moves the cursor to the setting in line y, and changes it if the cursor is there already.
func (p *Page) click(y int) tea.Cmd {
	_, lines := p.draw()
	for i, at := range lines {
		if at != y {
			continue
		}
		if p.cursor == i {
			return settings[i].enter(p)
		}
		p.cursor = i
	}
	return nil
}

// invoke begins an action that the palette sent here.
func (p *Page) invoke(action string) tea.Cmd {
	switch action {
	case control.ConfigSet{}.Action():
		return settings[p.cursor].enter(p)
	case control.ConfigReload{}.Action():
		return p.c.Do(p, control.ConfigReload{})
	}
	return nil
}

// replied says what came of an action. What looks at once changed and could not be kept says so.
func (p *Page) replied(r page.Reply) tea.Cmd {
	switch _, reload := r.Request.(control.ConfigReload); {
	case r.Err != nil && reload:
		return page.Toast(status.Error, r.Err.Error())
	case r.Err != nil:
		return page.Toast(status.Warn, "It holds until this console ends; it was not kept: "+r.Err.Error())
	case reload:
		return page.Toast(status.Info, "The file was read again.")
	}
	return nil
}

// ShortHelp names the keys.
func (p *Page) ShortHelp() []key.Binding {
	k := p.c.Keys
	help := []key.Binding{page.Bind("↑↓", "move", append(k.Up.Keys(), k.Down.Keys()...)...), page.As(k.Enter, "change")}
	if settings[p.cursor].turn != nil {
		help = append(help, page.Bind("←→", "choose", append(k.Left.Keys(), k.Right.Keys()...)...))
	}
	return append(help, p.reload)
}

// FullHelp names all keys.
func (p *Page) FullHelp() [][]key.Binding {
	k := p.c.Keys
	return [][]key.Binding{{k.Up, k.Down, page.As(k.Enter, "change"), page.As(k.Left, "the one before"), page.As(k.Right, "the next")}, {k.Copy, p.reload}}
}
