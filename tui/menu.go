package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"vns3/status"
	"vns3/tui/component/text"
	"vns3/tui/page"
	"vns3/tui/pages/setup"
)

// menuBox is how wide the menu is where it opens above the page, border included.
const menuBox = 25

// menu is the list of pages at the left.
type menu struct {
	page    *page.Context
	makers  Pages
	focused bool
	cursor  page.ID
}

// setupLeft says that the checklist is not done; of a controller that was not heard yet nothing is known.
func (m *menu) setupLeft() bool {
	if m.page.Snapshot.At.IsZero() {
		return false
	}
	done, all := setup.Progress(m.page.Snapshot)
	return done < all
}

// items are the pages that the menu shows now.
func (m *menu) items() []page.ID {
	return slices.DeleteFunc(page.All(), func(id page.ID) bool {
		return m.makers[id] == nil || id == page.Setup && !m.setupLeft()
	})
}

func (m *menu) focus(at page.ID) {
	m.focused, m.cursor = true, at
}

// beside is the page step places after id, or id at the ends.
func (m *menu) beside(id page.ID, step int) page.ID {
	items := m.items()
	i := slices.Index(items, id) + step
	if i < 0 || i >= len(items) {
		return id
	}
	return items[i]
}

// row is a line of the menu: a page, or with page.None a heading.
type row struct {
	id      page.ID
	heading page.Group
}

// rows are the lines that fit the height: headings go first, then what is far from the cursor, or from the
// page that is shown.
func (m *menu) rows(at page.ID, height int) []row {
	var with, without []row
	group := page.NoGroup
	for _, id := range m.items() {
		if g := id.Group(); g != group {
			with = append(with, row{heading: g})
			group = g
		}
		with, without = append(with, row{id: id}), append(without, row{id: id})
	}
	if len(with) <= height {
		return with
	}
	if m.focused {
		at = m.cursor
	}
	middle := slices.IndexFunc(without, func(r row) bool { return r.id == at })
	from := max(min(middle-height/2, len(without)-height), 0)
	return without[from:min(from+height, len(without))]
}

// hit is the page at line y, while the page at is shown.
func (m *menu) hit(at page.ID, y, height int) page.ID {
	if rows := m.rows(at, height); y >= 0 && y < len(rows) {
		return rows[y].id
	}
	return page.None
}

// view draws the menu. unsaved says which pages hold edits.
func (m *menu) view(at page.ID, height int, unsaved func(page.ID) string) []string {
	t, lines := m.page.Theme, make([]string, 0, height)
	const width = 21
	for _, r := range m.rows(at, height) {
		if r.id == page.None {
			lines = append(lines, t.Heading.Render(text.Fit(" "+strings.ToUpper(string(r.heading)), width)))
			continue
		}
		indent := "  "
		switch {
		case r.id.Group() == page.NoGroup:
			indent = ""
		case unsaved(r.id) != "":
			indent = "* "
		}
		mark, style := " ", t.Text
		switch {
		case m.focused && r.id == m.cursor:
			mark, style = t.Glyph.Cursor, t.Pressed
		case r.id == at:
			style = t.Selected
			if !m.focused {
				mark = t.Glyph.Cursor
			}
		}
		tail := ""
		if r.id == page.Setup {
			done, all := setup.Progress(m.page.Snapshot)
			tail = fmt.Sprintf("%d/%d", done, all)
		}
		line := text.Sides(mark+indent+r.id.Title(), tail, width)
		lines = append(lines, style.Render(line))
	}
	return m.origin(lines, height, width)
}

// origin fills the foot of the menu with the engine and the file that the console is on.
func (m *menu) origin(lines []string, height, width int) []string {
	t, foot := m.page.Theme, []string{}
	if engine := m.page.Origin.Engine; engine != "" {
		foot = append(foot, " "+text.Cut(engine, width-1, t.Glyph.Ellipsis))
	}
	if file := m.page.Origin.File; file != "" {
		foot = append(foot, " "+text.CutLeft(file, width-2, t.Glyph.Ellipsis))
	}
	if len(lines)+len(foot)+1 > height {
		foot = nil
	}
	for len(lines) < height-len(foot) {
		lines = append(lines, strings.Repeat(" ", width))
	}
	for _, line := range foot {
		lines = append(lines, t.Dim.Render(text.Fit(line, width)))
	}
	return lines
}

// ready says where to go on once the last step of the checklist is done, and it leaves the menu. Who did
// not look at the list in this console was set up long ago.
func (m *Model) ready(setup bool) tea.Cmd {
	if !setup || m.menu.setupLeft() || m.at == page.Setup || m.pages[page.Setup] == nil {
		return nil
	}
	return m.toasts.Add(status.Info, "ready for connections: Routes, then Clientpacks")
}
