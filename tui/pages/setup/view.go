package setup

import (
	"fmt"
	"slices"
	"strings"

	"vns3/tui/component/text"
)

// line is one drawn line; row is what a click on it selects, -1: nothing. Lines with a weight are
// left out, the heaviest first, where the screen is too low for all.
type line struct {
	text   string
	row    int
	weight int
}

const (
	space  = 3 // blank lines go first
	advice = 2
	detail = 1
)

// View draws the checklist.
func (p *Page) View() string {
	lines := p.lines()
	drawn := make([]string, len(lines))
	for i, l := range lines {
		drawn[i] = text.Cut(l.text, p.width, p.page.Theme.Glyph.Ellipsis)
	}
	return strings.Join(drawn, "\n")
}

// rowAt is what lies at line y.
func (p *Page) rowAt(y int) (int, bool) {
	lines := p.lines()
	if y < 0 || y >= len(lines) || lines[y].row < 0 {
		return 0, false
	}
	return lines[y].row, true
}

func (p *Page) lines() []line {
	var lines []line
	if p.asking() {
		lines = append(lines, p.question()...)
	}
	lines = append(lines, p.list()...)
	lines = append(lines, line{row: -1, weight: space})
	lines = append(lines, p.foot()...)
	shown := fit(lines, p.height)
	if len(shown) < p.height && len(shown) < len(lines) {
		shown = append(shown, line{text: p.page.Theme.Dim.Render(" Open UDP 1195–1203, TCP 8000 and UDP 1194 here."), row: -1})
	}
	return shown
}

// fit leaves out what matters least until the lines fit: blank lines one by one, all else that has
// the same weight together.
func fit(lines []line, height int) []line {
	for weight := space; weight > 0 && len(lines) > height; weight-- {
		over := len(lines) - height
		if weight != space {
			over = len(lines)
		}
		lines = slices.DeleteFunc(lines, func(l line) bool {
			out := l.weight == weight && over > 0
			if out {
				over--
			}
			return out
		})
	}
	return lines[:min(len(lines), height)]
}

func (p *Page) question() []line {
	t := p.page.Theme
	lines := []line{{text: t.Strong.Render("Is there already a controller with keys in this topology?"), row: -1}}
	for i, answer := range [answers][2]string{{"No, this is the first", "keys are generated here"}, {"Yes, join it", "keys are fetched from it"}} {
		mark, radio, style := " ", t.Glyph.NoRadio, t.Text
		if p.join == (i == 1) {
			radio = t.Glyph.Radio
		}
		if p.cursor == i {
			mark, style = t.Accent.Render(t.Glyph.Cursor), t.Selected
		}
		lines = append(lines, line{text: " " + mark + " " + style.Render(radio+" "+text.Fit(answer[0], 24)) + "  " + t.Dim.Render(answer[1]), row: i})
	}
	return append(lines, line{row: -1, weight: space})
}

func (p *Page) list() []line {
	t, all := p.page.Theme, p.steps()
	turn := next(all, p.join)
	var lines []line
	for i, st := range all {
		selected := p.cursor == answers+i
		glyph, title := t.Dim.Render(t.Glyph.Waiting), t.Dim.Render(st.title)
		words := t.Dim.Render(text.Fit(fmt.Sprintf("waits for %d", before(all, i, p.join)+1), 16) + st.wants)
		switch {
		case st.done:
			glyph, title, words = t.Good.Render(t.Glyph.OK), st.title, t.Dim.Render(st.is)
		case i == turn:
			glyph, title, words = t.Accent.Render(t.Glyph.Cursor), t.Strong.Render(st.title), st.is
		case st.is != "" && i == licensing: // joining: nothing to do for it
			words = t.Dim.Render(st.is)
		}
		mark := " "
		if selected {
			title = t.Selected.Render(st.title)
			if st.done { // its own sign stays beside the cursor
				mark = t.Accent.Render(t.Glyph.Cursor)
			} else {
				glyph = t.Accent.Render(t.Glyph.Cursor)
			}
		}
		pad := strings.Repeat(" ", max(10-text.Width(st.title), 1))
		lines = append(lines, line{text: fmt.Sprintf("%s%s %d %s%s%s", mark, glyph, i+1, title, pad, words), row: answers + i})
		if st.also != "" && (i == turn || i == engine) {
			lines = append(lines, line{text: strings.Repeat(" ", 15) + t.Dim.Render(st.also), row: answers + i, weight: detail})
		}
	}
	return lines
}

// before is the nearest step before step i that is not done.
func before(all [count]step, i int, join bool) int {
	for i--; i > 0 && (all[i].done || i == licensing && join); i-- {
	}
	return i
}

// foot is what to open, or, once all is done, where to go from here.
func (p *Page) foot() []line {
	t := p.page.Theme
	if next(p.steps(), p.join) == count {
		return []line{
			{text: t.Good.Render(" " + t.Glyph.OK + " This controller is ready for connections:"), row: -1},
			{text: "   first Routes, then client servers (Clientpacks).", row: -1},
		}
	}
	lines := []line{{text: " Open these in your cloud firewall and on this host:", row: -1, weight: advice}}
	for _, port := range [][2]string{
		{"UDP 1195–1203", "from the other controllers"},
		{"TCP 8000", "from the other controllers (fetch)"},
		{"UDP 1194", "from client servers"},
	} {
		lines = append(lines, line{text: "   " + text.Fit(port[0], 13) + "  " + t.Dim.Render(port[1]), row: -1, weight: advice})
	}
	return lines
}
