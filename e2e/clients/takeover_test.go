//go:build linux

package clients

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"vns3/internal/lab"
	"vns3/status"
)

// aim is what a takeover may take with three controllers or more, and some more for a busy machine.
const (
	aim      = 600 * time.Millisecond
	tolerant = 3 * aim
)

// pair is two clients in a mesh, the first at controller 1 and the second at controller 2.
func pair(t *testing.T, controllers int) (*lab.Lab, *client, *client) {
	t.Helper()
	l := lab.New(t, controllers)
	l.Mesh()
	a, b := newClient(t, l, 1), newClient(t, l, 2)
	a.joinAt(l.Of(1), 1)
	b.joinAt(l.Of(2), 2)
	b.reach(a.overlay)
	a.reach(b.overlay)
	for _, m := range l.Machines {
		heldBy(m, a, 1)
		heldBy(m, b, 2)
	}
	return l, a, b
}

// TestTakeoverAfterKill proves that the client of a killed controller goes on with another one, without
// any change at the client, and that the controller does not snatch it back when it returns.
func TestTakeoverAfterKill(t *testing.T) {
	l, a, b := pair(t, 3)
	f := startFlow(t, a, b)
	l.Of(1).Kill()
	holder := taken(t, l, a, f, 1, 2, tolerant)
	l.Of(1).Start()
	l.Of(1).Until(lab.Patience, "the mesh is whole again", lab.AllUp(2))
	heldBy(l.Of(1), a, holder)
	a.reach(b.overlay)
}

// taken waits until a client has a new controller, says how long it was without any, and returns the
// new controller's ID.
func taken(t *testing.T, l *lab.Lab, c *client, f *flow, lost, asks int, within time.Duration) int {
	t.Helper()
	s := l.Of(asks).Until(lab.Patience, "the client has another controller", func(s *status.Snapshot) bool {
		return of(s, c.pack).Connected && of(s, c.pack).ControllerID != lost
	})
	until(t, "the flow goes on", func() bool { return f.sinceLast() < 50*time.Millisecond })
	packets, gap := f.stop()
	holder := of(s, c.pack).ControllerID
	t.Logf("taken over by controller %d: %d packets lost, outage %v", holder, packets, gap.Round(time.Millisecond))
	if gap > within {
		t.Errorf("the outage was %v", gap)
	}
	return holder
}

// TestTakeoverAfterCut proves that the client of a controller that is cut off from the others is taken
// over by the majority, although that controller lives and can speak to the client, and that after the
// cut everybody agrees on one holder and the client works.
func TestTakeoverAfterCut(t *testing.T) {
	l, a, b := pair(t, 3)
	f := startFlow(t, a, b)
	l.Drop(append(lab.Both(1, 2), lab.Both(1, 3)...)...)
	holder := taken(t, l, a, f, 1, 2, tolerant)
	l.Heal()
	for _, m := range l.Machines {
		m.Until(lab.Patience, "the mesh is whole again", lab.AllUp(2))
		heldBy(m, a, holder)
	}
	a.reach(b.overlay)
}

// TestThawedControllerPullsNobodyBack proves that a controller that was frozen while others took its
// client does not lead the client back when it goes on.
func TestThawedControllerPullsNobodyBack(t *testing.T) {
	l, a, b := pair(t, 3)
	f := startFlow(t, a, b)
	l.Of(1).Signal(syscall.SIGSTOP)
	holder := taken(t, l, a, f, 1, 2, tolerant)
	back := startFlow(t, b, a)
	time.Sleep(5 * time.Second) // how long it is frozen
	l.Of(1).Signal(syscall.SIGCONT)
	for _, m := range l.Machines {
		m.Until(lab.Patience, "the mesh is whole again", lab.AllUp(2))
		heldBy(m, a, holder)
	}
	if lost, gap := back.stop(); lost > 0 || gap > 200*time.Millisecond {
		t.Errorf("%d packets were lost when it went on, longest pause %v", lost, gap)
	}
	a.reach(b.overlay)
}

// TestTakeoverOfTwo proves that in a topology of two either one takes over for the other, the second one
// later, because it cannot tell a cut from a loss.
func TestTakeoverOfTwo(t *testing.T) {
	for _, c := range []struct {
		lost   int
		within time.Duration
	}{{2, 4 * time.Second}, {1, 8 * time.Second}} {
		t.Run(fmt.Sprintf("controller %d is lost", c.lost), func(t *testing.T) {
			l, a, b := pair(t, 2)
			stays, goes, survivor := a, b, 1
			if c.lost == 1 {
				stays, goes, survivor = b, a, 2
			}
			f := startFlow(t, goes, stays)
			l.Of(c.lost).Kill()
			taken(t, l, goes, f, c.lost, survivor, c.within)
			goes.reach(stays.overlay)
		})
	}
}
