// Package demo is the page Demo: it breaks a demonstration mesh on purpose and shows at once what comes
// of it. What a demonstration is it knows only as the interface Mesh.
package demo

import (
	"fmt"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/status"
	"vns3/tui/component/table"
	"vns3/tui/page"
)

// look is how often the mesh is looked at.
const look = 100 * time.Millisecond

var columns = []table.Column{
	{Title: "WHAT", Width: 14}, {Title: "FAULT", Width: 7}, {Title: "STATE", Width: 12},
	{Title: "RTT", Width: 6, Right: true, Yield: 1}, {Title: "PATH, CLIENTS", Width: 14, Flex: 1},
}

// Page is the page.
type Page struct {
	c             *page.Context
	mesh          Mesh
	state         State
	looking       bool // a look is on its way
	width, height int
	table         *table.Model

	enter, again                 key.Binding
	cut, oneWay, lossy, slow     key.Binding
	mend, kill, revive, drainKey key.Binding
}

// New makes the page of a mesh.
func New(c *page.Context, mesh Mesh) *Page {
	p := &Page{
		c: c, mesh: mesh, table: table.New(c, columns...),
		enter: page.As(c.Keys.Enter, "break or mend"), again: page.Bind("n", "measure anew", "n"),
		cut: page.Bind("c", "cut", "c"), oneWay: page.Bind("o", "one-way", "o"), lossy: page.Bind("l", "lossy", "l"), slow: page.Bind("s", "slow", "s"),
		mend: page.Bind("f", "mend", "f"), kill: page.Bind("K", "kill", "K"), revive: page.Bind("R", "revive", "R"), drainKey: page.Bind("D", "drain or undo", "D"),
	}
	p.see(mesh.State())
	return p
}

// seen is a look at the mesh; done is one after an action.
type (
	seen struct{ state State }
	done struct {
		state State
		err   error
	}
)

// Init looks at the mesh from now on.
func (p *Page) Init() tea.Cmd {
	if p.looking {
		return nil
	}
	p.looking = true
	return p.next()
}

// next looks again after a moment. It goes on while another page is shown, so that a killed controller,
// which publishes nothing, does not stop it.
func (p *Page) next() tea.Cmd {
	mesh := p.mesh
	return page.Address(p, tea.Tick(look, func(time.Time) tea.Msg { return seen{mesh.State()} }))
}

func (p *Page) see(s State) {
	p.state = s
	p.table.SetRows(len(s.Controllers) + len(s.Links))
	p.fit()
}

// SetSize says how much room there is.
func (p *Page) SetSize(width, height int) {
	p.width, p.height = width, height
	p.fit()
}

// Typing is never so here.
func (p *Page) Typing() bool { return false }

// Note says what is broken now.
func (p *Page) Note() string {
	t := p.c.Theme
	dead, broken := 0, 0
	for _, c := range p.state.Controllers {
		if !c.Alive {
			dead++
		}
	}
	for _, l := range p.state.Links {
		if l.Fault != Fair {
			broken++
		}
	}
	switch {
	case dead > 0:
		return t.Bad.Render(fmt.Sprintf("%d of %d controllers dead", dead, len(p.state.Controllers)))
	case broken > 0:
		return t.Warn.Render(fmt.Sprintf("%d of %d links broken", broken, len(p.state.Links)))
	}
	return t.Good.Render("nothing is broken")
}

// Update handles a message.
func (p *Page) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case seen:
		if !p.c.Paused {
			p.see(msg.state)
		}
		return p.next(), true
	case done:
		p.see(msg.state)
		if msg.err != nil {
			return page.Toast(status.Error, msg.err.Error()), true
		}
		return nil, true
	case tea.KeyPressMsg:
		if cmd := p.press(msg); cmd != nil {
			return cmd, true
		}
	}
	return nil, p.table.Update(msg)
}

// ShortHelp names the keys for what is chosen.
func (p *Page) ShortHelp() []key.Binding {
	if c, ok := p.controller(); ok {
		if !c.Alive {
			return []key.Binding{p.revive, p.again}
		}
		return []key.Binding{p.kill, p.drainKey, p.again}
	}
	return []key.Binding{p.cut, p.mend, p.oneWay, p.lossy, p.slow, p.again}
}

// FullHelp names all keys.
func (p *Page) FullHelp() [][]key.Binding {
	return [][]key.Binding{
		{p.c.Keys.Up, p.c.Keys.Down, p.enter, p.again},
		{p.cut, p.oneWay, p.lossy, p.slow, p.mend},
		{p.kill, p.revive, p.drainKey},
	}
}
