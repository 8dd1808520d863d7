package packs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"vns3/status"
	"vns3/tui/component/filter"
	"vns3/tui/component/table"
	"vns3/tui/component/text"
	"vns3/tui/page"
	"vns3/tui/theme"
)

// state is what a clientpack is good for now.
type state uint8

const (
	inUse    state = iota // a client server is connected with it
	out                   // handed out, not connected
	free                  // may be handed out
	disabled              // refused everywhere
	states
)

// String is the word of the state.
func (s state) String() string { return [...]string{"in use", "out", "free", "disabled"}[s] }

func stateOf(c *status.Client) state {
	switch {
	case !c.Enabled:
		return disabled
	case c.Connected:
		return inUse
	case c.CheckedOut:
		return out
	}
	return free
}

// sign is the glyph and style of a state.
func (s state) sign(t *theme.Theme) (string, lipgloss.Style) {
	switch s {
	case inUse:
		return t.Glyph.Up, t.Good
	case out:
		return t.Glyph.Half, t.Text
	case disabled:
		return t.Glyph.Down, t.Bad
	}
	return t.Glyph.Waiting, t.Dim
}

// order is what the packs are sorted by.
type order uint8

const (
	byName order = iota
	byState
	bySeen
	byTags
	orders
)

// String is what the note says.
func (o order) String() string { return [...]string{"name", "state", "last seen", "tags"}[o] }

var columns = []table.Column{
	{Title: "CLIENTPACK", Width: 15}, {Title: "STATE", Width: 11}, {Title: "SEEN", Width: 4, Right: true},
	{Title: "TAGS", Width: 12, Flex: 2}, {Title: "", Width: 10, Yield: 1},
	{Title: "ENDPOINT", Width: 19, Flex: 1, Yield: 3}, {Title: "ASSIGNED", Width: 8, Yield: 2},
	{Title: "SENT", Width: 5, Right: true, Yield: 4}, {Title: "RECEIVED", Width: 8, Right: true, Yield: 4},
}

// list is the clientpacks, filtered and sorted; which rows they are is worked out once for each snapshot.
type list struct {
	c             *page.Context
	of            *status.Snapshot
	filter        *filter.Model
	table         *table.Model
	order         order
	rows          []int // of the snapshot's clients
	count         [states]int
	outdated      int
	width, height int
}

func newList(c *page.Context) *list {
	l := &list{c: c, filter: filter.New(c), table: table.New(c, columns...)}
	l.refresh()
	return l
}

func (l *list) setSize(width, height int) {
	l.width, l.height = width, height
	l.fit()
}

// above is how many lines stand above the table: the summary, an empty line, and the filter.
func (l *list) above() int {
	if l.filter.Typing() || l.filter.Active() {
		return 2
	}
	return 1
}

func (l *list) fit() { l.table.SetSize(l.width, l.height-l.above()) }

// refresh counts, filters and sorts the packs of the snapshot. The cursor stays on its pack.
func (l *list) refresh() {
	name := ""
	if pack := l.selected(); pack != nil {
		name = pack.Name
	}
	l.of = l.c.Snapshot
	l.count, l.outdated = [states]int{}, 0
	l.rows = make([]int, 0, len(l.of.Clients))
	for i := range l.of.Clients {
		c := &l.of.Clients[i]
		l.count[stateOf(c)]++
		if c.Outdated {
			l.outdated++
		}
		if !l.filter.Active() || l.filter.Matches(haystack(c)) {
			l.rows = append(l.rows, i)
		}
	}
	l.sort()
	l.table.SetRows(len(l.rows))
	if at := slices.IndexFunc(l.rows, func(i int) bool { return l.of.Clients[i].Name == name }); at >= 0 {
		l.table.Select(at)
	}
}

// haystack is the text that the filter looks into.
func haystack(c *status.Client) string {
	words := []string{c.Name, c.OverlayAddress, c.Endpoint, stateOf(c).String(), text.Tags(c.Tags)}
	if c.Outdated {
		words = append(words, "outdated")
	}
	if c.ControllerID != 0 {
		words = append(words, fmt.Sprintf("#%d", c.ControllerID))
	}
	return strings.Join(words, " ")
}

// sort orders the rows; what is equal stays in the order of the addresses.
func (l *list) sort() {
	all := l.of.Clients
	compare := func(a, b *status.Client) int { return 0 }
	switch l.order {
	case byState:
		compare = func(a, b *status.Client) int { return cmp.Compare(stateOf(a), stateOf(b)) }
	case bySeen:
		compare = func(a, b *status.Client) int { return b.LastHandshake.Compare(a.LastHandshake) }
	case byTags:
		compare = func(a, b *status.Client) int {
			return cmp.Or(cmp.Compare(min(len(b.Tags), 1), min(len(a.Tags), 1)), cmp.Compare(text.Tags(a.Tags), text.Tags(b.Tags)))
		}
	}
	slices.SortFunc(l.rows, func(i, j int) int {
		return cmp.Or(compare(&all[i], &all[j]), cmp.Compare(all[i].Index, all[j].Index))
	})
}

// selected is the pack under the cursor; nil: there is none.
func (l *list) selected() *status.Client {
	if at := l.table.Cursor(); at >= 0 {
		return &l.of.Clients[l.rows[at]]
	}
	return nil
}

// update handles what moves, filters and sorts; used says that it was that.
func (l *list) update(msg tea.Msg) bool {
	if used, changed := l.filter.Update(msg); used {
		if changed {
			l.refresh()
		}
		l.fit()
		return true
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if key.Matches(msg, l.c.Keys.Sort) {
			l.order = (l.order + 1) % orders
			l.refresh()
			l.table.Select(0)
			return true
		}
	case tea.MouseClickMsg:
		msg.Y -= l.above()
		return l.table.Update(msg)
	}
	return l.table.Update(msg)
}

func (l *list) note() string {
	if len(l.of.Clients) == 0 {
		return ""
	}
	return l.c.Theme.Dim.Render(fmt.Sprintf("%s of %s, by %s", text.Thousands(len(l.rows)), text.Thousands(len(l.of.Clients)), l.order))
}
