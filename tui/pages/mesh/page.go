// Package mesh is the page Mesh: every controller and every link as the mesh knows them, as a matrix
// and as a map, and the path that traffic takes between two controllers. It changes nothing.
package mesh

import (
	"fmt"
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/status/figures"
	"vns3/tui/component/dialog"
	"vns3/tui/page"
)

// mode is what the cells of the matrix say.
type mode uint8

const (
	byRTT mode = iota
	byLoss
	byTraffic
	byState
	modes
)

// String is the unit as the heading of the matrix has it.
func (m mode) String() string { return [...]string{"ms", "%", "b/s", ""}[m] }

// Title is what the breadcrumb says.
func (m mode) title() string {
	return [...]string{"round trip, ms", "loss, %", "traffic, bit/s", "state of the links"}[m]
}

// Page is the page.
type Page struct {
	c             *page.Context
	width, height int
	mode          mode
	from, to      int // IDs; 0 while no controller is known
	grid          *grid
	view          key.Binding
}

// New makes the page.
func New(c *page.Context) *Page {
	return &Page{c: c, view: page.Bind("v", "ms/loss/traffic/state", "v"), grid: newGrid(c.Snapshot)}
}

// Init looks at the snapshot.
func (p *Page) Init() tea.Cmd {
	p.refresh()
	return nil
}

// SetSize says how much room there is.
func (p *Page) SetSize(width, height int) { p.width, p.height = width, height }

// Note says what the cells show.
func (p *Page) Note() string { return p.c.Theme.Dim.Render(p.mode.title()) }

// Typing is never so here.
func (p *Page) Typing() bool { return false }

// Update moves the ends of the path and changes what the cells show.
func (p *Page) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case page.Refreshed:
		p.refresh()
	case tea.KeyPressMsg:
		return p.press(msg)
	case tea.MouseClickMsg:
		return nil, p.click(msg.X, msg.Y)
	}
	return nil, false
}

// refresh takes over the snapshot, and keeps the ends if they still exist.
func (p *Page) refresh() {
	if p.grid.of != p.c.Snapshot {
		p.grid = newGrid(p.c.Snapshot)
	}
	ids := p.grid.ids
	if len(ids) == 0 {
		p.from, p.to = 0, 0
		return
	}
	if !slices.Contains(ids, p.from) {
		p.from = ids[0]
		if slices.Contains(ids, p.c.Snapshot.Controller.ID) {
			p.from = p.c.Snapshot.Controller.ID
		}
	}
	if !slices.Contains(ids, p.to) {
		p.to = p.trouble()
	}
}

// trouble is the controller that the path from here is worth looking at first: the first whose link is
// not well, else the first other one.
func (p *Page) trouble() int {
	worst := p.from
	for _, id := range p.grid.ids {
		if id == p.from {
			continue
		}
		if worst == p.from || rank(p.grid.worse(p.from, id)) > rank(p.grid.worse(p.from, worst)) {
			worst = id
		}
	}
	return worst
}

func (p *Page) press(k tea.KeyPressMsg) (tea.Cmd, bool) {
	keys := p.c.Keys
	switch {
	case key.Matches(k, keys.Up):
		p.from = p.step(p.from, -1)
	case key.Matches(k, keys.Down):
		p.from = p.step(p.from, 1)
	case key.Matches(k, keys.Left):
		p.to = p.step(p.to, -1)
	case key.Matches(k, keys.Right):
		p.to = p.step(p.to, 1)
	case key.Matches(k, p.view):
		p.mode = (p.mode + 1) % modes
	case key.Matches(k, keys.Enter) && p.from != 0:
		return page.Open(dialog.NewLive(p.c, p.detailTitle(), p.detail)), true
	case key.Matches(k, keys.Visit) && p.to != 0 && p.to != p.c.Snapshot.Controller.ID:
		return page.Visit(p.to), true
	case key.Matches(k, keys.Copy) && p.from != 0:
		if path := p.grid.path(p.from, p.to); len(path) > 0 {
			return page.Copy("path", figures.IDs(path, " -> ")), true
		}
	default:
		return nil, false
	}
	return nil, true
}

// step is the next controller in the given direction; it stays at the ends.
func (p *Page) step(id, by int) int {
	i := slices.Index(p.grid.ids, id)
	if i < 0 {
		return id
	}
	return p.grid.ids[min(max(i+by, 0), len(p.grid.ids)-1)]
}

// click chooses the cell of the matrix under the mouse.
func (p *Page) click(x, y int) bool {
	m := p.matrix()
	row, column := y-1, (x-labelWidth)/max(m.cell, 1)
	if row < 0 || row >= m.rows() || x < labelWidth || column < 0 || column >= len(m.columns) {
		return false
	}
	p.from, p.to = p.grid.ids[m.top+row], m.columns[column]
	return true
}

// ShortHelp names the keys.
func (p *Page) ShortHelp() []key.Binding {
	k := p.c.Keys
	return []key.Binding{
		page.Bind("↑↓", "from", append(k.Up.Keys(), k.Down.Keys()...)...), page.Bind("←→", "to", append(k.Left.Keys(), k.Right.Keys()...)...),
		page.As(p.view, "view"), page.As(k.Enter, "link"), page.As(k.Visit, fmt.Sprintf("console of #%d", p.to)),
	}
}

// FullHelp names all keys.
func (p *Page) FullHelp() [][]key.Binding {
	k := p.c.Keys
	return [][]key.Binding{
		{page.As(k.Up, "from the one before"), page.As(k.Down, "from the next"), page.As(k.Left, "to the one before"), page.As(k.Right, "to the next")},
		{p.view, page.As(k.Enter, "the link in detail"), page.As(k.Copy, "copy the path"), page.As(k.Visit, "open the console of the second one")},
	}
}
