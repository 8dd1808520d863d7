package tui

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/status"
	"vns3/tui/component/toast"
	"vns3/tui/page"
	"vns3/tui/theme"
)

// Model is the frame. It only routes: size, keys of its own, the stack of dialogs, the page shown.
type Model struct {
	page    *page.Context
	options Options
	layout  page.Layout
	sync    bool // ask the terminal for synchronized output
	shell   bool // one waits in this terminal, for ctrl+z

	pages   map[page.ID]page.Page
	makers  Pages
	menu    menu
	at      page.ID
	history []page.ID // where esc leads back to

	dialogs []page.Dialog
	corner  struct{ x, y int } // of the topmost dialog as last drawn
	toasts  toast.Model

	watching watch
	turn     int              // of the newest switch to another controller
	agreed   string           // what is not saved and may be lost by that switch
	latest   *status.Snapshot // newest; differs from page.Snapshot while paused
	asked    time.Time        // when ctrl+c was pressed last
	misbound error            // keys of the configuration that were refused
	password string           // that let this console in at the last controller it switched to; empty: none was typed
}

// New makes the frame. Nothing is read or written before the first message.
func New(ctx context.Context, o Options) *Model {
	snapshot := o.Backend.Snapshot()
	o.Origin.Inside = o.Origin.Inside || o.Owner != nil
	m := &Model{
		options: o,
		page: &page.Context{
			Ctx: ctx, Backend: o.Backend, Snapshot: snapshot, Keys: page.DefaultKeys(),
			Theme:    theme.New(theme.Options{Name: o.Theme, ASCII: o.ASCII}),
			ReadOnly: o.ReadOnly, Mouse: !o.NoMouse, Origin: o.Origin,
		},
		pages: map[page.ID]page.Page{}, makers: builtin(), latest: snapshot,
	}
	m.misbound = m.page.Keys.Rebind(o.Keys)
	for id, make := range o.Pages {
		m.makers[id] = make
	}
	if snapshot == nil {
		m.page.Snapshot = &status.Snapshot{}
	}
	m.menu = menu{page: m.page, makers: m.makers}
	m.watching = newWatch(ctx, o.Backend)
	m.at = m.first()
	return m
}

// first is the page a console opens on: what was asked for, else the checklist until it is done.
func (m *Model) first() page.ID {
	if m.options.First != page.None {
		return m.options.First
	}
	if me := m.page.Snapshot.Controller; m.menu.setupLeft() && (!me.KeysetPresent || me.ID == 0) {
		return page.Setup
	}
	return page.Runtime // a controller that was set up may well wait for its peers
}

// Init starts watching the controller and asks the terminal what it is.
func (m *Model) Init() tea.Cmd {
	commands := []tea.Cmd{m.watching.next(m.latest), m.open(m.at)}
	if known := m.page.Theme.Options.Name; known == theme.Auto || known == theme.Sixteen {
		commands = append(commands, tea.RequestBackgroundColor)
	}
	if m.sync {
		commands = append(commands, tea.Raw(ansi.RequestModeSynchronizedOutput))
	}
	if m.misbound != nil {
		commands = append(commands, m.toasts.Add(status.Warn, m.misbound.Error()))
	}
	return tea.Batch(commands...)
}

// Update routes one message.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) { return m, m.route(msg) }

func (m *Model) route(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.resize(msg.Width, msg.Height)
	case tea.BackgroundColorMsg:
		o := m.page.Theme.Options
		o.Light = !msg.IsDark()
		m.page.Theme.Set(o)
	case tea.ColorProfileMsg:
		o := m.page.Theme.Options
		o.Profile = msg.Profile
		m.page.Theme.Set(o)
	case tea.KeyPressMsg:
		return m.press(msg)
	case tea.PasteMsg:
		return m.input(msg)
	case tea.MouseMsg:
		return m.mouse(msg)
	case seen:
		setup := m.latest != nil && m.menu.setupLeft()
		return tea.Batch(m.see(msg), m.ready(setup))
	case stillGone:
		if !m.page.Gone.IsZero() {
			return countGone()
		}
	case page.To:
		return m.deliver(msg)
	case toast.Expired:
		m.toasts.Update(msg)
	default:
		return m.serve(msg)
	}
	return nil
}

