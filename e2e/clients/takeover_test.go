//go:build linux

package clients

import (
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
	s := l.Of(2).Until(lab.Patience, "the client has another controller", func(s *status.Snapshot) bool {
		return of(s, a.pack).Connected && of(s, a.pack).ControllerID != 1
	})
	until(t, "the flow goes on", func() bool { return f.sinceLast() < 50*time.Millisecond })
	lost, gap := f.stop()
	t.Logf("taken over by controller %d: %d packets lost, outage %v", of(s, a.pack).ControllerID, lost, gap.Round(time.Millisecond))
	if gap > tolerant {
		t.Errorf("the outage was %v", gap)
	}
	l.Of(1).Start()
	l.Of(1).Until(lab.Patience, "the mesh is whole again", lab.AllUp(2))
	heldBy(l.Of(1), a, of(s, a.pack).ControllerID)
	a.reach(b.overlay)
}
