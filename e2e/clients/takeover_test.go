//go:build linux

package clients

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	order "vns3/engine/clients"
	"vns3/engine/link"
	"vns3/internal/lab"
	"vns3/status"
)

// aim is what a takeover may take with three controllers or more, and some more for a busy machine.
const (
	aim      = 600 * time.Millisecond
	tolerant = 3 * aim
)

// pair is two clients in a mesh, the first at controller 1 and the second at controller 2.
func pair(t *testing.T, controllers int) (l *lab.Lab, a, b *lab.ClientServer) {
	t.Helper()
	l = lab.New(t, controllers)
	l.Mesh()
	a, b = l.Client(1), l.Client(2)
	join(l, a, b)
	return l, a, b
}

// join attaches the first at controller 1 and the second at controller 2, and returns when they reach
// each other and everybody knows.
func join(l *lab.Lab, a, b *lab.ClientServer) {
	a.JoinAt(l.Of(1), 1)
	b.JoinAt(l.Of(2), 2)
	b.Reach(a.Overlay)
	a.Reach(b.Overlay)
	held(l, a, 1)
	held(l, b, 2)
}

// held waits until all controllers know who holds a client.
func held(l *lab.Lab, c *lab.ClientServer, controller int) {
	for _, m := range l.Machines {
		m.HeldBy(c, controller)
	}
}

// flow sends from one client to another, and returns when the first packet has arrived.
func flow(t *testing.T, from, to *lab.ClientServer) *lab.Stream {
	t.Helper()
	return flowTo(t, from, to.Spot())
}

func flowTo(t *testing.T, from *lab.ClientServer, to lab.Spot) *lab.Stream {
	t.Helper()
	st := lab.StartStream(t, from.Spot(), to)
	lab.Await(t, "the flow arrives", func() bool { return st.Quiet() < 20*time.Millisecond })
	return st
}

// taken waits until a client has a new controller, says how long it was without any, and returns the
// new controller's ID.
func taken(t *testing.T, l *lab.Lab, c *lab.ClientServer, f *lab.Stream, lost, asks int, within time.Duration) int {
	t.Helper()
	s := l.Of(asks).Until(lab.Patience, "the client has another controller", func(s *status.Snapshot) bool {
		k := lab.ClientOf(s, c.Pack)
		return k.Connected && k.ControllerID != lost
	})
	lab.Await(t, "the flow goes on", func() bool { return f.Quiet() < 50*time.Millisecond })
	o := f.Stop()
	holder := lab.ClientOf(s, c.Pack).ControllerID
	t.Logf("taken over by controller %d: %d packets lost, outage %v", holder, o.Lost, o.Silence.Round(time.Millisecond))
	if o.Silence > within {
		t.Errorf("the outage was %v", o.Silence)
	}
	return holder
}

// TestTakeoverAfterKill proves that the client of a killed controller goes on with another one, without
// any change at the client, and that the controller does not snatch it back when it returns.
func TestTakeoverAfterKill(t *testing.T) {
	l, a, b := pair(t, 3)
	f := flow(t, a, b)
	l.Of(1).Kill()
	holder := taken(t, l, a, f, 1, 2, tolerant)
	l.Of(1).Start()
	l.Of(1).Until(lab.Patience, "the mesh is whole again", lab.AllUp(2))
	l.Of(1).HeldBy(a, holder)
	a.Reach(b.Overlay)
}

// TestTakeoverIsShared proves that each survivor takes its part of a killed controller's clients: those
// for which it comes first in the order that all controllers agree on.
func TestTakeoverIsShared(t *testing.T) {
	const each = 2
	l := lab.New(t, 3)
	l.Mesh()
	survivors := link.Bitmap(0).With(2).With(3)
	first := func(k status.Client) int { return order.Order(k.Index, survivors, 0)[0] }
	var all []*lab.ClientServer
	for n := range 2 * each {
		taker := 2 + n%2
		c := l.Client(n + 1)
		c.Load(l.Of(1).HandOut(func(k status.Client) bool { return k.Assigned == 1 && first(k) == taker }))
		all = append(all, c)
	}
	for _, c := range all {
		held(l, c, 1)
	}
	l.Of(1).Kill()
	for i, c := range all {
		for _, m := range l.Machines[1:] {
			m.HeldBy(c, 2+i%2)
		}
	}
	for i, c := range all {
		c.Reach(all[(i+1)%len(all)].Overlay)
	}
}

// TestTakeoverAfterCut proves that the client of a controller that is cut off from the others is taken
// over by the majority, although that controller lives and can speak to the client, and that after the
// cut everybody agrees on one holder and the client works.
func TestTakeoverAfterCut(t *testing.T) {
	l, a, b := pair(t, 3)
	f := flow(t, a, b)
	l.Drop(append(lab.Both(1, 2), lab.Both(1, 3)...)...)
	holder := taken(t, l, a, f, 1, 2, tolerant)
	l.Heal()
	for _, m := range l.Machines {
		m.Until(lab.Patience, "the mesh is whole again", lab.AllUp(2))
		m.HeldBy(a, holder)
	}
	a.Reach(b.Overlay)
}

