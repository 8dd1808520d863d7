package peering

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"vns3/peering"
	"vns3/status/figures"
	"vns3/tui/component/layer"
	"vns3/tui/component/text"
)

// Columns of a row: " #1 [10.0.1.10                ▾] * ● up 3h".
const (
	valueWidth = 25
	listIndent = 4
)

// View draws the page, and above it the open drop-down.
func (p *Page) View() string {
	l := p.layout()
	lines := append([]string(nil), l.head...)
	for i := l.from; i < l.to; i++ {
		lines = append(lines, p.viewRow(i+1))
	}
	lines = append(lines, l.foot...)
	for len(lines) < p.height {
		lines = append(lines, "")
	}
	lines = lines[:max(p.height, 1)]
	for i := range lines {
		lines[i] = text.Cut(lines[i], p.width, p.page.Theme.Glyph.Ellipsis)
	}
	if p.list != nil {
		layer.Place(text.Pad(lines, p.width), p.list.View(p.listWidth(), p.typedWords()), listIndent, p.listTop())
	}
	return strings.Join(lines, "\n")
}

func (p *Page) typedWords() string { return p.verdict(p.typed) }

// layout is how the height is shared: the sentence above, the rows, what stands below.
type layout struct {
	head     []string
	from, to int // rows shown
	foot     []string
}

func (p *Page) layout() layout {
	n := p.count()
	l := layout{head: []string{p.sentence(p.width)}, to: n}
	must := p.messages()
	must = append(must, p.viewButtons())
	spare := p.height - len(l.head) - n - len(must)
	take := func(lines []string) bool {
		if len(lines) == 0 || spare < len(lines) {
			return false
		}
		spare -= len(lines)
		return true
	}
	about := p.aboutRow()
	if !take(about) {
		about = nil
	}
	advised := slices.ContainsFunc([][]string{p.advice(), p.shortAdvice()}, func(advice []string) bool {
		if !take(advice) {
			return false
		}
		must = append(must, advice...)
		return true
	})
	if !advised {
		const ports = "f ports"
		l.head[0] = text.Sides(p.sentence(p.width-len(ports)-1), p.page.Theme.Dim.Render(ports), p.width)
	}
	if take([]string{"", ""}) {
		l.head = append(l.head, "")
		must = append([]string{""}, must...)
	}
	l.foot = append(about, must...)
	if shown := max(p.height-len(l.head)-len(l.foot), 1); shown < n {
		at := min(p.cursor, n-1)
		l.from = max(min(p.top, at, n-shown), at-shown+1)
		l.to = l.from + shown
	}
	return l
}

// sentence says how many rows there are, and why, in few words where there is little room.
func (p *Page) sentence(room int) string {
	whole, short := "No license yet: nine rows may be filled in; none runs.", "No license yet: nine rows; none runs."
	if n := p.licensed(); n > 0 {
		short = "Your license allows " + figures.Count(n, "controller")
		whole, short = short+" in this topology.", short+"."
	}
	if text.Width(whole) > room {
		return short
	}
	return whole
}

func (p *Page) viewRow(id int) string {
	t, row := p.page.Theme, p.draft.table[id]
	selected := p.row() == id
	mark, name := " ", fmt.Sprintf("#%d", id)
	value := text.Fit(row.String(), valueWidth)
	switch {
	case selected:
		mark, name, value = t.Accent.Render(t.Glyph.Cursor), t.Selected.Render(name), t.Selected.Render(value)
	case row.Kind == peering.NotSet:
		value = t.Dim.Render(value)
	}
	star := " "
	if p.draft.changed(id) {
		star = t.Warn.Render("*")
	}
	line := mark + name + " [" + value + t.Dim.Render(t.Glyph.Open) + "] " + star + " " + p.rowWords(id)
	return text.Cut(line, p.width, t.Glyph.Ellipsis)
}

