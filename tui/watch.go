package tui

import (
	"context"
	"errors"
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
	if !before.Controller.StartedAt.Equal(now.Controller.StartedAt) { // a new engine counts its tasks anew
		for _, t := range before.Tasks {
			if running[t.ID] && !m.followed(t.ID) {
				commands = append(commands, m.toasts.Add(status.Warn, t.Title+": the engine restarted during it"))
			}
		}
		return commands
	}
	for _, t := range now.Tasks {
		switch {
		case !running[t.ID] || m.followed(t.ID):
		case t.State == status.Done:
			commands = append(commands, m.toasts.Add(status.Info, t.Title+": done"))
		case t.Cancelled: // as somebody wanted: nothing went wrong
			commands = append(commands, m.toasts.Add("", t.Title+": "+t.Error))
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