// serve does what a page or dialog asks of the frame.
func (m *Model) serve(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case page.GoTo:
		return m.goTo(msg.Page)
	case page.OpenDialog:
		return m.lay(msg.Dialog)
	case page.Say:
		return m.toasts.Add(msg.Severity, msg.Text)
	case page.CopyText:
		return tea.Batch(tea.SetClipboard(msg.Text), m.toasts.Add(status.Info, msg.What+" sent to the terminal's clipboard"))
	case page.SetMouse:
		m.page.Mouse = msg.On
		return m.toasts.Add(status.Info, m.mouseWords())
	case page.Invoke:
		cmd, _ := m.shown().Update(msg)
		return cmd
	case page.SwitchTo:
		return m.askSwitch(msg.ID)
	case change:
		return m.switchTo(msg)
	case switched:
		return m.switched(msg)
	case page.InstallService:
		return m.askService()
	case page.AskQuit:
		return m.askQuit()
	case way:
		if msg != stay {
			return m.leave(msg)
		}
	case left:
		return m.left(msg)
	case page.SetTheme:
		o := m.page.Theme.Options
		o.Name, o.ASCII = msg.Name, msg.ASCII
		m.page.Theme.Set(o)
	}
	return nil
}

// lay opens a dialog above what is there; below the question how to leave, which nothing may hide.
func (m *Model) lay(d page.Dialog) tea.Cmd {
	at := len(m.dialogs)
	if _, asked := m.quitting(); asked {
		if _, again := d.(*quit); again {
			return nil
		}
		at--
	}
	m.dialogs = slices.Insert(m.dialogs, at, d)
	return d.Init()
}

// deliver hands an addressed message to its page or dialog, also to one that is closed and waits on.
func (m *Model) deliver(to page.To) tea.Cmd {
	for i, d := range m.dialogs {
		if to.Who == any(d) {
			return m.dialogDid(i, to.Msg)
		}
	}
	for _, p := range m.pages {
		if to.Who == any(p) {
			cmd, _ := p.Update(to.Msg)
			return cmd
		}
	}
	if closed, waits := to.Who.(page.Late); waits {
		return closed.Late(to.Msg)
	}
	return nil
}

// dialogDid updates dialog i and closes it where it is done.
func (m *Model) dialogDid(i int, msg tea.Msg) tea.Cmd {
	d := m.dialogs[i]
	cmd, done := d.Update(msg)
	if done {
		m.dialogs = append(m.dialogs[:i:i], m.dialogs[i+1:]...)
	}
	return cmd
}

func (m *Model) resize(width, height int) {
	m.page.Width, m.page.Height = width, height
	m.layout = page.NewLayout(width, height)
	if p := m.pages[m.at]; p != nil {
		m.size(p)
	}
}

// size gives the page its size. Where the screen is too small the page is not drawn, and has the
// smallest one that pages are made for.
func (m *Model) size(p page.Page) {
	l := m.layout
	if l.TooSmall || m.page.Width == 0 {
		l = page.NewLayout(page.MinWidth, page.MinHeight)
	}
	p.SetSize(l.Width, l.Height)
}

// shown is the page that is shown, made on its first visit.
func (m *Model) shown() page.Page {
	p := m.pages[m.at]
	if p == nil {
		p = m.makers[m.at](m.page)
		m.pages[m.at] = p
		m.size(p)
	}
	return p
}

// goTo opens a page and remembers where from.
func (m *Model) goTo(id page.ID) tea.Cmd {
	if m.makers[id] == nil || id == m.at {
		return nil
	}
	m.history = append(m.history, m.at)
	if len(m.history) > 20 {
		m.history = m.history[1:]
	}
	return m.open(id)
}

func (m *Model) open(id page.ID) tea.Cmd {
	var remind tea.Cmd
	if unsaved := m.unsaved(m.at); unsaved != "" && id != m.at {
		remind = m.toasts.Add(status.Warn, unsaved+" not saved yet; kept on the page "+m.at.Title())
	}
	m.at = id
	m.menu.focused = false
	p := m.shown()
	m.size(p)
	return tea.Batch(remind, p.Init())
}

// back leads to the page before.
func (m *Model) back() tea.Cmd {
	n := len(m.history)
	if n == 0 {
		return nil
	}
	id := m.history[n-1]
	m.history = m.history[:n-1]
	return m.open(id)
}

// unsaved names the edits that the page holds; empty: none.
func (m *Model) unsaved(id page.ID) string {
	if u, ok := m.pages[id].(page.Unsaved); ok {
		return u.Unsaved()
	}
	return ""
}

func (m *Model) mouseWords() string {
	if m.page.Mouse {
		return "mouse on; hold shift to select text"
	}
	return "mouse left to the terminal, for selecting text; " + m.page.Keys.Mouse.Help().Key + " turns it on again"
}
