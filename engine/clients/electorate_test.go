package clients

import (
	"fmt"
	"testing"
	"time"

	"vns3/engine/link"
)

var start = time.Unix(1_800_000_000, 0)

// watcher drives an electorate tick by tick.
type watcher struct {
	Electorate
	now time.Time
}

// newWatcher is a controller that has seen all the others for long.
func newWatcher(self int, all link.Bitmap) *watcher {
	w := &watcher{Electorate: Electorate{self: self}, now: start}
	w.run(sees(self, all, all), standing+time.Second)
	return w
}

// sees is the sight of a controller to which these are Up, while everybody whom it sees agrees.
func sees(self int, all, up link.Bitmap) Sight {
	s := Sight{Present: up.With(self), Known: all, Up: up.Without(self), Down: all &^ up}
	for id := range s.Up.All() {
		s.Bad[id] = all &^ up
	}
	return s
}

func (w *watcher) run(s Sight, d time.Duration) {
	for end := w.now.Add(d); w.now.Before(end); {
		w.now = w.now.Add(10 * time.Millisecond)
		w.See(s, w.now)
	}
}

// TestWhoMayTakeOver proves the rule of the electorate for every way in which up to five controllers can
// fall apart: what a side may do at once, after three seconds, and ever.
func TestWhoMayTakeOver(t *testing.T) {
	for _, c := range []struct {
		all, side link.Bitmap
		self      int
		own       bool          // it has a client of its own
		answers   time.Duration // which last spoke so long after the loss; 0: not since
		now       Right         // as soon as it is lost
		after3    Right
		after10   Right
	}{
		{set(1, 2, 3), set(1, 2), 1, true, 0, Now, Now, Now},
		{set(1, 2, 3), set(2, 3), 2, true, 0, Now, Now, Now},
		{set(1, 2, 3, 4), set(1, 2), 1, true, 0, Now, Now, Now},
		{set(1, 2, 3, 4), set(3, 4), 3, true, 2500 * time.Millisecond, Later, Now, Now},
		{set(1, 2, 3, 4), set(3, 4), 3, true, 1900 * time.Millisecond, Later, Later, Later},
		{set(1, 2, 3, 4), set(3, 4), 3, true, 0, Later, Later, Later},
		{set(1, 2, 3, 4), set(3, 4), 3, false, 0, Later, Later, Now},
		{set(1, 2, 3, 4, 5), set(4, 5), 4, false, 0, Never, Never, Never},
		{set(1, 2), set(1), 1, true, 0, Now, Now, Now},
		{set(1, 2), set(2), 2, true, 2500 * time.Millisecond, Later, Now, Now},
		{set(1, 2), set(2), 2, false, 0, Later, Later, Now},
	} {
		t.Run(fmt.Sprintf("%d of %b sees %b", c.self, c.all, c.side), func(t *testing.T) {
			w := newWatcher(c.self, c.all)
			w.run(sees(c.self, c.all, c.side), 300*time.Millisecond)
			lost := 0
			for id := range (c.all &^ c.side).All() {
				lost = id
			}
			l := w.losses[lost]
			if l == nil {
				t.Fatalf("controller %d is not lost", lost)
			}
			var answered time.Time
			if c.answers > 0 {
				answered = l.at.Add(c.answers)
			}
			for after, want := range map[time.Duration]Right{0: c.now, 3 * time.Second: c.after3, 10 * time.Second: c.after10} {
				if got := w.right(l, answered, c.own, l.at.Add(after)); got != want {
					t.Errorf("after %v: right %d, want %d", after, got, want)
				}
			}
		})
	}
}

// TestLoss proves who is lost: with three or more, whom all hold bad for 100 ms; with two, whom this one
// holds Down; and nobody by the eyes of one that is alone.
func TestLoss(t *testing.T) {
	all := set(1, 2, 3)
	w := newWatcher(1, all)
	w.run(sees(1, all, set(1, 2)), 80*time.Millisecond)
	if w.losses[3] != nil {
		t.Error("lost before 100 ms")
	}
	w.run(sees(1, all, set(1, 2)), 50*time.Millisecond)
	if w.losses[3] == nil {
		t.Error("not lost after 130 ms")
	}
	w.run(sees(1, all, all), 20*time.Millisecond)
	if w.losses[3] != nil {
		t.Error("lost although it is back")
	}

	w = newWatcher(1, all)
	disagrees := sees(1, all, set(1, 2))
	disagrees.Bad[2] = 0
	disagrees.Present = all
	if w.run(disagrees, 5*time.Second); w.losses[3] != nil {
		t.Error("lost although a neighbour still hears it")
	}
	w = newWatcher(1, all)
	if w.run(sees(1, all, set(1)), 9*time.Second); w.losses[2] != nil || w.losses[3] != nil {
		t.Error("lost by the eyes of one that is alone")
	}

	two := set(1, 2)
	w = newWatcher(1, two)
	suspect := sees(1, two, set(1))
	suspect.Present, suspect.Down = two, 0
	if w.run(suspect, time.Second); w.losses[2] != nil {
		t.Error("of two, lost although only suspect")
	}
	if w.run(sees(1, two, set(1)), 20*time.Millisecond); w.losses[2] == nil {
		t.Error("of two, not lost although down")
	}
}

// TestThawed proves that a controller that did not look for a while begins to judge anew.
func TestThawed(t *testing.T) {
	all := set(1, 2, 3)
	w := newWatcher(1, all)
	w.run(sees(1, all, set(1, 2)), 50*time.Millisecond)
	w.now = w.now.Add(5 * time.Second)
	if w.run(sees(1, all, set(1, 2)), 90*time.Millisecond); w.losses[3] != nil {
		t.Error("lost by what was seen before the gap")
	}
	if w.run(sees(1, all, set(1, 2)), 50*time.Millisecond); w.losses[3] == nil {
		t.Error("not lost by what was seen after it")
	}
}
