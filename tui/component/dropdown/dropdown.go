// Package dropdown is the list that a closed choice `[not set ▾]` opens as a pop-up. Typing narrows
// it; where a free text is allowed, what was typed can be taken itself. It holds no value: it says
// what was chosen.
package dropdown

import (
	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"vns3/status"
	"vns3/tui/component/form"
	"vns3/tui/page"
)

// Item is one thing to choose.
type Item struct {
	Label string
	Note  string // why it is proposed, or what it means
}

// Options make a drop-down.
type Options struct {
	Items []Item
	At    int // index of the item that is selected first

	// Free, if its Label is set, stands last and takes what is typed.
	Free  Item
	Check func(text string) error // refuses a typed text with the reason
}

// Choice is what was taken: an item, or with Index -1 the typed Text.
type Choice struct {
	Index int
	Text  string
}

// Result is what became of a key.
type Result uint8

// The results.
const (
	Open    Result = iota // still open
	Changed               // still open; the typed text changed
	Taken
	Closed
)

// Model is an open drop-down.
type Model struct {
	page    *page.Context
	options Options
	input   textinput.Model
	shown   []int // indexes of the items that match; len(options.Items) is the free one
	at      int   // index into shown
	touched bool  // a wrong text was tried to be taken
}

// New opens a drop-down.
func New(c *page.Context, o Options) *Model {
	m := &Model{page: c, options: o, input: form.NewInput(c.Theme)}
	m.input.Placeholder = o.Free.Note
	m.input.Focus()
	m.narrow()
	m.at = min(max(o.At, 0), len(m.shown)-1)
	return m
}

// Text is what was typed.
func (m *Model) Text() string { return m.input.Value() }

// Err is why what was typed cannot be taken; nil: it can, or nothing was typed.
func (m *Model) Err() error {
	if m.Text() == "" || m.options.Check == nil {
		return nil
	}
	return m.options.Check(m.Text())
}

// Update moves, narrows, takes or closes.
func (m *Model) Update(msg tea.Msg) (Result, Choice) {
	none := Choice{Index: -1}
	switch msg := msg.(type) {
	case tea.PasteMsg:
		return m.typed(msg), none
	case tea.KeyPressMsg:
		switch msg.String() {
		case "up", "shift+tab":
			m.at = max(m.at-1, 0)
		case "down", "tab":
			m.at = min(m.at+1, len(m.shown)-1)
		case "esc":
			if m.Text() != "" {
				m.input.Reset()
				m.narrow()
				return Changed, none
			}
			return Closed, none
		case "enter":
			return m.take()
		default:
			return m.typed(msg), none
		}
	case tea.MouseWheelMsg:
		if msg.Button == tea.MouseWheelUp {
			m.at = max(m.at-1, 0)
		} else {
			m.at = min(m.at+1, len(m.shown)-1)
		}
	}
	return Open, none
}

// Click selects and takes the item at line y of the box, or closes where y is outside it.
func (m *Model) Click(y, width int) (Result, Choice) {
	_, owners := m.lines(width - 4)
	if y < 1 || y > len(owners) {
		return Closed, Choice{Index: -1}
	}
	m.at = owners[y-1]
	return m.take()
}

func (m *Model) typed(msg tea.Msg) Result {
	before := m.Text()
	m.input, _ = m.input.Update(msg)
	if m.Text() == before {
		return Open
	}
	m.touched = false
	m.narrow()
	return Changed
}

// narrow keeps the items that match what was typed; the free one always stays, and is selected where
// nothing else matches.
func (m *Model) narrow() {
	m.shown = m.shown[:0]
	for i, item := range m.options.Items {
		if status.Matches(m.Text(), item.Label) {
			m.shown = append(m.shown, i)
		}
	}
	if m.options.Free.Label != "" {
		m.shown = append(m.shown, len(m.options.Items))
	}
	m.at = 0
}

func (m *Model) free() bool {
	return len(m.shown) > 0 && m.shown[m.at] == len(m.options.Items)
}

func (m *Model) take() (Result, Choice) {
	switch {
	case len(m.shown) == 0:
		return Open, Choice{Index: -1}
	case !m.free():
		return Taken, Choice{Index: m.shown[m.at]}
	case m.Text() == "" || m.Err() != nil:
		m.touched = true
		return Open, Choice{Index: -1}
	}
	return Taken, Choice{Index: -1, Text: m.Text()}
}

// ShortHelp names the keys.
func (m *Model) ShortHelp() []key.Binding {
	return []key.Binding{page.Bind("↑↓", "choose", "up"), page.Bind("enter", "take", "enter"),
		page.Bind("type", "to filter or give an address", "a"), page.Bind("esc", "close list", "esc")}
}
