// Package events is the page Events: what happened on this controller and in its mesh, live, newest
// first. It asks for events only when the snapshot tells of newer ones, and keeps the newest.
package events

import (
	"fmt"
	"slices"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/filter"
	"vns3/tui/component/table"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// most is how many events are kept; the engine's ring is not longer.
const most = 5000

// spans are the choices of since when; 0: as far back as the events go.
var spans = []time.Duration{0, 15 * time.Minute, time.Hour, 24 * time.Hour}

// Page is the page.
type Page struct {
	c             *page.Context
	width, height int
	backend       control.Backend // that the events are of
	started       time.Time       // when its engine was: another one counts its events anew
	events        []status.Event  // oldest first
	rows          []int           // of events: what is shown, newest first
	asking        bool            // a question for newer events is on its way
	failed        error           // why the last question had no answer
	filter        *filter.Model
	table         *table.Model
	span          int             // of spans
	least         status.Severity // that is shown
	since, sever  key.Binding
}

// loaded is the answer to a question for events.
type loaded struct {
	from   control.Backend
	after  uint64 // the event that was the newest here
	events []status.Event
	err    error
}

// New makes the page.
func New(c *page.Context) *Page {
	return &Page{
		c: c, filter: filter.New(c), table: table.New(c), least: status.Info,
		since: page.Bind("t", "since when", "t"), sever: page.Bind("v", "severity", "v"),
	}
}

// Init asks for what happened since the last visit.
func (p *Page) Init() tea.Cmd { return p.ask() }

// SetSize says how much room there is.
func (p *Page) SetSize(width, height int) {
	p.width, p.height = width, height
	p.fit()
}

// Typing says that keys go into the filter.
func (p *Page) Typing() bool { return p.filter.Typing() }

// ask asks for newer events if there are any and no question is on its way.
func (p *Page) ask() tea.Cmd {
	if started := p.c.Snapshot.Controller.StartedAt; p.backend != p.c.Backend || !p.started.Equal(started) {
		p.backend, p.started, p.events, p.asking = p.c.Backend, started, nil, false
		p.refresh()
	}
	if p.asking || p.c.Snapshot.EventSeq <= p.last() {
		return nil
	}
	p.asking = true
	ctx, backend, after := p.c.Ctx, p.backend, p.last()
	return page.Address(p, func() tea.Msg {
		events, err := backend.Events(ctx, after)
		return loaded{backend, after, events, err}
	})
}

// last is the sequence number of the newest event that is here.
func (p *Page) last() uint64 {
	if len(p.events) == 0 {
		return 0
	}
	return p.events[len(p.events)-1].Seq
}

// Update handles a message.
func (p *Page) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case page.Refreshed:
		if spans[p.span] != 0 {
			p.refresh() // time went on
		}
		return p.ask(), true
	case loaded:
		return p.load(msg), true
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

// load takes in newer events and asks on while there are more.
func (p *Page) load(l loaded) tea.Cmd {
	if l.from != p.backend || l.after != p.last() {
		return nil
	}
	p.asking, p.failed = false, l.err
	if l.err != nil || len(l.events) == 0 {
		return nil // the next snapshot asks again
	}
	p.events = append(p.events, l.events...)
	if over := len(p.events) - most; over > 0 {
		p.events = slices.Clone(p.events[over:])
		for i := range p.rows {
			p.rows[i] -= over
		}
	}
	p.refresh()
	return p.ask()
}

func (p *Page) press(k tea.KeyPressMsg) (tea.Cmd, bool) {
	switch {
	case key.Matches(k, p.since):
		p.span = (p.span + 1) % len(spans)
		p.refresh()
	case key.Matches(k, p.sever):
		p.least = map[status.Severity]status.Severity{status.Info: status.Warn, status.Warn: status.Error, status.Error: status.Info}[p.least]
		p.refresh()
	case key.Matches(k, p.c.Keys.Enter):
		return p.open(), true
	case key.Matches(k, p.c.Keys.Copy):
		if e, is := p.selected(); is {
			return page.Copy("event", fmt.Sprintf("%s %s %s %s", e.At.Format(time.RFC3339), e.Severity, e.Code, e.Text)), true
		}
	default:
		return nil, p.table.Update(k)
	}
	return nil, true
}

// refresh chooses the rows. The cursor follows the newest event while it is on top, and stays on its
// event else.
func (p *Page) refresh() {
	on, _ := p.selected()
	follow := p.table.Cursor() <= 0
	from := time.Time{}
	if span := spans[p.span]; span != 0 {
		from = p.c.Now().Add(-span)
	}
	p.rows = make([]int, 0, len(p.events))
	for i := len(p.events) - 1; i >= 0; i-- {
		e := &p.events[i]
		if e.At.Before(from) {
			break
		}
		if e.Severity.AtLeast(p.least) && (!p.filter.Active() || p.filter.Matches(e.Text+" "+e.Code+" "+e.At.Format("2006-01-02 15:04:05"))) {
			p.rows = append(p.rows, i)
		}
	}
	p.table.SetRows(len(p.rows))
	p.table.SetColumns(p.columns()...)
	switch at := slices.IndexFunc(p.rows, func(i int) bool { return p.events[i].Seq == on.Seq }); {
	case follow:
		p.table.Select(0)
	case at >= 0:
		p.table.Select(at)
	}
}

// selected is the event under the cursor, if it is still kept.
func (p *Page) selected() (status.Event, bool) {
	at := p.table.Cursor()
	if at < 0 || p.rows[at] < 0 || p.rows[at] >= len(p.events) {
		return status.Event{}, false
	}
	return p.events[p.rows[at]], true
}

// ShortHelp names the keys.
func (p *Page) ShortHelp() []key.Binding {
	k := p.c.Keys
	if p.filter.Typing() {
		return []key.Binding{page.As(k.Enter, "keep filter"), page.As(k.Back, "clear filter")}
	}
	return []key.Binding{page.As(k.Enter, "detail"), k.Filter, p.since, p.sever, k.Pause, k.Copy}
}

// FullHelp names all keys.
func (p *Page) FullHelp() [][]key.Binding {
	k := p.c.Keys
	return [][]key.Binding{{k.Up, k.Down, k.PageUp, k.PageDown, k.Top, k.Bottom}, {page.As(k.Enter, "the whole event"), k.Filter, p.since, p.sever, k.Pause, k.Copy}}
}

// Note says what is shown.
func (p *Page) Note() string {
	t := p.c.Theme
	words := text.Thousands(len(p.rows)) + " events"
	if len(p.rows) == 1 {
		words = "1 event"
	}
	switch p.least {
	case status.Warn:
		words += ", warnings and errors"
	case status.Error:
		words += ", errors"
	}
	if span := spans[p.span]; span != 0 {
		words += ", last " + figures.Age(p.c.Now(), p.c.Now().Add(-span))
	} else if len(p.events) > 0 && p.width > 90 {
		words += ", since " + text.Clock(p.c.Now(), p.events[0].At)
	}
	switch {
	case p.c.Paused:
		return t.Warn.Render("paused") + "  " + t.Dim.Render(words)
	case !p.c.Gone.IsZero():
		return t.Warn.Render("as of "+text.Clock(p.c.Now(), p.c.Gone)) + "  " + t.Dim.Render(words)
	}
	return t.Dim.Render("live  " + words)
}
