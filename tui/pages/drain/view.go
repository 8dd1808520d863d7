package drain

import (
	"fmt"
	"strings"

	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/progress"
	"vns3/tui/component/table"
	"vns3/tui/component/text"
)

// above is how many lines stand above the table: the state of this controller, and an empty line
// where there is room.
func (p *Page) above() int {
	if p.height < 14 {
		return 1
	}
	return 2
}

// explanation stands under the table while no task is shown.
const explanation = "Before maintenance, drain: every client and all transit traffic of this controller go to the others, without loss. Afterwards undo it. Clients do not come back by themselves: rebalance spreads them evenly again."

// fit gives the table what the newest task leaves, and at least three controllers.
func (p *Page) fit() {
	if p.width <= 0 {
		return
	}
	room := p.height - p.above()
	if task := p.task(); task != nil {
		room = max(room-1-len(p.taskLines(*task)), 4)
	}
	p.table.SetColumns(p.columns()...)
	p.table.SetSize(p.width, max(min(len(p.of.Controllers)+1, room), 2))
}

// columns are as wide as the longest name asks for, and the bars take what is left of a usual width.
func (p *Page) columns() []table.Column {
	const rest, least, most = 35, 4, 12 // cells of the other columns; cells of a bar worth drawing
	name := len("NAME")
	for _, c := range p.of.Controllers {
		name = max(name, text.Width(c.Name))
	}
	name = min(name, max(p.width-rest, len("NAME")))
	columns := []table.Column{{Title: "ID", Width: 2}, {Title: "NAME", Width: name}, {Title: "CLIENTS", Width: 7, Right: true}}
	if p.bars = min(p.width-rest-name, most); p.bars >= least {
		columns = append(columns, table.Column{Width: p.bars})
	} else {
		p.bars = 0
	}
	return append(columns, table.Column{Title: "STATE", Width: 21, Flex: 1})
}

// View draws the page.
func (p *Page) View() string {
	t := p.c.Theme
	lines := append([]string{text.Cut(p.headline(), p.width, t.Glyph.Ellipsis)}, make([]string, p.above()-1)...)
	if len(p.of.Controllers) > 0 {
		lines = append(lines, strings.Split(p.table.View(p.cells), "\n")...)
		lines = append(lines, "")
	}
	if task := p.task(); task != nil {
		lines = append(lines, p.taskLines(*task)...)
	} else {
		for _, line := range text.Wrap(explanation, p.width-1) {
			lines = append(lines, " "+t.Dim.Render(line))
		}
	}
	return strings.Join(text.Squeeze(lines, p.height), "\n")
}

// headline is what this controller does now.
func (p *Page) headline() string {
	t := p.c.Theme
	clients := figures.Count(p.here(), "client")
	switch {
	case len(p.of.Controllers) == 0:
		return " " + t.Dim.Render("not in a mesh yet: there is nothing to hand over")
	case !p.of.Controller.Draining:
		return " " + t.Good.Render(t.Glyph.Up+" serving") + ", " + clients + " here"
	case p.here() == 0:
		return " " + t.Warn.Render(t.Glyph.Half+" drained") + ": no client is left here, maintenance may begin"
	}
	return " " + t.Warn.Render(t.Glyph.Half+" draining") + ", " + clients + " left here"
}

// cells are the cells of row i, one for each of the columns.
func (p *Page) cells(i int) []string {
	t, c := p.c.Theme, p.of.Controllers[i]
	state := t.Good.Render(t.Glyph.Up + " serving")
	switch {
	case !c.Reachable && !c.Self:
		state = t.Bad.Render(t.Glyph.Down + " lost " + figures.Age(p.c.Now(), c.LastHeard))
	case c.Draining:
		state = t.Warn.Render(t.Glyph.Half + " draining")
	}
	if c.Self {
		state += t.Dim.Render(" (this one)")
	}
	cells := []string{fmt.Sprintf("#%d", c.ID), c.Name, text.Thousands(c.Clients)}
	if p.bars > 0 {
		cells = append(cells, p.bar(c.Clients))
	}
	return append(cells, state)
}

// bar shows how the clients are spread.
func (p *Page) bar(clients int) string {
	most := 1
	for _, c := range p.of.Controllers {
		most = max(most, c.Clients)
	}
	glyphs := p.c.Theme.Glyph.Bars
	return p.c.Theme.Accent.Render(strings.Repeat(glyphs[len(glyphs)/2], (clients*p.bars+most-1)/most))
}

// taskLines are the newest task: what it is, how long it takes, its steps.
func (p *Page) taskLines(task status.Task) []string {
	t := p.c.Theme
	took := figures.Since(p.c.Now(), task.StartedAt)
	if !task.FinishedAt.IsZero() {
		took = figures.Span(task.FinishedAt.Sub(task.StartedAt)) + ", " + figures.Age(p.c.Now(), task.FinishedAt) + " ago"
	}
	lines := []string{text.Sides(" "+t.Strong.Render(task.Title), t.Dim.Render(took), p.width)}
	for _, line := range progress.Lines(t, task, p.width-1) {
		lines = append(lines, " "+line)
	}
	if task.State == status.Done && task.Result != "" {
		lines = append(lines, text.Hang(" "+t.Good.Render(t.Glyph.OK)+" ", task.Result, p.width)...)
	}
	if task.State == status.Running {
		lines = append(lines, " "+t.Dim.Render("You may leave this page; it goes on."))
	}
	return lines
}
