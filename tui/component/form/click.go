package form

import (
	"strings"

	"vns3/tui/page"
)

// click presses the button that was hit, or moves the focus to the field; a field that is chosen from
// takes its next value.
func (m *Model) click(c page.Click) (Event, bool) {
	e := Event{Button: -1}
	for i, name := range m.buttons {
		if c.On(m.button(name, false)) || c.On(m.button(name, true)) {
			m.FocusButton(i)
			e.Button = i
			return e, true
		}
	}
	for i, f := range m.fields {
		if !m.drawn(f, c.Line) {
			continue
		}
		m.Focus(i)
		if f.Kind > Secret {
			f.turn(true)
			e.Changed = f.Name
		}
		return e, true
	}
	return e, false
}

// drawn says that the line is the one of the field: its label, and then its value in brackets.
func (m *Model) drawn(f *Field, line string) bool {
	g := m.page.Theme.Glyph
	before, after, has := strings.Cut(line, f.Label)
	return has && strings.Trim(before, " "+g.Cursor+g.Border.Left) == "" && strings.HasPrefix(strings.TrimLeft(after, " "), "[")
}

// button is a button as it is drawn.
func (m *Model) button(name string, focused bool) string {
	if focused {
		return "[" + m.page.Theme.Glyph.Cursor + name + " ]"
	}
	return "[ " + name + " ]"
}
