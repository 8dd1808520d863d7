// Package runtime is the page Runtime Status: this controller, its peers, the clients here and in the
// whole mesh, and the machine, with everything that needs attention on top.
package runtime

import (
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/component/table"
	"vns3/tui/component/text"
	"vns3/tui/page"
	"vns3/tui/pages/peering"
)

// Page is the page. It has two faces: the overview, and the list of all clients.
type Page struct {
	c             *page.Context
	width, height int
	seen          *status.Snapshot
	saved         peering.Saved    // the verdicts on a peering table that was just saved
	savedAt       time.Time        // the save that was seen last
	warnings      []status.Warning // what those do not tell already
	cursor        spot
	plan          plan
	peers         *table.Model
	rows          []status.Peer // peers with an address, which is what can be selected
	clients       *clientList
	listing       bool // the list of clients has the whole page
	list, check   key.Binding
}

// spot is what the cursor of the overview is on: a warning, a peer, or the clients as a whole.
type spot struct {
	section section
	index   int
}

type section uint8

const (
	onWarnings section = iota
	onPeers
	onClients
)

// New makes the page.
func New(c *page.Context) *Page {
	p := &Page{
		c: c, cursor: spot{section: onPeers}, peers: table.New(c, peerColumns...), clients: newClientList(c),
		list: page.Bind("c", "all clients", "c"), check: page.As(c.Keys.Enter, "detail"),
	}
	p.refresh()
	for i, peer := range p.rows {
		if peer.State != status.Up { // the first that is worth a look
			p.cursor.index = i
			break
		}
	}
	return p
}

// Init looks at the snapshot. After a save of the peering table the overview is shown, with its panel.
func (p *Page) Init() tea.Cmd {
	p.refresh()
	if p.savedAt != p.c.SavedPeering {
		p.savedAt, p.listing = p.c.SavedPeering, false
	}
	p.arrange()
	return nil
}

// SetSize says how much room there is.
func (p *Page) SetSize(width, height int) {
	p.width, p.height = width, height
	p.clients.setSize(width, height)
	p.arrange()
}

// Note says that the page is live, or which part of it is shown.
func (p *Page) Note() string {
	switch {
	case p.listing:
		return p.clients.note()
	case p.c.Paused:
		return p.c.Theme.Warn.Render("paused") + "  " + p.c.Keys.Pause.Help().Key + " go on"
	case !p.c.Gone.IsZero():
		return p.c.Theme.Warn.Render("as of " + text.Clock(p.c.Now(), p.c.Gone))
	}
	return p.c.Theme.Dim.Render("live  " + p.c.Keys.Pause.Help().Key + " pause")
}

// Typing says that keys go into the clients' filter.
func (p *Page) Typing() bool { return p.listing && p.clients.filter.Typing() }

