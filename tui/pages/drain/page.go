// Package drain is the page Drain: handing clients and traffic over before maintenance, taking them
// back, spreading clients evenly, and taking the clients of a lost controller.
package drain

import (
	"fmt"
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/dialog"
	"vns3/tui/component/progress"
	"vns3/tui/component/table"
	"vns3/tui/page"
)

// ours are the tasks that this page shows.
var ours = []string{control.Drain{}.Action(), control.Rebalance{}.Action(), control.Takeover{}.Action()}

// Page is the page.
type Page struct {
	c                         *page.Context
	width, height             int
	of                        *status.Snapshot
	table                     *table.Model
	bars                      int // how wide the longest bar of clients is; 0: there is no room
	drain, undo, spread, take key.Binding
}

// New makes the page.
func New(c *page.Context) *Page {
	p := &Page{
		c: c, table: table.New(c),
		drain: page.Bind("D", "drain", "D"), undo: page.As(c.Keys.Undo, "undo the drain"), spread: page.Bind("b", "rebalance", "b"),
		take: page.Bind("T", "take over", "T"),
	}
	p.refresh()
	return p
}

// Init looks at the snapshot.
func (p *Page) Init() tea.Cmd {
	p.refresh()
	return nil
}

// SetSize says how much room there is.
func (p *Page) SetSize(width, height int) {
	p.width, p.height = width, height
	p.fit()
}

// Typing is never so here.
func (p *Page) Typing() bool { return false }

// Note says whether this controller drains.
func (p *Page) Note() string {
	if p.of.Controller.Draining {
		return p.c.Theme.Warn.Render("draining")
	}
	return ""
}

func (p *Page) refresh() {
	p.of = p.c.Snapshot
	p.table.SetRows(len(p.of.Controllers))
	p.fit()
}

// task is the newest task of this page; nil: there was none since the engine started.
func (p *Page) task() *status.Task {
	for i := len(p.of.Tasks) - 1; i >= 0; i-- {
		if slices.Contains(ours, p.of.Tasks[i].Name) {
			return &p.of.Tasks[i]
		}
	}
	return nil
}

// Update handles a message.
func (p *Page) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case page.Refreshed:
		p.refresh()
		return nil, true
	case page.Reply:
		return p.replied(msg), true
	case page.Invoke:
		return p.invoke(msg.Action), true
	case tea.MouseClickMsg:
		msg.Y -= p.above()
		return nil, p.table.Update(msg)
	case tea.KeyPressMsg:
		return p.press(msg)
	}
	return nil, p.table.Update(msg)
}

func (p *Page) press(k tea.KeyPressMsg) (tea.Cmd, bool) {
	switch {
	case key.Matches(k, p.drain):
		return p.askDrain(), true
	case key.Matches(k, p.undo):
		return p.askUndo(), true
	case key.Matches(k, p.spread):
		return p.askSpread(), true
	case key.Matches(k, p.take):
		return p.askTake(), true
	case key.Matches(k, p.c.Keys.Copy) && p.task() != nil:
		return page.Copy("report", progress.Report(*p.task())), true
	}
	return nil, p.table.Update(k)
}

// others counts the controllers that could take clients.
func (p *Page) others() int {
	n := 0
	for _, c := range p.of.Controllers {
		if !c.Self && c.Reachable && !c.Draining {
			n++
		}
	}
	return n
}

// here is how many clients this controller holds.
func (p *Page) here() int {
	for _, c := range p.of.Controllers {
		if c.Self {
			return c.Clients
		}
	}
	return 0
}

func (p *Page) askDrain() tea.Cmd {
	switch {
	case p.of.Controller.Draining:
		return page.Note("This controller drains already: " + p.undo.Help().Key + " takes it back.")
	case p.others() == 0:
		return page.Toast(status.Warn, "There is no other controller now that could take over.")
	}
	words := "Drain this controller? No client is here now; none is taken, and no traffic goes through it, until the drain is undone."
	if n := p.here(); n > 0 {
		words = fmt.Sprintf("Drain this controller? What it holds, %s, goes to the others, and no traffic goes through it, until the drain is undone.", figures.Count(n, "client"))
	}
	return dialog.Ask(p.c, p, control.Drain{}, dialog.Question{Title: "Drain", Text: words, Yes: "Drain"})
}

func (p *Page) askUndo() tea.Cmd {
	if !p.of.Controller.Draining {
		return page.Note("This controller does not drain.")
	}
	return p.c.Do(p, control.Drain{Undo: true})
}

func (p *Page) askSpread() tea.Cmd {
	return dialog.Ask(p.c, p, control.Rebalance{}, dialog.Question{
		Title: "Rebalance", Text: "Hand each client of the whole mesh to the controller that its clientpack names? So they are spread evenly again. Those that move are handed over without loss.", Yes: "Rebalance",
	})
}

func (p *Page) askTake() tea.Cmd {
	at := p.table.Cursor()
	if at < 0 || at >= len(p.of.Controllers) {
		return nil
	}
	switch c := p.of.Controllers[at]; {
	case c.Self:
		return page.Note("Choose the controller whose clients are to be taken over.")
	case c.Reachable:
		return page.Note(fmt.Sprintf("#%d is not lost: drain it there instead.", c.ID))
	default:
		return dialog.Ask(p.c, p, control.Takeover{Controller: c.ID}, dialog.Question{
			Title: fmt.Sprintf("Take over from #%d", c.ID), Yes: "Take over",
			Text: fmt.Sprintf("Take the clients of #%d here? The mesh does this by itself, except on the smaller side of a cut. Do it only if the other side does not.", c.ID),
		})
	}
}

// invoke begins an action that the palette sent here.
func (p *Page) invoke(action string) tea.Cmd {
	switch action {
	case control.Drain{}.Action():
		return p.askDrain()
	case control.Rebalance{}.Action():
		return p.askSpread()
	case control.Takeover{}.Action():
		return p.askTake()
	}
	return nil
}

// replied says why an action was refused; one that began shows itself as a task.
func (p *Page) replied(r page.Reply) tea.Cmd {
	if r.Err != nil {
		return page.Toast(status.Error, r.Err.Error())
	}
	return nil
}

// ShortHelp names the keys that do something now.
func (p *Page) ShortHelp() []key.Binding {
	help := []key.Binding{p.drain}
	if p.of.Controller.Draining {
		help[0] = p.undo
	}
	return append(help, p.spread, p.take)
}

// FullHelp names all keys.
func (p *Page) FullHelp() [][]key.Binding {
	return [][]key.Binding{{p.drain, p.undo, p.spread, p.take}, {p.c.Keys.Up, p.c.Keys.Down, page.As(p.c.Keys.Copy, "copy the task's report")}}
}
