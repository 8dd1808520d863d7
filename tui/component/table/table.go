// Package table is a list of rows in columns: a cursor, scrolling, columns that give way on a narrow
// screen. It asks only for the rows that are visible, so its cost does not grow with their number,
// and it keeps none of them: sorting and filtering are its owner's.
package table

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/tui/component/text"
	"vns3/tui/page"
	"vns3/tui/theme"
)

// Column is a column of a table.
type Column struct {
	Title string
	Width int  // cells; the least of a column with Flex
	Flex  int  // share of the room that is left over
	Right bool // aligned at the right
	Yield int  // columns with the highest Yield are left out first where there is no room; 0: never
}

// Model is a table. Its zero value is of no use: call New.
type Model struct {
	theme   *theme.Theme
	keys    *page.Keys
	columns []Column
	width   int
	height  int // lines for rows, without the heading
	rows    int
	cursor  int
	top     int
	blurred bool
}

// New makes a table with the columns.
func New(c *page.Context, columns ...Column) *Model {
	return &Model{theme: c.Theme, keys: c.Keys, columns: columns}
}

// SetSize gives the table its cells and lines; the heading takes one of the lines.
func (m *Model) SetSize(width, height int) {
	m.width, m.height = width, max(height-1, 0)
	m.clamp()
}

// SetRows says how many rows there are. The cursor stays where it can.
func (m *Model) SetRows(n int) {
	m.rows = n
	m.clamp()
}

// SetColumns replaces the columns: another width, another set.
func (m *Model) SetColumns(columns ...Column) { m.columns = columns }

// SetFocus says whether the cursor is shown as the one that keys move.
func (m *Model) SetFocus(on bool) { m.blurred = !on }

// Cursor is the index of the selected row; -1 where there is none.
func (m *Model) Cursor() int {
	if m.rows == 0 {
		return -1
	}
	return m.cursor
}

// Select moves the cursor to row i.
func (m *Model) Select(i int) {
	m.cursor = i
	m.clamp()
}

// Window is the range of rows that View asks for: from, and one past the last.
func (m *Model) Window() (int, int) { return m.top, min(m.top+m.height, m.rows) }

// Update moves the cursor; used says that the message was one of the table's.
func (m *Model) Update(msg tea.Msg) (used bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return m.press(msg)
	case tea.MouseWheelMsg:
		if msg.Button == tea.MouseWheelUp {
			m.Select(m.cursor - 3)
		} else {
			m.Select(m.cursor + 3)
		}
		return true
	case tea.MouseClickMsg: // y 0 is the heading
		row := m.top + msg.Y - 1
		if msg.Y < 1 || row >= m.rows || msg.Y > m.height {
			return false
		}
		m.Select(row)
		return true
	}
	return false
}

func (m *Model) press(k tea.KeyPressMsg) bool {
	switch {
	case key.Matches(k, m.keys.Up):
		m.Select(m.cursor - 1)
	case key.Matches(k, m.keys.Down):
		m.Select(m.cursor + 1)
	case key.Matches(k, m.keys.PageUp):
		m.Select(m.cursor - m.height)
	case key.Matches(k, m.keys.PageDown):
		m.Select(m.cursor + m.height)
	case key.Matches(k, m.keys.Top):
		m.Select(0)
	case key.Matches(k, m.keys.Bottom):
		m.Select(m.rows - 1)
	default:
		return false
	}
	return true
}

func (m *Model) clamp() {
	m.cursor = max(min(m.cursor, m.rows-1), 0)
	m.top = max(min(m.top, m.rows-m.height), 0)
	if m.cursor < m.top {
		m.top = m.cursor
	}
	if m.height > 0 && m.cursor >= m.top+m.height {
		m.top = m.cursor - m.height + 1
	}
}

// View draws heading and visible rows. row returns the cells of row i, one for each column given to
// New; cells may be styled, and those that are keep their style in the selected row too.
func (m *Model) View(row func(i int) []string) string {
	if m.width <= 0 {
		return ""
	}
	widths := m.layout()
	lines := make([]string, 0, m.height+1)
	plain := func(s string) string { return s }
	lines = append(lines, m.theme.Heading.Render(m.line(" ", widths, func(i int) string { return m.columns[i].Title }, plain)))
	from, to := m.Window()
	for i := from; i < to; i++ {
		cells := row(i)
		cell := func(c int) string {
			if c < len(cells) {
				return cells[c]
			}
			return ""
		}
		if i == m.cursor && !m.blurred {
			lines = append(lines, m.line(m.theme.Glyph.Cursor, widths, cell, m.selected))
			continue
		}
		lines = append(lines, m.line(" ", widths, cell, plain))
	}
	return strings.Join(lines, "\n")
}

// selected draws a cell of the selected row.
func (m *Model) selected(cell string) string {
	if strings.Contains(cell, "\x1b[") || strings.TrimSpace(cell) == "" {
		return cell
	}
	return m.theme.Selected.Render(cell)
}

func (m *Model) line(mark string, widths []int, cell func(int) string, draw func(string) string) string {
	var b strings.Builder
	b.WriteString(draw(mark))
	first := true
	for i, w := range widths {
		if w == 0 {
			continue
		}
		if !first {
			b.WriteByte(' ')
		}
		first = false
		fit := text.Fit
		if m.columns[i].Right {
			fit = text.FitRight
		}
		b.WriteString(draw(fit(cell(i), w)))
	}
	return b.String()
}

// layout shares the width among the columns; 0 is a column that gave way.
func (m *Model) layout() []int {
	widths := make([]int, len(m.columns))
	for i, c := range m.columns {
		widths[i] = c.Width
	}
	left := m.room(widths)
	for left < 0 {
		worst := -1
		for i, c := range m.columns {
			if widths[i] > 0 && c.Yield > 0 && (worst < 0 || c.Yield >= m.columns[worst].Yield) {
				worst = i
			}
		}
		if worst < 0 {
			break
		}
		widths[worst] = 0
		left = m.room(widths)
	}
	shares := 0
	for i, c := range m.columns {
		if widths[i] > 0 {
			shares += c.Flex
		}
	}
	for i, c := range m.columns {
		if widths[i] == 0 || c.Flex == 0 {
			continue
		}
		if left < 0 { // nothing gives way any more: the flexible ones shrink
			widths[i] = max(widths[i]+left, 1)
			left = 0
			continue
		}
		extra := left * c.Flex / shares
		widths[i], left, shares = widths[i]+extra, left-extra, shares-c.Flex
	}
	return widths
}

// room is what the columns leave of the width: one cell is the cursor's, one stands between columns.
func (m *Model) room(widths []int) int {
	used, shown := 1, 0
	for _, w := range widths {
		if w > 0 {
			used, shown = used+w, shown+1
		}
	}
	return m.width - used - max(shown-1, 0)
}
