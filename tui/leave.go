package tui

import (
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// twice is how soon a second ctrl+c must follow to stop without an answer.
const twice = 3 * time.Second

// way is what becomes of the engine when the console ends.
type way uint8

const (
	stay     way = iota // the console goes on
	leaveOn             // the engine outlives the console
	handOver            // systemd runs the engine; the console ends
	stop
	detach // the engine is another process: only the console ends
)

// left says that a way of leaving was carried out, or why not.
type left struct{ err error }

// interrupt is ctrl+c: it ends at once where nothing is lost by it, else asks; a second one stops.
func (m *Model) interrupt() tea.Cmd {
	now := time.Now()
	_, asked := m.quitting()
	again := asked || now.Sub(m.asked) < twice
	m.asked = now
	if again || m.staged() == "" && (m.options.Owner == nil || !m.anyPeerUp()) {
		return m.leave(m.end())
	}
	return m.askQuit()
}

// end is the plainest way to leave.
func (m *Model) end() way {
	if m.options.Owner == nil {
		return detach
	}
	return stop
}

// anyPeerUp says that the engine of this process has a peer, whichever controller is looked at.
func (m *Model) anyPeerUp() bool {
	s := m.options.Backend.Snapshot()
	if s == nil {
		return false
	}
	for _, p := range s.Peers {
		if p.Reachable && !p.Self {
			return true
		}
	}
	return false
}

// staged names all edits that were not saved; empty: none.
func (m *Model) staged() string {
	var all []string
	for _, id := range page.All() {
		if u := m.unsaved(id); u != "" {
			all = append(all, u)
		}
	}
	return strings.Join(all, ", ")
}

// askQuit asks how to leave, or leaves at once where there is nothing to ask.
func (m *Model) askQuit() tea.Cmd {
	if m.options.Owner == nil && m.staged() == "" {
		return m.leave(detach)
	}
	return page.Open(newQuit(m.page, m.options.Owner != nil, m.staged()))
}

// askService asks before the engine is handed to systemd, because the console ends with it.
func (m *Model) askService() tea.Cmd {
	if m.options.Owner == nil {
		return m.toasts.Add("", "the engine runs by itself already")
	}
	if !m.page.MayWrite() {
		return m.toasts.Add(status.Warn, "read-only: "+m.page.ReadOnly)
	}
	return page.Open(dialog.NewConfirm(m.page, dialog.Question{
		Title: "Hand the engine to systemd?", Yes: "Install service", Harmless: true,
		Text: "It is installed as the service vns3, starts now and at every boot, and takes over from the engine in this console. The console ends; run vns3 again to attach.",
		Then: func() tea.Msg { return handOver },
	}))
}

// quitting is the question how to leave, if it is on top.
func (m *Model) quitting() (*quit, bool) {
	if n := len(m.dialogs); n > 0 {
		q, asked := m.dialogs[n-1].(*quit)
		return q, asked
	}
	return nil, false
}

// leave carries out the way in the background: it may take a moment.
func (m *Model) leave(w way) tea.Cmd {
	owner := m.options.Owner
	carry := map[way]func() error{}
	if owner != nil {
		carry = map[way]func() error{leaveOn: owner.LeaveRunning, handOver: owner.Service, stop: owner.Stop}
	}
	do := carry[w]
	if do == nil {
		return tea.Quit
	}
	return tea.Batch(m.toasts.Add("", leaving[w]+" "+m.page.Theme.Glyph.Ellipsis), func() tea.Msg { return left{do()} })
}

// left ends the console, or says why the engine could not be left that way.
func (m *Model) left(l left) tea.Cmd {
	if l.err != nil {
		return m.toasts.Add(status.Error, l.err.Error())
	}
	return tea.Quit
}

// quit is the question how to leave.
type quit struct {
	page   *page.Context
	ways   []way
	staged string
	at     int
}

// leaving says what goes on until the console ends: it may take more than a moment.
var leaving = map[way]string{
	leaveOn:  "an engine of its own takes over",
	handOver: "the service takes over",
	stop:     "the engine stops, and tells its peers",
}

var wayWords = map[way][2]string{
	leaveOn:  {"Leave it running", "tunnels stay; vns3 attaches again"},
	handOver: {"Hand it to systemd", "a service, started at every boot"},
	stop:     {"Stop", "this controller's tunnels end"},
	detach:   {"Quit", "the engine goes on by itself"},
	stay:     {"Cancel", ""},
}

func newQuit(c *page.Context, engineInside bool, staged string) *quit {
	q := &quit{page: c, staged: staged, ways: []way{detach, stay}}
	if engineInside {
		q.ways = []way{leaveOn, handOver, stop, stay}
	}
	if engineInside && !c.MayWrite() {
		q.ways = []way{leaveOn, stop, stay}
	}
	q.at = len(q.ways) - 1
	return q
}

// Init does nothing.
func (q *quit) Init() tea.Cmd { return nil }

// Update takes the answer. Cancel has the focus; ctrl+c a second time stops.
func (q *quit) Update(msg tea.Msg) (tea.Cmd, bool) {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil, false
	}
	switch {
	case key.Matches(k, q.page.Keys.Up):
		q.at = max(q.at-1, 0)
	case key.Matches(k, q.page.Keys.Down, q.page.Keys.Next):
		q.at = min(q.at+1, len(q.ways)-1)
	case key.Matches(k, q.page.Keys.Back):
		return nil, true
	case key.Matches(k, q.page.Keys.Enter):
		chosen := q.ways[q.at]
		return func() tea.Msg { return chosen }, true
	}
	return nil, false
}

// View draws the question.
func (q *quit) View(width, height int) string {
	t := q.page.Theme
	width = min(width, 66)
	var lines []string
	if q.staged != "" {
		lines = append(lines, text.Hang(t.Warn.Render(t.Glyph.Warning)+" ", "Not saved, and lost when the console ends: "+q.staged+".", dialog.Inner(width))...)
		lines = append(lines, "")
	}
	title := "Quit?"
	if len(q.ways) > 2 {
		title = "Quit: what about the engine?"
		lines = append(lines, "The engine runs inside this console.", "")
	}
	for i, w := range q.ways {
		mark, name := " ", text.Fit(wayWords[w][0], 18)
		if i == q.at {
			mark, name = t.Accent.Render(t.Glyph.Cursor), t.Pressed.Render(name)
		}
		lines = append(lines, mark+" "+name+" "+t.Dim.Render(wayWords[w][1]))
	}
	return dialog.Box(t, title, lines, width, height)
}

// ShortHelp names the keys.
func (q *quit) ShortHelp() []key.Binding {
	return []key.Binding{page.Bind("↑↓", "choose", "up"), page.As(q.page.Keys.Enter, "do it"),
		page.As(q.page.Keys.Back, "cancel"), page.Bind("ctrl+c", "stop now", "ctrl+c")}
}

// FullHelp is ShortHelp.
func (q *quit) FullHelp() [][]key.Binding { return [][]key.Binding{q.ShortHelp()} }
