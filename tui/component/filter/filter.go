// Package filter is the line that `/` opens over a list. It holds the words; its owner applies them.
package filter

import (
	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"vns3/status"
	"vns3/tui/component/form"
	"vns3/tui/page"
)

// Model is a filter line.
type Model struct {
	keys  *page.Keys
	input textinput.Model
	page  *page.Context
	open  bool
}

// New makes an empty filter.
func New(c *page.Context) *Model {
	input := form.NewInput(c.Theme)
	input.Prompt = "/"
	return &Model{keys: c.Keys, input: input, page: c}
}

// Typing says that keys go into the filter.
func (m *Model) Typing() bool { return m.open }

// Active says that there is something to filter by.
func (m *Model) Active() bool { return m.input.Value() != "" }

// Value is what was typed.
func (m *Model) Value() string { return m.input.Value() }

// Clear empties the filter.
func (m *Model) Clear() {
	m.input.Reset()
	m.input.Blur()
	m.open = false
}

// Update opens the filter at `/`, types into it, closes it at enter and empties it at esc. used says
// that the key was the filter's; changed, that Value is another one.
func (m *Model) Update(msg tea.Msg) (used, changed bool) {
	before := m.Value()
	k, isKey := msg.(tea.KeyPressMsg)
	if _, paste := msg.(tea.PasteMsg); paste && m.open {
		m.input, _ = m.input.Update(msg)
		return true, m.Value() != before
	}
	switch {
	case !isKey:
		return false, false
	case !m.open && key.Matches(k, m.keys.Filter):
		m.open = true
		m.input.Focus()
	case !m.open && m.Active() && key.Matches(k, m.keys.Back):
		m.Clear()
	case !m.open:
		return false, false
	case key.Matches(k, m.keys.Back):
		m.Clear()
	case key.Matches(k, m.keys.Enter):
		m.open = false
		m.input.Blur()
	default:
		m.input, _ = m.input.Update(msg)
	}
	return true, m.Value() != before
}

// Matches says that each word typed occurs in text, in any case.
func (m *Model) Matches(text string) bool { return status.Matches(m.Value(), text) }

// View draws the filter in one line; empty while there is none.
func (m *Model) View(width int) string {
	if !m.open && !m.Active() {
		return ""
	}
	form.Style(&m.input, m.page.Theme)
	m.input.SetWidth(max(width-2, 1))
	return m.input.View()
}