// TestEvenCutsHeal proves that after a cut into two halves each of which may think that the other is
// lost, every client has exactly one holder, the same for all, stays there, and works.
func TestEvenCutsHeal(t *testing.T) {
	for _, controllers := range []int{2, 4} {
		t.Run(fmt.Sprintf("%d controllers", controllers), func(t *testing.T) {
			l, a, b := pair(t, controllers)
			half := controllers / 2
			if controllers > 2 { // b is on the other side
				b.Load(l.Of(1).HandOut(func(k status.Client) bool { return k.Assigned == controllers }))
				b.Reach(a.Overlay)
				held(l, b, controllers)
			}
			var rules []lab.Rule
			for i := 1; i <= half; i++ {
				for j := half + 1; j <= controllers; j++ {
					rules = append(rules, lab.Both(i, j)...)
				}
			}
			l.Drop(rules...)
			l.Of(1).Until(lab.Patience, "the lowest half takes the client of the other", func(s *status.Snapshot) bool {
				k := lab.ClientOf(s, b.Pack)
				return k.Connected && k.ControllerID <= half
			})
			last := l.Of(controllers)
			last.Until(lab.Patience, "the other half sees the cut", lab.AllUp(controllers-half-1))
			wait := 4 * time.Second // longer than the other half waits before it takes anybody
			if controllers == 2 {
				wait = 12 * time.Second // longer than one without clients waits: its own was taken
			}
			last.Stays(wait, "it takes no client that speaks to the lowest half", func(s *status.Snapshot) bool {
				k := lab.ClientOf(s, a.Pack)
				return !k.Connected || k.ControllerID <= half
			})
			l.Heal()
			for _, m := range l.Machines {
				m.Until(lab.Patience, "the mesh is whole again", lab.AllUp(controllers-1))
			}
			b.Reach(a.Overlay)
			a.Reach(b.Overlay)
			for _, c := range []*lab.ClientServer{a, b} {
				var everyone []int
				for _, m := range l.Machines {
					everyone = append(everyone, m.ID)
				}
				holder := l.Of(1).HeldBy(c, everyone...).ControllerID
				held(l, c, holder)
				for _, m := range l.Machines {
					m.Stays(time.Second, "it has one holder", func(s *status.Snapshot) bool {
						k := lab.ClientOf(s, c.Pack)
						return k.Connected && k.ControllerID == holder
					})
				}
			}
			a.Reach(b.Overlay)
		})
	}
}

// TestThawedControllerPullsNobodyBack proves that a controller that was frozen while others took its
// client does not lead the client back when it goes on.
func TestThawedControllerPullsNobodyBack(t *testing.T) {
	l, a, b := pair(t, 3)
	f := flow(t, a, b)
	l.Of(1).Signal(syscall.SIGSTOP)
	holder := taken(t, l, a, f, 1, 2, tolerant)
	back := flow(t, b, a)
	time.Sleep(5 * time.Second) // how long it is frozen
	l.Of(1).Signal(syscall.SIGCONT)
	for _, m := range l.Machines {
		m.Until(lab.Patience, "the mesh is whole again", lab.AllUp(2))
		m.HeldBy(a, holder)
	}
	if o := back.Stop(); o.Lost > 0 || o.Silence > 200*time.Millisecond {
		t.Errorf("%d packets were lost when it went on, longest pause %v", o.Lost, o.Silence)
	}
	a.Reach(b.Overlay)
}

// TestContestedClient proves that a client that two machines claim to be, at two controllers, is frozen where it
// is after some moves, that every controller says so with the remedy, and that it works there.
func TestContestedClient(t *testing.T) {
	l := lab.New(t, 3)
	l.Mesh()
	a, twin, b := l.Client(1), l.Client(2), l.Client(3)
	pack, conf := l.Of(1).HandOut(func(k status.Client) bool { return k.Assigned == 1 })
	b.JoinAt(l.Of(3), 3)
	contested := func(s *status.Snapshot) bool {
		return slices.ContainsFunc(s.Warnings, func(w status.Warning) bool {
			return w.Code == string(status.ClientContested) && w.Client == pack && w.Remedy != ""
		})
	}
	holds := 0
	for n := 0; !contested(l.Of(3).Status()); n++ {
		if n > 20 {
			t.Fatal("it moves for ever")
		}
		machine, to := []*lab.ClientServer{a, twin}[n%2], 1+n%2
		machine.Load(pack, at(conf, l.Of(to).Address))
		lab.Await(t, "the client moves or is frozen", func() bool {
			_ = machine.Ping(b.Overlay) // in vain until it moves
			s := l.Of(3).Status()
			k := lab.ClientOf(s, pack)
			holds = k.ControllerID
			return contested(s) || k.Connected && holds == to
		})
	}
	for _, m := range l.Machines {
		m.Until(lab.Patience, "every controller warns", contested)
	}
	stays := func(s *status.Snapshot) bool { return lab.ClientOf(s, pack).ControllerID == holds }
	other := []*lab.ClientServer{a, twin}[2-holds]
	other.Load(pack, at(conf, l.Of(3-holds).Address))
	l.Of(3).Stays(3*time.Second, "it is frozen", stays)
	[]*lab.ClientServer{a, twin}[holds-1].Reach(b.Overlay)
}

// TestTakeoverOfTwo proves that in a topology of two either one takes over for the other, the second one
// later, because it cannot tell a cut from a loss before a client of its own answers it. That client is quiet.
func TestTakeoverOfTwo(t *testing.T) {
	for _, c := range []struct {
		lost   int
		within time.Duration
	}{{2, 4 * time.Second}, {1, 7 * time.Second}} {
		t.Run(fmt.Sprintf("controller %d is lost", c.lost), func(t *testing.T) {
			l, a, b := pair(t, 2)
			both := []*lab.ClientServer{a, b}
			goes, stays, survivor := both[c.lost-1], both[2-c.lost], 3-c.lost
			f := flowTo(t, goes, l.Of(survivor).Spot())
			l.Of(c.lost).Kill()
			taken(t, l, goes, f, c.lost, survivor, c.within)
			goes.Reach(stays.Overlay)
		})
	}
}
