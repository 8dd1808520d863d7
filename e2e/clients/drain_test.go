//go:build linux

package clients

import (
	"slices"
	"testing"
	"time"

	"vns3/control"
	"vns3/internal/lab"
	"vns3/status"
)

// TestDrain proves that a drain hands clients over without losing a packet in either direction, survives
// a restart, is shown everywhere, and that undo and rebalance bring the client back, again without loss.
func TestDrain(t *testing.T) {
	l, a, b := pair(t, 3)
	up, down := flow(t, a, b), flow(t, b, a)
	task := run(l.Of(1), control.Drain{})
	if task.State != status.Done {
		t.Fatalf("the drain: %s: %s", task.Error, task.Remedy)
	}
	for _, m := range l.Machines {
		m.Until(lab.Patience, "everybody knows", func(s *status.Snapshot) bool {
			for _, c := range s.Controllers {
				if c.ID == 1 {
					return c.Draining && c.Clients == 0
				}
			}
			return false
		})
	}
	lossless(t, l, "drain", up, down)
	l.Of(1).Stop()
	l.Of(1).Start()
	l.Of(1).Until(lab.Patience, "it still drains after a restart", func(s *status.Snapshot) bool { return s.Controller.Draining })
	l.Of(1).Until(lab.Patience, "the mesh is whole again", lab.AllUp(2))
	run(l.Of(1), control.Drain{Undo: true})
	for _, m := range l.Machines {
		m.Until(lab.Patience, "everybody knows", func(s *status.Snapshot) bool {
			for _, c := range s.Controllers {
				if c.Draining {
					return false
				}
			}
			return true
		})
	}
	up, down = flow(t, a, b), flow(t, b, a)
	task = run(l.Of(3), control.Rebalance{})
	if task.State != status.Done {
		t.Fatalf("the rebalance: %s: %s", task.Error, task.Remedy)
	}
	l.Of(2).HeldBy(a, 1)
	lossless(t, l, "rebalance", up, down)
}

// TestDrainFar proves that a drain loses nothing either when the client is 20 or 50 ms away: what it
// still sends in the old session is brought to whoever has it.
func TestDrainFar(t *testing.T) {
	for _, rtt := range []time.Duration{20 * time.Millisecond, 50 * time.Millisecond} {
		t.Run(rtt.String(), func(t *testing.T) {
			l := lab.New(t, 3)
			l.Mesh()
			a, b := l.ClientFar(1, rtt), l.Client(2)
			join(l, a, b)
			up, down := flow(t, a, b), flow(t, b, a)
			task := run(l.Of(1), control.Drain{})
			if task.State != status.Done {
				t.Fatalf("the drain: %s: %s", task.Error, task.Remedy)
			}
			lossless(t, l, "drain", up, down)
		})
	}
}

// TestDrainMovesTransit proves that a drain also sends what only passes through the controller another way,
// without losing a packet, and that undo does no harm either.
func TestDrainMovesTransit(t *testing.T) {
	l := lab.New(t, 4)
	l.Mesh()
	a, b := l.Client(1), l.Client(2)
	join(l, a, b)
	l.Drop(lab.Both(1, 2)...)
	roundabout := func(to int) func(*status.Snapshot) bool {
		return func(s *status.Snapshot) bool { return len(lab.Peer(s, to).Path) == 3 }
	}
	l.Of(2).Until(lab.Patience, "2 reaches 1 by another", roundabout(1))
	transit := lab.Peer(l.Of(1).Until(lab.Patience, "1 reaches 2 by another", roundabout(2)), 2).Path[1]
	a.Reach(b.Overlay)
	up, down := flow(t, a, b), flow(t, b, a)
	task := run(l.Of(transit), control.Drain{})
	if task.State != status.Done {
		t.Fatalf("the drain: %s: %s", task.Error, task.Remedy)
	}
	for _, m := range l.Machines[:2] {
		m.Until(lab.Patience, "nothing passes through it", func(s *status.Snapshot) bool {
			path := lab.Peer(s, 3-m.ID).Path
			return len(path) == 3 && path[1] != transit
		})
	}
	run(l.Of(transit), control.Drain{Undo: true})
	l.Of(1).Until(lab.Patience, "it does not drain any longer", func(s *status.Snapshot) bool {
		return !slices.ContainsFunc(s.Controllers, func(c status.MeshController) bool { return c.Draining })
	})
	lossless(t, l, "drain of a transit", up, down)
}

// lossless stops flows none of which may have lost a packet. A failure names what was dropped where.
func lossless(t *testing.T, l *lab.Lab, what string, flows ...*lab.Stream) {
	t.Helper()
	for i, f := range flows {
		o := f.Stop()
		t.Logf("%s, flow %d: %d packets lost, longest pause %v", what, i+1, o.Lost, o.Silence.Round(time.Millisecond))
		if o.Lost == 0 {
			continue
		}
		t.Errorf("%s: %d packets lost in flow %d", what, o.Lost, i+1)
		for _, m := range l.Machines {
			t.Logf("controller %d: %v", m.ID, m.Status().Counters)
		}
	}
}

// run carries out a task and returns its record.
func run(m *lab.Machine, q control.Request) status.Task {
	return m.Finish(lab.Do[control.TaskStarted](m, q))
}
