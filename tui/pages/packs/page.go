// Package packs is the page Clientpacks.
package packs

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/tui/page"
)

// Page is the page.
type Page struct {
	c             *page.Context
	width, height int
}

// New makes the page.
func New(c *page.Context) *Page { return &Page{c: c} }

// Init looks at the snapshot.
func (p *Page) Init() tea.Cmd { return nil }

// SetSize says how much room there is.
func (p *Page) SetSize(width, height int) { p.width, p.height = width, height }

// Note is the remark beside the breadcrumb.
func (p *Page) Note() string { return "" }

// Typing says that keys go into an input.
func (p *Page) Typing() bool { return false }

// Update handles a message.
func (p *Page) Update(tea.Msg) (tea.Cmd, bool) { return nil, false }

// View draws the page.
func (p *Page) View() string { return "" }

// ShortHelp names the keys.
func (p *Page) ShortHelp() []key.Binding { return nil }

// FullHelp names all keys.
func (p *Page) FullHelp() [][]key.Binding { return nil }
