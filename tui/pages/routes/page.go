// Package routes is the page Routes: networks behind this controller, and those that the other
// controllers advertise. Only this controller's own routes can be changed here.
package routes

import (
	"cmp"
	"fmt"
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/component/filter"
	"vns3/tui/component/table"
	"vns3/tui/page"
)

var columns = []table.Column{
	{Title: "NETWORK", Width: 18}, {Title: "STATE", Width: 10}, {Title: "VIA", Width: 14, Flex: 1},
	{Title: "METRIC", Width: 6, Right: true, Yield: 2}, {Title: "", Width: 10, Yield: 3}, {Title: "DESCRIPTION", Width: 12, Flex: 2, Yield: 1},
}

// Page is the page.
type Page struct {
	c                   *page.Context
	width, height       int
	of                  *status.Snapshot
	rows                []int // of the snapshot's routes: ours first
	filter              *filter.Model
	table               *table.Model
	add, enable, remove key.Binding
}

// New makes the page.
func New(c *page.Context) *Page {
	p := &Page{
		c: c, filter: filter.New(c), table: table.New(c, columns...),
		add: page.Bind("a", "add", "a"), enable: page.Bind("d", "disable or enable", "d"), remove: page.Bind("X", "remove", "X", "delete"),
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

// Typing says that keys go into the filter.
func (p *Page) Typing() bool { return p.filter.Typing() }

// Note counts the routes.
func (p *Page) Note() string {
	own := 0
	for _, r := range p.of.Routes {
		if p.own(r) {
			own++
		}
	}
	return p.c.Theme.Dim.Render(fmt.Sprintf("%d here, %d of others", own, len(p.of.Routes)-own))
}

// own says that the route is this controller's.
func (p *Page) own(r status.Route) bool { return r.ID != 0 }

// refresh takes over the snapshot. The cursor stays on its route.
func (p *Page) refresh() {
	before, had := p.selected()
	p.of = p.c.Snapshot
	p.rows = p.rows[:0:0]
	for i, r := range p.of.Routes {
		if !p.filter.Active() || p.filter.Matches(fmt.Sprintf("%s %s %s %s #%d", r.CIDR, r.Description, r.Gateway, r.Interface, r.Controller)) {
			p.rows = append(p.rows, i)
		}
	}
	slices.SortStableFunc(p.rows, func(i, j int) int {
		a, b := p.of.Routes[i], p.of.Routes[j]
		if p.own(a) != p.own(b) {
			if p.own(a) {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.Controller, b.Controller), cmp.Compare(a.ID, b.ID), cmp.Compare(a.CIDR, b.CIDR))
	})
	p.table.SetRows(len(p.rows))
	same := func(i int) bool {
		r := p.of.Routes[i]
		return r.ID == before.ID && r.Controller == before.Controller && r.CIDR == before.CIDR
	}
	if at := slices.IndexFunc(p.rows, same); had && at >= 0 {
		p.table.Select(at)
	}
	p.fit()
}

// selected is the route under the cursor.
func (p *Page) selected() (status.Route, bool) {
	if at := p.table.Cursor(); at >= 0 {
		return p.of.Routes[p.rows[at]], true
	}
	return status.Route{}, false
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
	}
	if used, changed := p.filter.Update(msg); used {
		if changed {
			p.refresh()
		}
		p.fit()
		return nil, true
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return p.press(msg)
	case tea.MouseClickMsg:
		msg.Y -= p.above()
		return nil, p.table.Update(msg)
	}
	return nil, p.table.Update(msg)
}

func (p *Page) press(k tea.KeyPressMsg) (tea.Cmd, bool) {
	if key.Matches(k, p.add) {
		return p.askAdd(), true
	}
	r, is := p.selected()
	if !is {
		return nil, false
	}
	switch {
	case key.Matches(k, p.c.Keys.Enter):
		return page.Open(dialog.NewLive(p.c, "Route "+r.CIDR, func(width int) []string { return p.detail(r, width) })), true
	case key.Matches(k, p.c.Keys.Copy):
		return page.Copy("network", r.CIDR), true
	case key.Matches(k, p.enable):
		return p.toggle(r), true
	case key.Matches(k, p.remove):
		return p.askRemove(r), true
	}
	return nil, p.table.Update(k)
}

// toggle enables a route at once, and asks before it disables one.
func (p *Page) toggle(r status.Route) tea.Cmd {
	if !p.own(r) {
		return p.notOurs(r)
	}
	request := control.RouteEnable{ID: r.ID, CIDR: r.CIDR, Enabled: !r.Enabled}
	if request.Enabled {
		return p.c.Do(p, request)
	}
	return dialog.Ask(p.c, p, request, dialog.Question{
		Title: "Disable a route", Text: fmt.Sprintf("Disable %s? %s It stays in the table and can be enabled again.", r.CIDR, consequence(r)), Yes: "Disable",
	})
}

func (p *Page) askRemove(r status.Route) tea.Cmd {
	if !p.own(r) {
		return p.notOurs(r)
	}
	return dialog.Ask(p.c, p, control.RouteRemove{ID: r.ID, CIDR: r.CIDR}, dialog.Question{
		Title: "Remove a route", Text: fmt.Sprintf("Remove %s? %s", r.CIDR, consequence(r)), Yes: "Remove",
	})
}

// consequence says what ends with a route.
func consequence(r status.Route) string {
	if r.Advertise {
		return "All controllers and their clients stop reaching this network through here."
	}
	return "This controller stops reaching this network."
}

func (p *Page) notOurs(r status.Route) tea.Cmd {
	return page.Note(fmt.Sprintf("#%d advertises %s: change it there.", r.Controller, r.CIDR))
}

// invoke begins an action that the palette sent here.
func (p *Page) invoke(action string) tea.Cmd {
	if action == (control.RouteAdd{}).Action() {
		return p.askAdd()
	}
	r, is := p.selected()
	switch {
	case !is:
		return page.Note("There is no route to do this with: a adds one.")
	case action == control.RouteRemove{}.Action():
		return p.askRemove(r)
	case action == control.RouteEnable{}.Action():
		return p.toggle(r)
	}
	return nil
}

// replied says what came of an action.
func (p *Page) replied(r page.Reply) tea.Cmd {
	if r.Err != nil {
		return page.Toast(status.Error, r.Err.Error())
	}
	switch request := r.Request.(type) {
	case control.RouteRemove:
		return page.Toast(status.Info, "The route is removed.")
	case control.RouteEnable:
		if request.Enabled {
			return page.Toast(status.Info, "The route is enabled.")
		}
		return page.Toast(status.Info, "The route is disabled.")
	}
	return nil
}

// ShortHelp names the keys.
func (p *Page) ShortHelp() []key.Binding {
	k := p.c.Keys
	switch {
	case p.filter.Typing():
		return []key.Binding{page.As(k.Enter, "keep filter"), page.As(k.Back, "clear filter")}
	case len(p.rows) == 0:
		return []key.Binding{p.add}
	}
	return []key.Binding{page.As(k.Enter, "detail"), p.add, p.enable, p.remove, k.Filter}
}

// FullHelp names all keys.
func (p *Page) FullHelp() [][]key.Binding {
	k := p.c.Keys
	return [][]key.Binding{{k.Up, k.Down, page.As(k.Enter, "detail"), k.Filter, k.Copy}, {p.add, p.enable, p.remove}}
}
