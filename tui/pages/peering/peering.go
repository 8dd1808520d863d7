// Package peering is the page Controller Peering: one row for each controller that the license
// allows, a drop-down in each. Edits are staged here, shown against what runs, and saved at once;
// nothing is saved unseen and no edit is lost silently. It also has the panel that Runtime Status
// shows after a save.
package peering

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/peering"
	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/dropdown"
	"vns3/tui/page"
)

// Page is the peering page.
type Page struct {
	page    *page.Context
	draft   draft
	started bool // the draft was read from a snapshot
	cursor  int  // 0…: rows, then buttons
	top     int  // first row shown

	list   *dropdown.Model // the open drop-down of the row at the cursor
	items  []rowItem       // what its items mean
	typed  probe           // check of the address that is being typed
	probes map[int]probe   // checks of rows, by ID
	last   int             // generation of the newest check

	saving  bool
	refused string // why the last save did not happen
	news    []int  // rows that somebody else changed meanwhile

	keys          bindings
	width, height int
}

// New makes the page.
func New(c *page.Context) *Page {
	return &Page{page: c, probes: map[int]probe{}, keys: newBindings()}
}

// Init takes over what runs now, beneath the edits that were left here.
func (p *Page) Init() tea.Cmd {
	defer p.settle()
	return p.refresh()
}

// SetSize takes the page's size.
func (p *Page) SetSize(width, height int) { p.width, p.height = width, height }

// Typing says that a drop-down is open.
func (p *Page) Typing() bool { return p.list != nil }

// Unsaved names the staged edits.
func (p *Page) Unsaved() string {
	if n := len(p.draft.rows()); n > 0 {
		return figures.Count(n, "row") + " of the peering table"
	}
	return ""
}

// Note says how many rows are staged.
func (p *Page) Note() string {
	t := p.page.Theme
	switch n := len(p.draft.rows()); {
	case p.saving:
		return t.Accent.Render(t.Glyph.Half + " saving …")
	case n > 0:
		return t.Warn.Render("* " + figures.Count(n, "row") + " unsaved")
	}
	return ""
}

// count is how many rows the page has: one for each controller of the license, and those beyond it
// that hold something; nine while unlicensed.
func (p *Page) count() int {
	licensed := p.licensed()
	if licensed == 0 {
		return peering.MaxID
	}
	n := licensed
	for id := range p.draft.table.Rows() {
		if p.draft.table[id].Kind != peering.NotSet || p.draft.base[id].Kind != peering.NotSet {
			n = max(n, id)
		}
	}
	return n
}

func (p *Page) licensed() int {
	if l := p.page.Snapshot.Controller.License; l.Licensed {
		return min(l.Controllers, peering.MaxID)
	}
	return 0
}

// row is the ID of the row at the cursor; 0: the cursor is on a button.
func (p *Page) row() int {
	if p.cursor < p.count() {
		return p.cursor + 1
	}
	return 0
}

// refresh compares the draft with what runs now.
func (p *Page) refresh() tea.Cmd {
	running := p.page.Snapshot.Peering
	if !p.started {
		p.draft = draft{base: running.Table, table: running.Table, version: running.Version}
		p.started = running.Version != "" || running.State != ""
		return nil
	}
	if running.Version == p.draft.version { // also the snapshot from before a save of ours
		return nil
	}
	edited := len(p.draft.rows()) > 0
	news := p.draft.rebase(running.Table, running.Version)
	if len(news) == 0 || p.saving || !edited {
		return nil
	}
	p.news = news
	return page.Toast(status.Warn, "the peering table was changed meanwhile, "+rowsNamed(news)+"; your edits are kept")
}

// Update handles one message.
func (p *Page) Update(msg tea.Msg) (tea.Cmd, bool) {
	defer p.settle()
	switch msg := msg.(type) {
	case page.Refreshed:
		return p.refresh(), true
	case page.Reply:
		return p.replied(msg), true
	case checked:
		p.found(msg)
		return nil, true
	case checkDue:
		return p.due(msg), true
	case moveSelf:
		return p.moved(msg.to), true
	case confirmed:
		return p.send(), true
	case page.Invoke:
		return p.invoke(msg.Action), true
	}
	if p.list != nil {
		return p.choose(msg)
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return p.press(msg)
	case tea.MouseClickMsg:
		return p.click(msg)
	case tea.MouseWheelMsg:
		if msg.Button == tea.MouseWheelUp {
			p.move(-1)
		} else {
			p.move(1)
		}
		return nil, true
	}
	return nil, false
}

func (p *Page) move(by int) {
	p.cursor = max(min(p.cursor+by, p.count()+len(p.buttons())-1), 0)
}

// settle keeps the cursor on what is there, rows and buttons may have become fewer, and its row in sight.
func (p *Page) settle() {
	p.move(0)
	if p.row() == 0 {
		p.list = nil
	}
	p.top = p.layout().from
}

func (p *Page) undo() {
	p.draft.undoAll()
	p.refused, p.news = "", nil
}

// invoke begins what the palette or another page asked for.
func (p *Page) invoke(action string) tea.Cmd {
	switch action {
	case page.UseSuggestion:
		return p.useSuggestion()
	case "peering set":
		return p.save()
	case "peering check":
		p.cursor = min(p.cursor, p.count()-1)
		return p.showCheck(p.row())
	case "peering apply":
		if p.page.Snapshot.Peering.Staged == nil {
			return page.Note("nothing is staged over the API")
		}
		return p.page.Do(p, control.PeeringApply{})
	case "peering accept":
		return p.findWanting()
	}
	return nil
}

// findWanting leads to the first controller that wants to peer; it is accepted there.
func (p *Page) findWanting() tea.Cmd {
	for id := 1; id <= p.count(); id++ {
		if p.wantsToPeer(id) {
			p.cursor = id - 1
			return page.Note(fmt.Sprintf("controller %d wants to peer: a accepts", id))
		}
	}
	return page.Note("no controller wants to peer")
}

// wantsToPeer says that a controller with our keys and this ID tries to reach us without a row here.
func (p *Page) wantsToPeer(id int) bool {
	for _, w := range p.page.Snapshot.Warnings {
		if w.Code == string(status.PeerWantsToPeer) && w.Peer == id {
			return true
		}
	}
	return false
}
