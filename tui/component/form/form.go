// Package form is a column of labelled fields with a row of buttons below: the body of most dialogs.
// It holds what was typed and says when a button was pressed; what that means is its owner's.
package form

import (
	"slices"
	"strconv"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"vns3/tui/page"
)

// Kind is the kind of a field.
type Kind uint8

// The kinds of fields.
const (
	Text   Kind = iota
	Secret      // shown as dots until ctrl+r
	Toggle      // yes or no; its value is "true" or "false"
	Choice      // one of Options
)

// Field is one field of a form.
type Field struct {
	Name        string // what Value asks for
	Label       string
	Kind        Kind
	Value       string
	Placeholder string
	Hint        string   // a remark under the field while it has the focus
	Options     []string // of a Choice

	// Check refuses a value with the reason; nil accepts all. The reason stands under the field once
	// the field was left or a button pressed.
	Check func(string) error

	input    textinput.Model
	revealed bool
	touched  bool
}

// Event is what came of a message.
type Event struct {
	Changed string // name of the field whose value changed; empty: none
	Button  int    // index of the button that was pressed; -1: none
}

// Model is a form.
type Model struct {
	page    *page.Context
	fields  []*Field
	buttons []string
	focus   int // fields first, then buttons
	typedIn int // the field of text that had the focus last; typing on a button goes on there
}

// New makes a form; the first field has the focus.
func New(c *page.Context, fields []Field, buttons ...string) *Model {
	m := &Model{page: c, buttons: buttons, typedIn: -1}
	for i := range fields {
		f := fields[i]
		f.input = NewInput(c.Theme)
		f.input.Placeholder = f.Placeholder
		f.input.SetValue(f.Value)
		f.input.CursorEnd()
		m.fields = append(m.fields, &f)
	}
	m.Focus(0)
	return m
}

// Focus moves the focus to field i; beyond the fields come the buttons.
func (m *Model) Focus(i int) {
	n := len(m.fields) + len(m.buttons)
	if n == 0 {
		return
	}
	if m.focus < len(m.fields) {
		m.fields[m.focus].input.Blur()
	}
	m.focus = (i + n) % n
	if m.focus < len(m.fields) {
		m.fields[m.focus].input.Focus()
	}
	if m.Typing() {
		m.typedIn = m.focus
	}
}

// FocusButton moves the focus to button i.
func (m *Model) FocusButton(i int) { m.Focus(len(m.fields) + i) }

// Typing says that printable keys go into a field.
func (m *Model) Typing() bool {
	return m.focus < len(m.fields) && m.fields[m.focus].Kind <= Secret
}

// At says that the field has the focus.
func (m *Model) At(name string) bool {
	return m.focus < len(m.fields) && m.fields[m.focus].Name == name
}

// OnButton says that a button has the focus.
func (m *Model) OnButton() bool { return m.focus >= len(m.fields) }

// Value is what the field holds.
func (m *Model) Value(name string) string {
	if f := m.field(name); f != nil {
		return f.value()
	}
	return ""
}

// On says that the Toggle is on.
func (m *Model) On(name string) bool { return m.Value(name) == "true" }

// SetValue fills the field.
func (m *Model) SetValue(name, value string) {
	if f := m.field(name); f != nil {
		f.Value = value
		f.input.SetValue(value)
		f.input.CursorEnd()
	}
}

// Reveal shows or hides a Secret.
func (m *Model) Reveal(name string, on bool) {
	if f := m.field(name); f != nil {
		f.revealed = on
	}
}

// Valid checks all fields, marks what is wrong and moves the focus to the first such field.
func (m *Model) Valid() bool {
	first := -1
	for i, f := range m.fields {
		f.touched = true
		if f.err() != nil && first < 0 {
			first = i
		}
	}
	if first >= 0 {
		m.Focus(first)
	}
	return first < 0
}

// Update handles a key, a paste or a click; used says that it was one of the form's.
func (m *Model) Update(msg tea.Msg) (e Event, used bool) {
	e = Event{Button: -1}
	if c, is := msg.(page.Click); is {
		return m.click(c)
	}
	k, isKey := msg.(tea.KeyPressMsg)
	if !isKey {
		if _, paste := msg.(tea.PasteMsg); paste && (m.Typing() || m.typeOn()) {
			return m.input(msg), true
		}
		return e, false
	}
	keys := m.page.Keys
	switch {
	case key.Matches(k, keys.Next) || k.String() == "down":
		m.leave(1)
	case key.Matches(k, keys.Previous) || k.String() == "up":
		m.leave(-1)
	case key.Matches(k, keys.Save) && k.Text == "" && m.long():
		m.FocusButton(0)
		e.Button = 0
	case m.OnButton():
		return m.pressButton(k)
	default:
		return m.pressField(k)
	}
	return e, true
}

