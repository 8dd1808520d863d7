package dropdown

import (
	"strings"

	"vns3/tui/component/dialog"
	"vns3/tui/component/form"
	"vns3/tui/component/text"
)

// View draws the pop-up. Remark, if any, stands below the free text: what a check of it found.
func (m *Model) View(width int, remark string) string {
	inner := width - 4
	lines, _ := m.lines(inner)
	t := m.page.Theme
	switch err := m.Err(); {
	case err != nil:
		lines = append(lines, text.Hang("  "+t.Bad.Render(t.Glyph.Down)+" ", err.Error(), inner)...)
	case m.touched:
		lines = append(lines, "  "+t.Bad.Render(t.Glyph.Down)+" type an IP address or a DNS name")
	case remark != "" && m.Text() != "":
		lines = append(lines, text.Hang("  ", remark, inner)...)
	}
	return dialog.Box(t, "", lines, width, len(lines)+2)
}

// lines draws the items; owners tells which of them each line belongs to.
func (m *Model) lines(inner int) (lines []string, owners []int) {
	t := m.page.Theme
	column := text.Width(m.options.Free.Label)
	for _, item := range m.options.Items {
		column = max(column, text.Width(item.Label))
	}
	column = min(column, inner/2)
	for at, i := range m.shown {
		mark, style := "  ", t.Text
		if at == m.at {
			mark, style = t.Accent.Render(t.Glyph.Cursor)+" ", t.Selected
		}
		head := mark
		var rest []string
		if i == len(m.options.Items) {
			head += style.Render(text.Fit(m.options.Free.Label, column)) + "  "
			rest = []string{m.viewInput(inner - column - 4)}
		} else {
			item := m.options.Items[i]
			head += style.Render(text.Fit(item.Label, column)) + "  "
			rest = text.Wrap(item.Note, inner-column-4)
		}
		for j, part := range rest {
			if j > 0 {
				head = strings.Repeat(" ", column+4)
			}
			if i < len(m.options.Items) {
				part = t.Dim.Render(part)
			}
			lines, owners = append(lines, head+part), append(owners, at)
		}
	}
	return lines, owners
}

func (m *Model) viewInput(width int) string {
	form.Style(&m.input, m.page.Theme)
	m.input.SetWidth(max(width-1, 1))
	if !m.free() && m.Text() == "" {
		return m.page.Theme.Dim.Render(m.options.Free.Note)
	}
	return m.input.View()
}
