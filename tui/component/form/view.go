package form

import (
	"strings"

	"charm.land/bubbles/v2/textinput"

	"vns3/tui/component/text"
)

// View draws fields and buttons in lines of at most width cells.
func (m *Model) View(width int) []string {
	label := 0
	for _, f := range m.fields {
		label = max(label, text.Width(f.Label))
	}
	var lines []string
	for i, f := range m.fields {
		lines = append(lines, m.viewField(f, viewport{label: label, width: width, focused: i == m.focus})...)
	}
	if len(m.buttons) > 0 {
		lines = append(lines, "", text.FitRight(m.Buttons(), width))
	}
	return lines
}

// viewport is where a field is drawn.
type viewport struct {
	label, width int
	focused      bool
}

func (m *Model) viewField(f *Field, v viewport) []string {
	t := m.page.Theme
	mark, label := " ", t.Text.Render(text.Fit(f.Label, v.label))
	if v.focused {
		mark, label = t.Accent.Render(t.Glyph.Cursor), t.Accent.Render(text.Fit(f.Label, v.label))
	}
	indent := v.label + 4
	room := max(v.width-indent-1, 4)
	var value string
	switch f.Kind {
	case Toggle:
		value = t.Glyph.NoCheck
		if f.Value == "true" {
			value = t.Glyph.Check
		}
	case Choice:
		value = "[" + text.Fit(f.Value, min(room, longest(f.Options))) + "] " + t.Dim.Render("←→")
	default:
		Style(&f.input, t)
		f.input.EchoMode = textinput.EchoNormal
		if f.Kind == Secret && !f.revealed {
			f.input.EchoMode = textinput.EchoPassword
		}
		f.input.Placeholder = f.Placeholder
		if f.Placeholder != "" && t.Dim.Render("x") == "x" { // without colours it would look like a value
			f.input.Placeholder = "(" + f.Placeholder + ")"
		}
		f.input.SetWidth(room - 2)
		value = "[" + text.Fit(f.input.View(), room-1) + "]"
	}
	lines := []string{mark + label + "  " + value}
	below := func(style func(...string) string, s string) {
		for _, line := range text.Wrap(s, v.width-indent+1) {
			lines = append(lines, strings.Repeat(" ", indent-1)+style(line))
		}
	}
	if err := f.err(); f.touched && err != nil {
		below(t.Bad.Render, t.Glyph.Down+" "+err.Error())
	} else if v.focused && f.Hint != "" {
		below(t.Dim.Render, f.Hint)
	}
	return lines
}

// Buttons draws the row of buttons.
func (m *Model) Buttons() string {
	drawn := make([]string, len(m.buttons))
	for i, name := range m.buttons {
		if m.focus == len(m.fields)+i {
			drawn[i] = m.page.Theme.Pressed.Render(m.button(name, true))
		} else {
			drawn[i] = m.page.Theme.Button.Render(m.button(name, false))
		}
	}
	return strings.Join(drawn, "  ")
}

func longest(options []string) int {
	n := 0
	for _, option := range options {
		n = max(n, text.Width(option))
	}
	return n
}
