package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/component/form"
	"vns3/tui/page"
)

// Another is a controller of the mesh that the console is to open.
type Another struct {
	ID       int
	Hosts    []string // where it may answer, likeliest first
	Password string   // of its API; empty: what the console was started with
}

// Opened is another controller that was opened. The console closes Backend when it leaves it, if that
// can be closed.
type Opened struct {
	Backend control.Backend
	Host    string // where it answered
	Note    string // what the user has to know of it; empty: nothing
}

// switched says what came of opening a controller.
type switched struct {
	turn   int // which of the switches it is: only the newest counts
	to     Another
	opened Opened
	err    error
}

// change is the decision to leave this controller, and to lose what was not saved on it.
type change struct {
	to   int
	lost string
}

// askSwitch opens another controller; where edits are lost by it, it asks first.
func (m *Model) askSwitch(id int) tea.Cmd {
	staged := m.staged()
	if staged == "" {
		return m.switchTo(change{to: id})
	}
	return page.Open(dialog.NewConfirm(m.page, dialog.Question{
		Title: "Leave this controller?", Yes: "Leave it",
		Text: "Not saved, and lost by it: " + staged + ".",
		Then: func() tea.Msg { return change{id, staged} },
	}))
}

// switchTo opens another controller in the background; 0 is the first one again.
func (m *Model) switchTo(c change) tea.Cmd {
	m.turn++
	m.agreed = c.lost
	turn, id := m.turn, c.to
	if first := m.options.Backend.Snapshot(); id == 0 || first != nil && first.Controller.ID == id {
		return func() tea.Msg { return switched{turn: turn, opened: Opened{Backend: m.options.Backend}} }
	}
	if m.options.Switch == nil {
		return m.toasts.Add(status.Warn, "this console cannot open another controller")
	}
	to := Another{ID: id, Hosts: m.hosts(id), Password: m.password}
	if len(to.Hosts) == 0 {
		return m.toasts.Add(status.Warn, fmt.Sprintf("no address of #%d is known", id))
	}
	open := m.opening(m.page.Ctx, to)
	return tea.Batch(m.toasts.Add("", fmt.Sprintf("opening #%d at %s …", id, to.Hosts[0])), func() tea.Msg {
		opened, err := open()
		return switched{turn: turn, to: to, opened: opened, err: err}
	})
}

// hosts are the addresses at which a controller may answer: the one that its link uses, those it says
// it has, and through the mesh itself, which is there also while the direct way is cut.
func (m *Model) hosts(id int) []string {
	s := m.page.Snapshot
	var hosts []string
	add := func(host string) {
		if host != "" && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	overlay := ""
	for _, p := range s.Peers {
		if p.ID == id {
			add(p.Address)
			overlay = p.OverlayAddress
		}
	}
	for _, c := range s.Controllers {
		if c.ID == id {
			for _, address := range c.Addresses {
				add(address)
			}
		}
	}
	if s.Controller.Interface != "" && len(hosts) > 0 {
		add(overlay)
	}
	return hosts
}

// opening opens the controller, and closes it again where nobody waits for it any longer.
func (m *Model) opening(ctx context.Context, to Another) func() (Opened, error) {
	open := m.options.Switch
	return func() (Opened, error) {
		opened, err := open(ctx, to)
		if err == nil && ctx.Err() != nil {
			shut(opened.Backend)
			err = ctx.Err()
		}
		return opened, err
	}
}

// switched shows the other controller, asks for its password, or says why it cannot be opened, or why one
// stays here.
func (m *Model) switched(s switched) tea.Cmd {
	var refused *control.Error
	switch {
	case s.turn != m.turn:
		return m.closing(s.opened.Backend)
	case errors.As(s.err, &refused) && refused.Kind == control.Unauthorized:
		return page.Open(m.askPassword(s.to, s.turn))
	case s.err != nil:
		return m.toasts.Add(status.Error, fmt.Sprintf("cannot open #%d: %v", s.to.ID, s.err))
	}
	if why := m.held(); why != "" {
		return tea.Batch(m.closing(s.opened.Backend), m.toasts.Add(status.Warn, "still here, as "+why+"; open the other controller again"))
	}
	m.password = s.to.Password
	return m.changeTo(s.opened)
}

// held says what was begun here while the other controller was being opened, and would be lost by leaving
// now; empty: nothing.
func (m *Model) held() string {
	switch staged := m.staged(); {
	case staged != "" && staged != m.agreed:
		return "this is not saved: " + staged
	case len(m.dialogs) > 0: // with something typed, or a secret that is shown once
		return "a dialog was opened meanwhile"
	}
	return ""
}

// askPassword asks what lets this console in at the controller, until it does.
func (m *Model) askPassword(to Another, turn int) page.Dialog {
	return dialog.NewSheet(m.page, dialog.Spec{
		Title: fmt.Sprintf("Open #%d", to.ID), Yes: "Open",
		Intro: "Its API password lets this console in. Lost? There, vns3 access password sets a new one.",
		Fields: []form.Field{{Name: passwordField, Label: "Password", Kind: form.Secret, Check: func(s string) error {
			if s == "" {
				return errors.New("type the API password of that controller")
			}
			return nil
		}}},
		Act: func(ctx context.Context, f *form.Model) func() (any, error) {
			to.Password = f.Value(passwordField)
			open := m.opening(ctx, to)
			return func() (any, error) { return open() }
		},
		Done: func(r page.Reply) tea.Cmd {
			opened, is := r.Value.(Opened)
			if !is {
				return nil
			}
			return func() tea.Msg { return switched{turn: turn, to: to, opened: opened} }
		},
		Drop: func(value any) tea.Cmd { return m.closing(value.(Opened).Backend) },
	})
}

const passwordField = "password"

// changeTo shows the controller with fresh pages: nothing typed for one reaches the other.
func (m *Model) changeTo(opened Opened) tea.Cmd {
	m.watching.cancel()
	m.watching = newWatch(m.page.Ctx, opened.Backend)
	left := m.page.Backend
	m.page.Backend = opened.Backend
	m.page.Origin = m.options.Origin
	if opened.Host != "" {
		m.page.Origin = page.Origin{Engine: "at " + opened.Host}
	}
	m.pages, m.dialogs, m.history = map[page.ID]page.Page{}, nil, nil
	m.latest, m.page.Paused = opened.Backend.Snapshot(), false
	m.page.Gone, m.page.SavedPeering = time.Time{}, time.Time{}
	m.page.Snapshot = m.latest
	if m.latest == nil {
		m.page.Snapshot = &status.Snapshot{}
	}
	commands := []tea.Cmd{m.open(m.first()), m.watching.next(m.latest), m.closing(left)}
	if opened.Note != "" {
		commands = append(commands, m.toasts.Add("", opened.Note))
	}
	return tea.Batch(commands...)
}

// closing ends the connection to a controller that this console itself opened.
func (m *Model) closing(b control.Backend) tea.Cmd {
	if b == m.options.Backend {
		return nil
	}
	return func() tea.Msg {
		shut(b)
		return nil
	}
}

// shut closes a backend that can be closed. Its error is nobody's: nothing is looked at any longer, and
// there is nothing to lose.
func shut(b control.Backend) {
	if opened, closes := b.(io.Closer); closes {
		opened.Close()
	}
}
