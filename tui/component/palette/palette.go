// Package palette is the list of everything that can be done, opened by `:`, narrowed by typing.
package palette

import (
	"cmp"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/component/form"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// Item is one thing that can be done.
type Item struct {
	Name  string // "keyset fetch"
	About string
	Run   tea.Cmd
	Why   string // why it cannot be done now; empty: it can
	Page  bool   // it opens a page
}

// nameWidth is how wide the column of the names is.
const nameWidth = 24

// Model is the palette, a dialog.
type Model struct {
	page  *page.Context
	input textinput.Model
	items []Item
	found []Item
	at    int
	top   int
}

// New makes a palette of the items.
func New(c *page.Context, items []Item) *Model {
	m := &Model{page: c, input: form.NewInput(c.Theme), items: items, found: items}
	m.input.Prompt = ": "
	m.input.Placeholder = "type a command or a page"
	m.input.Focus()
	return m
}

// Init does nothing.
func (m *Model) Init() tea.Cmd { return nil }

// Update narrows the list, moves in it and runs what was chosen.
func (m *Model) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		if msg.Button == tea.MouseWheelUp {
			m.move(-1)
		} else {
			m.move(1)
		}
	case page.Click:
		if row := m.top + msg.Y - 3; msg.Y >= 3 && row < len(m.found) && strings.Contains(msg.Line, m.found[row].Name) {
			m.at = row
			return m.run()
		}
	case tea.PasteMsg:
		m.narrow(msg)
	case tea.KeyPressMsg:
		switch msg.String() {
		case "esc":
			return nil, true
		case "enter":
			return m.run()
		case "up", "ctrl+p", "shift+tab":
			m.move(-1)
		case "down", "ctrl+n", "tab":
			m.move(1)
		case "pgup":
			m.move(-10)
		case "pgdown":
			m.move(10)
		default:
			m.narrow(msg)
		}
	}
	return nil, false
}

func (m *Model) run() (tea.Cmd, bool) {
	if m.at >= len(m.found) || m.found[m.at].Why != "" {
		return nil, false
	}
	return m.found[m.at].Run, true
}

func (m *Model) move(by int) { m.at = max(min(m.at+by, len(m.found)-1), 0) }

// narrow keeps the items that have all words typed; those that begin with them come first, and so does
// a page of which a later word does: to look comes before to change.
func (m *Model) narrow(msg tea.Msg) {
	m.input, _ = m.input.Update(msg)
	words := strings.ToLower(strings.TrimSpace(m.input.Value()))
	var first, rest []Item
	for _, item := range m.items {
		name := strings.ToLower(item.Name)
		switch {
		case strings.HasPrefix(name, words), item.Page && strings.Contains(name, " "+words):
			first = append(first, item)
		case status.Matches(words, item.Name+" "+item.About):
			rest = append(rest, item)
		}
	}
	m.found, m.at, m.top = append(first, rest...), 0, 0
}

// View draws the palette.
func (m *Model) View(width, height int) string {
	t := m.page.Theme
	width, height = min(width, 76), min(height, 18)
	inner, room := dialog.Inner(width), max(height-4, 1)
	form.Style(&m.input, t)
	m.input.SetWidth(inner - 3)
	lines := []string{m.input.View(), t.Border.Render(strings.Repeat(t.Glyph.Rule, inner))}
	foot := m.whole(inner)
	if len(foot) > room-4 { // the list comes first
		foot = nil
	}
	room -= len(foot)
	m.top = max(min(m.top, m.at), m.at-room+1)
	for i := m.top; i < min(m.top+room, len(m.found)); i++ {
		item := m.found[i]
		about := t.Dim.Render(item.about())
		mark, name := " ", item.Name
		if i == m.at {
			mark, name = t.Accent.Render(t.Glyph.Cursor), t.Selected.Render(item.Name)
		} else if item.Why != "" {
			name = t.Dim.Render(name)
		}
		lines = append(lines, mark+text.Fit(name, nameWidth)+" "+about)
	}
	if len(m.found) == 0 {
		lines = append(lines, t.Dim.Render(" nothing matches; esc closes"))
	}
	for len(lines) < height-2-len(foot) {
		lines = append(lines, "")
	}
	lines = append(lines, foot...)
	return dialog.Box(t, "Commands", lines, width, height)
}

// whole is what the list says of the selected item, where it has no room for all of it.
func (m *Model) whole(inner int) []string {
	if m.at >= len(m.found) {
		return nil
	}
	about := m.found[m.at].about()
	if text.Width(about) <= inner-nameWidth-2 {
		return nil
	}
	return append([]string{m.page.Theme.Border.Render(strings.Repeat(m.page.Theme.Glyph.Rule, inner))}, text.Wrap(about, inner)...)
}

// about is what the item does, or why it cannot be done now.
func (i Item) about() string { return cmp.Or(i.Why, i.About) }

// ShortHelp names the keys.
func (m *Model) ShortHelp() []key.Binding {
	return []key.Binding{page.Bind("↑↓", "choose", "up"), page.Bind("enter", "run", "enter"), page.Bind("esc", "close", "esc")}
}

// FullHelp is ShortHelp.
func (m *Model) FullHelp() [][]key.Binding { return [][]key.Binding{m.ShortHelp()} }
