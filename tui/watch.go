package tui

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/tui/page"
)

// redraw is how often a new snapshot is shown at most. Of several in between only the latest is:
// a View for each would cost most of a core.
const redraw = 100 * time.Millisecond

// watch waits for snapshots of one backend, in a command that Update arms again.
type watch struct {
	ctx     context.Context
	cancel  context.CancelFunc
	backend control.Backend
}

// seen is what a watch brought.
type seen struct {
	watch    context.Context // tells a watch from the one before a switch
	snapshot *status.Snapshot
	err      error
}

func newWatch(ctx context.Context, b control.Backend) watch {
	w := watch{backend: b}
	w.ctx, w.cancel = context.WithCancel(ctx)
	return w
}

// next waits for a snapshot newer than the given one.
func (w watch) next(than *status.Snapshot) tea.Cmd {
	return func() tea.Msg {
		pause := time.NewTimer(redraw)
		defer pause.Stop()
		snapshot, err := w.backend.Wait(w.ctx, than)
		if than != nil || err != nil {
			select {
			case <-pause.C:
			case <-w.ctx.Done():
			}
		}
		if newest := w.backend.Snapshot(); err == nil && newest != nil {
			snapshot = newest
		}
		return seen{w.ctx, snapshot, err}
	}
}

// see takes what the watch brought and arms it again.
func (m *Model) see(s seen) tea.Cmd {
	if s.watch != m.watching.ctx || s.watch.Err() != nil {
		return nil
	}
	if s.err != nil {
		return m.lost(s.err)
	}
	next := m.watching.next(s.snapshot)
	var told []tea.Cmd
	if !m.page.Gone.IsZero() {
		m.page.Gone = time.Time{}
		told = append(told, m.toasts.Add(status.Info, "the controller answers again"))
	}
	told = append(told, m.tell(m.latest, s.snapshot)...)
	first := m.latest == nil
	m.latest = s.snapshot
	if !m.page.Paused || len(m.dialogs) > 0 {
		told = append(told, m.show(s.snapshot))
	}
	if first && m.at != m.first() && len(m.history) == 0 {
		told = append(told, m.open(m.first()))
	}
	return tea.Batch(append(told, next)...)
}

// stillGone redraws how long the controller has not answered.
type stillGone struct{}

// lost says that the controller does not answer; the backend goes on trying.
func (m *Model) lost(err error) tea.Cmd {
	commands := []tea.Cmd{m.watching.next(m.latest)}
	if m.page.Gone.IsZero() {
		m.page.Gone = time.Now()
		commands = append(commands, countGone())
	}
	var known *control.Error
	if !errors.As(err, &known) || known.Kind != control.Disconnected {
		commands = append(commands, m.toasts.Add(status.Error, err.Error()))
	}
	return tea.Batch(commands...)
}

func countGone() tea.Cmd {
	return tea.Tick(time.Second, func(time.Time) tea.Msg { return stillGone{} })
}

// show draws s from now on.
func (m *Model) show(s *status.Snapshot) tea.Cmd {
	m.page.Snapshot = s
	var commands []tea.Cmd
	for _, d := range append([]page.Dialog(nil), m.dialogs...) {
		commands = append(commands, m.deliver(page.To{Who: d, Msg: page.Refreshed{}}))
	}
	cmd, _ := m.shown().Update(page.Refreshed{})
	return tea.Batch(append(commands, cmd)...)
}

// tell announces tasks that ended since the snapshot before.
func (m *Model) tell(before, now *status.Snapshot) []tea.Cmd {
	if before == nil {
		return nil
	}
	running := map[int]bool{}
	for _, t := range before.Tasks {
		running[t.ID] = t.State == status.Running || t.State == status.Waiting
	}
	var commands []tea.Cmd
	for _, t := range now.Tasks {
		switch {
		case !running[t.ID] || m.followed(t.ID):
		case t.State == status.Done:
			commands = append(commands, m.toasts.Add(status.Info, t.Title+": done"))
		case t.State == status.Failed:
			commands = append(commands, m.toasts.Add(status.Error, t.Title+": "+t.Error))
		}
	}
	return commands
}

// followed says that a dialog shows the task, and so its end.
func (m *Model) followed(task int) bool {
	return slices.ContainsFunc(m.dialogs, func(d page.Dialog) bool {
		f, follows := d.(page.Follower)
		return follows && f.Follows() == task
	})
}

// switched is a backend that was opened, or why it was not.
type switched struct {
	host    string
	backend control.Backend
	note    string // what the user has to know of it; empty: nothing
	err     error
}

// switchTo opens another controller in the background; an empty host is the first one again.
func (m *Model) switchTo(host string) tea.Cmd {
	if host == "" {
		return func() tea.Msg { return switched{backend: m.options.Backend} }
	}
	open, ctx := m.options.Switch, m.page.Ctx
	if open == nil {
		return m.toasts.Add(status.Warn, "this console cannot open another controller")
	}
	return tea.Batch(m.toasts.Add("", "opening "+host+" …"), func() tea.Msg {
		b, note, err := open(ctx, host)
		return switched{host, b, note, err}
	})
}

// switched shows the other controller with fresh pages: nothing typed for one reaches the other.
func (m *Model) switched(s switched) tea.Cmd {
	if s.err != nil {
		return m.toasts.Add(status.Error, "cannot open "+s.host+": "+s.err.Error())
	}
	m.watching.cancel()
	m.watching = newWatch(m.page.Ctx, s.backend)
	left := m.page.Backend
	m.page.Backend = s.backend
	m.page.Origin = m.options.Origin
	if s.host != "" {
		m.page.Origin = page.Origin{Engine: "at " + s.host}
	}
	m.pages, m.dialogs, m.history = map[page.ID]page.Page{}, nil, nil
	m.latest, m.page.Paused = s.backend.Snapshot(), false
	m.page.Gone, m.page.SavedPeering = time.Time{}, time.Time{}
	m.page.Snapshot = m.latest
	if m.latest == nil {
		m.page.Snapshot = &status.Snapshot{}
	}
	commands := []tea.Cmd{m.open(m.first()), m.watching.next(m.latest), m.closing(left)}
	if s.note != "" {
		commands = append(commands, m.toasts.Add("", s.note))
	}
	return tea.Batch(commands...)
}

// closing ends the connection to a controller that this console itself opened.
func (m *Model) closing(b control.Backend) tea.Cmd {
	opened, closes := b.(io.Closer)
	if !closes || b == m.options.Backend {
		return nil
	}
	return func() tea.Msg {
		opened.Close() // nobody looks at it any longer, and there is nothing to lose
		return nil
	}
}