// Update handles a message.
func (p *Page) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case page.Refreshed:
		p.refresh()
		return nil, true
	case page.Invoke:
		return p.invoke(msg.Action), true
	case page.Reply:
		return p.replied(msg), true
	}
	if p.listing {
		return p.updateList(msg)
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return p.press(msg)
	case tea.MouseClickMsg:
		return p.click(msg.Y), true
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

// refresh takes over a new snapshot. The cursor stays on its peer as long as that exists.
func (p *Page) refresh() {
	if p.seen == p.c.Snapshot {
		return
	}
	id := 0
	if p.cursor.section == onPeers && p.cursor.index < len(p.rows) {
		id = p.rows[p.cursor.index].ID
	}
	p.seen = p.c.Snapshot
	p.rows = p.rows[:0:0]
	for _, peer := range p.seen.Peers {
		if peer.Self || peer.State == status.NotSet {
			continue
		}
		if peer.ID == id {
			p.cursor.index = len(p.rows)
		}
		p.rows = append(p.rows, peer)
	}
	p.peers.SetRows(len(p.rows))
	p.clients.refresh()
	p.arrange()
}

func (p *Page) press(k tea.KeyPressMsg) (tea.Cmd, bool) {
	keys := p.c.Keys
	switch {
	case key.Matches(k, keys.Up):
		p.move(-1)
	case key.Matches(k, keys.Down):
		p.move(1)
	case key.Matches(k, keys.Enter):
		return p.open(), true
	case key.Matches(k, keys.Copy):
		return p.copyChecksum(), true
	case key.Matches(k, keys.Visit) && p.cursor.section == onPeers && p.cursor.index < len(p.rows):
		return page.Visit(p.rows[p.cursor.index].ID), true
	case key.Matches(k, keys.Back) && !p.c.SavedPeering.IsZero():
		p.c.SavedPeering = time.Time{} // the panel was seen
		p.arrange()
	case key.Matches(k, p.list):
		p.listing = true
	case key.Matches(k, keys.Filter, keys.Sort):
		p.listing = true
		return p.updateList(k)
	default:
		return nil, false
	}
	return nil, true
}

// updateList is Update while the list of clients is shown.
func (p *Page) updateList(msg tea.Msg) (tea.Cmd, bool) {
	if cmd, used := p.clients.update(msg); used {
		return cmd, true
	}
	if k, is := msg.(tea.KeyPressMsg); is && (key.Matches(k, p.c.Keys.Back) || key.Matches(k, p.list)) {
		p.listing = false
		p.arrange()
		return nil, true
	}
	return nil, false
}

// move moves the cursor over warnings, peers and clients as if they were one list.
func (p *Page) move(by int) {
	sizes := [...]int{onWarnings: p.plan.warnings, onPeers: len(p.rows), onClients: 1}
	at, total := 0, 0
	for s, n := range sizes {
		if section(s) < p.cursor.section {
			at += n
		}
		total += n
	}
	at = max(min(at+p.cursor.index+by, total-1), 0)
	for s, n := range sizes {
		if at < n {
			p.cursor = spot{section(s), at}
			break
		}
		at -= n
	}
	p.arrange()
}

// click moves the cursor to what is drawn in the line, and opens it if the cursor is there already.
func (p *Page) click(y int) tea.Cmd {
	at, hit := p.plan.hit(y)
	switch {
	case !hit:
		return nil
	case at == p.cursor:
		return p.open()
	}
	p.cursor = at
	p.arrange()
	return nil
}

// open shows what the cursor is on.
func (p *Page) open() tea.Cmd {
	switch p.cursor.section {
	case onWarnings:
		if p.cursor.index < len(p.warnings) {
			return p.openWarning(p.warnings[p.cursor.index])
		}
	case onPeers:
		if p.cursor.index < len(p.rows) {
			return p.openPeer(p.rows[p.cursor.index].ID)
		}
	case onClients:
		p.listing = true
	}
	return nil
}

func (p *Page) copyChecksum() tea.Cmd {
	if sum := p.seen.Controller.TopologyChecksum; sum != "" {
		return page.Copy("topology checksum", sum)
	}
	return page.Note("There is no topology checksum before there is a keyset.")
}

// openPeer shows everything about a peer; it stays live.
func (p *Page) openPeer(id int) tea.Cmd {
	return page.Open(dialog.NewLive(p.c, peerTitle(p.c, id), func(width int) []string { return peerDetail(p.c, id, width) }))
}

// ShortHelp names the keys.
func (p *Page) ShortHelp() []key.Binding {
	k := p.c.Keys
	if p.listing {
		return p.clients.shortHelp()
	}
	return []key.Binding{
		page.Bind("↑↓", "move", append(k.Up.Keys(), k.Down.Keys()...)...), p.check, p.list, k.Filter, page.As(k.Copy, "copy checksum"), k.Visit,
	}
}

// FullHelp names all keys.
func (p *Page) FullHelp() [][]key.Binding {
	k := p.c.Keys
	if p.listing {
		return p.clients.fullHelp()
	}
	return [][]key.Binding{
		{k.Up, k.Down, page.As(k.Enter, "what the cursor is on"), page.As(k.Visit, "open the console of the peer"), p.list},
		{page.As(k.Filter, "filter the clients"), page.As(k.Sort, "sort the clients"), page.As(k.Copy, "copy the checksum")},
	}
}
