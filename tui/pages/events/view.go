package events

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"vns3/status/figures"
	"vns3/tui/component/dialog"
	"vns3/tui/component/findings"
	"vns3/tui/component/table"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// columns are wider where the events are not all of one day.
func (p *Page) columns() []table.Column {
	when := len("15:04:05")
	if n := len(p.rows); n > 0 {
		when = len(text.Clock(p.c.Now(), p.events[p.rows[n-1]].At))
	}
	if when > len("15:04:05") && p.width < 90 {
		when = len("03-14 15:04:05")
	}
	return []table.Column{
		{Title: "TIME", Width: when}, {Title: "", Width: 1}, {Title: "WHAT", Width: 46, Flex: 1}, {Title: "CODE", Width: 18, Yield: 1},
	}
}

// above is how many lines stand above the table.
func (p *Page) above() int {
	if p.filter.Typing() || p.filter.Active() {
		return 1
	}
	return 0
}

func (p *Page) fit() {
	p.table.SetColumns(p.columns()...)
	p.table.SetSize(p.width, p.height-p.above())
}

// View draws the page.
func (p *Page) View() string {
	var lines []string
	if f := p.filter.View(p.width); f != "" {
		lines = append(lines, f)
	}
	if len(p.rows) > 0 {
		return strings.Join(append(lines, p.table.View(p.cells)), "\n")
	}
	return strings.Join(append(lines, p.c.Theme.Dim.Render(" "+p.nothing())), "\n")
}

// nothing says why no event is shown.
func (p *Page) nothing() string {
	switch {
	case len(p.events) > 0:
		return text.Cut("No event fits: / filter, t since when, v severity.", p.width-1, p.c.Theme.Glyph.Ellipsis)
	case p.failed != nil:
		return text.Cut("Events cannot be read now: "+p.failed.Error(), p.width-1, p.c.Theme.Glyph.Ellipsis)
	case p.asking:
		return "Reading " + p.c.Theme.Glyph.Ellipsis
	}
	return "Nothing happened yet."
}

func (p *Page) cells(i int) []string {
	e := &p.events[p.rows[i]]
	glyph, style := findings.Severity(p.c.Theme, e.Severity)
	at := text.Clock(p.c.Now(), e.At)
	if p.width < 90 && len(at) > len("15:04:05") {
		at = at[len("2026-"):]
	}
	return []string{p.c.Theme.Dim.Render(at), style.Render(glyph), e.Text, p.c.Theme.Dim.Render(e.Code)}
}

// open shows an event whole, with what its code means.
func (p *Page) open() tea.Cmd {
	e, is := p.selected()
	if !is {
		return nil
	}
	t := p.c.Theme
	glyph, style := findings.Severity(t, e.Severity)
	return page.Open(dialog.NewLive(p.c, fmt.Sprintf("Event %d", e.Seq), func(width int) []string {
		lines := text.Wrap(e.Text, width)
		lines = append(lines, "", t.Dim.Render("when      ")+e.At.Format("2006-01-02 15:04:05 MST")+", "+figures.Since(p.c.Now(), e.At)+" ago",
			t.Dim.Render("severity  ")+style.Render(glyph+" "+string(e.Severity)), t.Dim.Render("code      ")+e.Code)
		if e.Peer != 0 {
			lines = append(lines, t.Dim.Render("peer      ")+fmt.Sprintf("#%d", e.Peer))
		}
		if e.Client != "" {
			lines = append(lines, t.Dim.Render("client    ")+e.Client)
		}
		return lines
	}))
}