// messages are what stands between the table and a save, and what changed meanwhile.
func (p *Page) messages() []string {
	t := p.page.Theme
	var lines []string
	say := func(glyph, s string) { lines = append(lines, text.Hang(" "+glyph+" ", s, p.width)...) }
	if len(p.news) > 0 && len(p.draft.rows()) > 0 {
		say(t.Warn.Render(t.Glyph.Warning), "Changed meanwhile by the file, the API or another console: "+rowsNamed(p.news)+". Your edits are kept.")
	}
	if p.refused != "" {
		say(t.Bad.Render(t.Glyph.Down), p.refused)
	}
	problems := p.problems()
	for i, e := range problems.Errors() {
		if i == 1 {
			break // the next one once this one is mended
		}
		say(t.Bad.Render(t.Glyph.Down), "Cannot save: "+e.Text+".")
		lines = append(lines, text.Hang("   ", text.Sentence(strings.TrimSuffix(e.Remedy, "."))+".", p.width)...)
	}
	if p.full() {
		say(t.Warn.Render(t.Glyph.Warning), fmt.Sprintf("License full: %d of %[1]d rows are other controllers.", p.licensed()))
		lines = append(lines, text.Hang("   ", "Upgrade the license (Admin › License; on any controller, it spreads), or set a row to \"not set\".", p.width)...)
	}
	if staged := p.page.Snapshot.Peering.Staged; staged != nil {
		n := len(peering.Diff(p.page.Snapshot.Peering.Table, *staged))
		say(t.Warn.Render(t.Glyph.Half), figures.Count(n, "row")+" staged over the API, not applied yet (: peering apply).")
	}
	return lines
}

// full says that the license has no row left for this controller.
func (p *Page) full() bool {
	n := p.licensed()
	for id := 1; id <= n; id++ {
		if p.draft.table[id].Kind != peering.Address {
			return false
		}
	}
	return n > 0
}

// aboutRow says more of the row at the cursor: what runs instead of the edit, and what was found.
func (p *Page) aboutRow() []string {
	id, t := p.row(), p.page.Theme
	if id == 0 || p.list != nil {
		return nil
	}
	var lines []string
	say := func(glyph, s string) { lines = append(lines, text.Hang("    "+glyph+" ", s, p.width)...) }
	if p.draft.changed(id) && p.draft.base[id].Kind != peering.NotSet && p.verdictWords(id) != "" {
		say(t.Dim.Render(fmt.Sprintf("#%d runs:", id)), t.Dim.Render(p.draft.base[id].String()))
	}
	if f, bad := p.probes[id].worst(); bad && p.probed(id) {
		say(t.Warn.Render(t.Glyph.Arrow), f.Text)
		if f.Remedy != "" {
			say(t.Strong.Render("Do"), text.Sentence(f.Remedy))
		}
		return lines
	}
	return append(lines, p.aboutPeer(id)...)
}

func (p *Page) viewButtons() string {
	t := p.page.Theme
	var b strings.Builder
	for i, button := range p.buttons() {
		if i > 0 {
			b.WriteString("  ")
		} else {
			b.WriteByte(' ')
		}
		switch at := p.count() + i; {
		case p.cursor == at:
			b.WriteString(t.Pressed.Render("[" + t.Glyph.Cursor + button.label + " ]"))
		case button.off:
			b.WriteString(t.Dim.Render("[ " + button.label + " ]"))
		default:
			b.WriteString("[ " + button.label + " ]")
		}
	}
	return text.Cut(b.String(), p.width, t.Glyph.Ellipsis)
}

// listTop is the line of the open drop-down: below its row, or above it where there is no room.
func (p *Page) listTop() int {
	l := p.layout()
	y := len(l.head) + p.cursor - l.from + 1
	height := strings.Count(p.list.View(p.listWidth(), p.typedWords()), "\n") + 1
	if y+height > p.height && y-1-height >= 0 {
		return y - 1 - height
	}
	return max(min(y, p.height-height), 0)
}

func (p *Page) listWidth() int { return min(max(p.width-listIndent-3, 20), 62) }

// click chooses a row, opens it where it was chosen already, or presses a button.
func (p *Page) click(c tea.MouseClickMsg) (tea.Cmd, bool) {
	l := p.layout()
	if row := c.Y - len(l.head) + l.from; c.Y >= len(l.head) && row < l.to {
		again := p.cursor == row
		p.cursor = row
		if again || c.X >= listIndent && c.X < listIndent+valueWidth+3 {
			if refused := p.barred(); refused != nil {
				return refused, true
			}
			p.openList(p.row())
		}
		return nil, true
	}
	buttons := p.viewButtons()
	for i, line := range l.foot {
		if line != buttons || c.Y != len(l.head)+l.to-l.from+i {
			continue
		}
		x := 1
		for j, b := range p.buttons() {
			if w := text.Width(b.label) + 4; c.X >= x && c.X < x+w {
				p.cursor = p.count() + j
				return b.do(), true
			}
			x += text.Width(b.label) + 6
		}
	}
	return nil, false
}
