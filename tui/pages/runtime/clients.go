package runtime

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/component/filter"
	"vns3/tui/component/table"
	"vns3/tui/page"
)

// order is what the clients are sorted by.
type order uint8

const (
	byName order = iota
	byController
	byTrouble
	bySeen
	byTraffic
	orders
)

// String is what the note says.
func (o order) String() string {
	return [...]string{"name", "controller", "trouble first", "last seen", "traffic"}[o]
}

// clientColumns are the columns of the clients; the last ones only where there is room.
var clientColumns = []table.Column{
	{Title: "CLIENT", Width: 15},
	{Title: "AT", Width: 4},
	{Title: "ENDPOINT", Width: 19, Flex: 1},
	{Title: "SEEN", Width: 4, Right: true},
	{Title: "SENT", Width: 5, Right: true},
	{Title: "RCVD", Width: 5, Right: true},
	{Title: "SINCE", Width: 8, Right: true, Yield: 1},
	{Title: "TAGS", Width: 16, Flex: 2, Yield: 2},
}

// clientList is the clients of the mesh, filtered and sorted. Only the rows on the screen are drawn;
// which they are is worked out once for each snapshot.
type clientList struct {
	c            *page.Context
	filter       *filter.Model
	table        *table.Model // the list that has the page for itself
	preview      *table.Model // the first rows, in the overview
	order        order
	hereOnly     bool
	of           *status.Snapshot // that the rows are of
	rows         []int            // indices of its clients
	tally        tally
	scope, close key.Binding
	width        int
	height       int
}

// tally counts the clients.
type tally struct{ here, up, silent, away int }

func (t tally) all() int { return t.up + t.silent + t.away }

func newClientList(c *page.Context) *clientList {
	l := &clientList{
		c: c, filter: filter.New(c), table: table.New(c, clientColumns...), preview: table.New(c, clientColumns...),
		scope: page.Bind("t", "here or whole mesh", "t"), close: page.As(c.Keys.Back, "back"),
	}
	l.preview.SetFocus(false)
	return l
}

func (l *clientList) setSize(width, height int) {
	l.width, l.height = width, height
	l.fit()
}

// fit gives the list what the summary and the filter leave.
func (l *clientList) fit() {
	room := l.height - 1
	if l.filter.Typing() || l.filter.Active() {
		room--
	}
	l.table.SetSize(l.width, room)
}

// refresh filters, sorts and counts the clients of the snapshot.
func (l *clientList) refresh() {
	selected := l.selected()
	l.of = l.c.Snapshot
	self := l.of.Controller.ID
	l.tally = tally{}
	l.rows = make([]int, 0, len(l.of.Clients))
	for i := range l.of.Clients {
		client := &l.of.Clients[i]
		here := client.ControllerID == self && self != 0
		l.tally.count(client, here)
		if (!l.hereOnly || here) && (!l.filter.Active() || l.filter.Matches(haystack(client))) {
			l.rows = append(l.rows, i)
		}
	}
	l.sort()
	l.table.SetRows(len(l.rows))
	l.preview.SetRows(len(l.rows))
	if at := slices.IndexFunc(l.rows, func(i int) bool { return l.of.Clients[i].Name == selected }); at >= 0 {
		l.table.Select(at)
	}
}

// selected is the name of the client under the cursor.
func (l *clientList) selected() string {
	if at := l.table.Cursor(); at >= 0 {
		return l.of.Clients[l.rows[at]].Name
	}
	return ""
}

func (t *tally) count(c *status.Client, here bool) {
	switch {
	case c.Connected:
		t.up++
		if here {
			t.here++
		}
	case !c.LastHandshake.IsZero():
		t.silent++
	default:
		t.away++
	}
}

// haystack is the text that the filter looks into.
func haystack(c *status.Client) string {
	parts := []string{c.Name, c.OverlayAddress, c.Endpoint, fmt.Sprintf("#%d", c.ControllerID), c.Reason}
	for k, v := range c.Tags {
		parts = append(parts, k+"="+v)
	}
	return strings.Join(parts, " ")
}

// sort orders the rows; what is equal stays in the order of the names.
func (l *clientList) sort() {
	all := l.of.Clients
	compare := func(a, b *status.Client) int { return 0 }
	switch l.order {
	case byController:
		compare = func(a, b *status.Client) int { return cmp.Compare(a.ControllerID, b.ControllerID) }
	case byTrouble:
		compare = func(a, b *status.Client) int { return cmp.Compare(trouble(b), trouble(a)) }
	case bySeen:
		compare = func(a, b *status.Client) int { return b.LastHandshake.Compare(a.LastHandshake) }
	case byTraffic:
		compare = func(a, b *status.Client) int { return cmp.Compare(b.TxBytes+b.RxBytes, a.TxBytes+a.RxBytes) }
	}
	slices.SortFunc(l.rows, func(i, j int) int {
		a, b := &all[i], &all[j]
		return cmp.Or(compare(a, b), cmp.Compare(a.Index, b.Index))
	})
}

// trouble is higher the more a client needs a look: silent before never seen, because it was well once.
func trouble(c *status.Client) int {
	switch {
	case c.Connected:
		return 0
	case c.LastHandshake.IsZero():
		return 1
	}
	return 2
}

func (l *clientList) update(msg tea.Msg) (tea.Cmd, bool) {
	if used, changed := l.filter.Update(msg); used {
		if changed {
			l.refresh()
		}
		l.fit()
		return nil, true
	}
	if click, is := msg.(tea.MouseClickMsg); is {
		click.Y-- // the summary
		return nil, l.table.Update(click)
	}
	k, is := msg.(tea.KeyPressMsg)
	if !is {
		return nil, l.table.Update(msg)
	}
	switch {
	case key.Matches(k, l.c.Keys.Sort):
		l.order = (l.order + 1) % orders
		l.refresh()
		l.table.Select(0)
	case key.Matches(k, l.scope):
		l.hereOnly = !l.hereOnly
		l.refresh()
	case key.Matches(k, l.c.Keys.Enter):
		return l.open(), true
	case key.Matches(k, l.c.Keys.Copy):
		if name := l.selected(); name != "" {
			return page.Copy("client", name), true
		}
	default:
		return nil, l.table.Update(msg)
	}
	return nil, true
}

// open shows everything about the client under the cursor; it stays live.
func (l *clientList) open() tea.Cmd {
	name := l.selected()
	if name == "" {
		return nil
	}
	return page.Open(dialog.NewLive(l.c, "Client "+name, func(width int) []string { return clientDetail(l.c, name, width) }))
}

func (l *clientList) shortHelp() []key.Binding {
	if l.filter.Typing() {
		return []key.Binding{page.As(l.c.Keys.Enter, "keep filter"), page.As(l.c.Keys.Back, "clear filter")}
	}
	k := l.c.Keys
	return []key.Binding{page.As(k.Enter, "detail"), k.Filter, k.Sort, l.close, l.scope, k.Copy}
}

func (l *clientList) fullHelp() [][]key.Binding {
	k := l.c.Keys
	return [][]key.Binding{{k.Up, k.Down, k.PageUp, k.PageDown, k.Top, k.Bottom}, {page.As(k.Enter, "detail"), k.Filter, k.Sort, l.scope, k.Copy, l.close}}
}