// long says that it is a way from the first field to the first button, so that a key takes it from anywhere.
func (m *Model) long() bool { return len(m.fields) > 2 && len(m.buttons) > 0 }

func (m *Model) pressButton(k tea.KeyPressMsg) (Event, bool) {
	e := Event{Button: -1}
	switch k.String() {
	case "left":
		if m.focus > len(m.fields) {
			m.leave(-1)
		}
	case "right":
		if m.focus < len(m.fields)+len(m.buttons)-1 {
			m.leave(1)
		}
	case "enter", "space":
		e.Button = m.focus - len(m.fields)
	default:
		if edits(k) && m.typeOn() {
			return m.input(k), true
		}
		return e, false
	}
	return e, true
}

// edits says that the key writes or deletes.
func edits(k tea.KeyPressMsg) bool {
	return k.Text != "" || slices.Contains([]string{"backspace", "ctrl+u", "ctrl+w"}, k.String())
}

// typeOn goes from a button back to where text was typed last: what was refused is typed anew. What is
// hidden begins anew, as nobody could see what it is added to.
func (m *Model) typeOn() bool {
	if !m.OnButton() || m.typedIn < 0 {
		return false
	}
	m.Focus(m.typedIn)
	if f := m.fields[m.focus]; f.Kind == Secret && !f.revealed {
		f.input.Reset()
	}
	return true
}

func (m *Model) pressField(k tea.KeyPressMsg) (Event, bool) {
	e, f := Event{Button: -1}, m.fields[m.focus]
	switch {
	case k.String() == "enter" && f.value() != "" && f.err() != nil:
		f.touched = true // it cannot be taken: the reason is told, and it is typed anew
	case k.String() == "enter":
		m.leave(1)
		if m.focus == len(m.fields) && len(m.buttons) > 0 {
			e.Button = 0
		}
	case f.Kind == Secret && key.Matches(k, m.page.Keys.Reveal):
		f.revealed = !f.revealed
	case f.Kind == Toggle && (k.String() == "space" || k.String() == "left" || k.String() == "right"):
		f.turn(true)
		e.Changed = f.Name
	case f.Kind == Choice && (k.String() == "left" || k.String() == "right" || k.String() == "space"):
		f.turn(k.String() != "left")
		e.Changed = f.Name
	case f.Kind <= Secret && k.String() != "esc":
		return m.input(k), true
	default:
		return e, false
	}
	return e, true
}

func (m *Model) input(msg tea.Msg) Event {
	f := m.fields[m.focus]
	before := f.input.Value()
	f.input, _ = f.input.Update(msg)
	if f.input.Value() == before {
		return Event{Button: -1}
	}
	f.touched = false
	return Event{Changed: f.Name, Button: -1}
}

func (m *Model) leave(step int) {
	if m.focus < len(m.fields) {
		m.fields[m.focus].touched = m.fields[m.focus].value() != ""
	}
	m.Focus(m.focus + step)
}

func (m *Model) field(name string) *Field {
	for _, f := range m.fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

func (f *Field) value() string {
	if f.Kind <= Secret {
		return f.input.Value()
	}
	return f.Value
}

func (f *Field) err() error {
	if f.Check == nil {
		return nil
	}
	return f.Check(f.value())
}

// turn takes the next option, or the one before; a Toggle has two.
func (f *Field) turn(forward bool) {
	if f.Kind == Toggle {
		f.Value = strconv.FormatBool(f.Value != "true")
		return
	}
	for i, option := range f.Options {
		if option != f.Value {
			continue
		}
		step := len(f.Options) - 1
		if forward {
			step = 1
		}
		f.Value = f.Options[(i+step)%len(f.Options)]
		return
	}
	if len(f.Options) > 0 {
		f.Value = f.Options[0]
	}
}

// ShortHelp names the keys of the form.
func (m *Model) ShortHelp() []key.Binding {
	help := []key.Binding{m.page.Keys.Next, page.As(m.page.Keys.Enter, "take")}
	if m.focus < len(m.fields) && m.fields[m.focus].Kind == Secret {
		help = append(help, m.page.Keys.Reveal)
	}
	if m.long() {
		help = append(help, page.As(m.page.Keys.Save, strings.ToLower(m.buttons[0])))
	}
	return append(help, page.As(m.page.Keys.Back, "close"))
}
