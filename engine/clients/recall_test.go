package clients

import (
	"testing"
	"time"

	"vns3/engine/mesh"
)

// setEnabled tells every controller that a clientpack is enabled or not.
func (w *world) setEnabled(index int, enabled bool) {
	w.packs[index] = mesh.Pack{Index: index, Enabled: enabled}
	for id := range w.alive.All() {
		w.cores[id].PackChanged(index, false, w.now)
	}
	w.settle()
}

// TestRecall proves that the client of a pack that is enabled again is called at once where it was last
// seen, by the controller that held it last, or by another one if that takes none; that it is claimed only
// when it answers; and that one that does not answer is let go.
func TestRecall(t *testing.T) {
	for name, c := range map[string]struct{ drains, answers bool }{
		"by its last holder": {answers: true},
		"by another":         {drains: true, answers: true},
		"in vain":            {},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 3)
			w.attach(1, 0)
			w.setEnabled(0, false)
			caller := 1
			if c.drains {
				w.cores[1].SetPolicy(Policy{Licensed: 9, Takeover: true, Draining: true})
				caller = Order(0, w.alive.Without(1), 0)[0]
			}
			w.run(time.Second)
			w.setEnabled(0, true)
			for id := range w.alive.All() {
				want := 0
				if id == caller {
					want = 1
				}
				if got := w.asked(id, Initiate{}, 0); got != want {
					t.Errorf("controller %d initiates %d times, not %d", id, got, want)
				}
			}
			if w.Holder(0) != 0 {
				t.Error("claimed before it answered")
			}
			if !c.answers {
				w.run(offerFor + 100*time.Millisecond)
				if w.Holder(0) != 0 || w.cores[1].Served() != 0 {
					t.Errorf("a client that does not answer is held by %d, served %d", w.Holder(0), w.cores[1].Served())
				}
				return
			}
			w.cores[caller].Heard(0, w.now)
			w.run(insistFor / 3)
			if w.Holder(0) != caller {
				t.Errorf("it answered %d and is held by %d", caller, w.Holder(0))
			}
			if got := w.asked(caller, Keepalive{}, 0); got != len(keepalives) {
				t.Errorf("%d keepalives: nobody else speaks to it", got)
			}
		})
	}
}

// TestNobodyIsCalledForATag proves that a change of a pack that was enabled all the time calls nobody.
func TestNobodyIsCalledForATag(t *testing.T) {
	w := newWorld(t, 2)
	w.attach(1, 0)
	w.cores[2].Disconnect(0, w.now)
	w.settle()
	w.setEnabled(0, true)
	if w.asked(1, Initiate{}, 0)+w.asked(2, Initiate{}, 0) != 0 {
		t.Error("a client that was disconnected is called")
	}
}

// TestQuietClientsAreAsked proves that of two controllers the second one, whose clients are quiet, asks them
// when the first is lost; that it takes over three seconds after the loss when one answers in its own
// session; and that it never does by itself when one answers in a session of the other.
func TestQuietClientsAreAsked(t *testing.T) {
	for _, cut := range []bool{false, true} {
		w := newWorld(t, 2)
		w.attach(1, 0)
		w.attach(2, 1)
		w.run(20 * time.Second) // they are quiet
		w.alive = w.alive.Without(1)
		w.run(inquireFrom - 50*time.Millisecond)
		if w.asked(2, Ask{}, 1) != 0 {
			t.Error("asked before the answer can count")
		}
		w.run(100 * time.Millisecond)
		if w.asked(2, Ask{}, 1) != 1 || w.asked(2, Ask{}, 0) != 0 {
			t.Fatalf("controller 2 did %v", w.done[2])
		}
		if cut {
			w.cores[2].Astray([]byte("in a session of controller 1"), home, w.now)
		} else {
			w.cores[2].Heard(1, w.now)
		}
		w.run(halfWaits - inquireFrom)
		if got, want := w.Holder(0), map[bool]int{false: 2, true: 1}[cut]; got != want {
			t.Errorf("cut %v: the client of controller 1 is held by %d", cut, got)
		}
		if w.run(2 * loneWaits); cut && w.Holder(0) != 1 {
			t.Errorf("beyond a cut, the client of controller 1 is held by %d", w.Holder(0))
		}
	}
}

// TestAskedInTurn proves that quiet clients are asked one after the other, and not for ever.
func TestAskedInTurn(t *testing.T) {
	w := newWorld(t, 2)
	for index := range 3 {
		w.attach(2, index)
	}
	w.alive = w.alive.Without(1)
	w.run(inquireFor + 5*time.Second)
	var asked [3]int
	for index := range asked {
		asked[index] = w.asked(2, Ask{}, index)
	}
	if most := int(inquireFor/inquireEvery)/3 + 1; asked[0] < 8 || asked[0] > most || asked[0]-asked[2] > 1 {
		t.Errorf("asked %v times", asked)
	}
}

// TestLearnedAfterRestart proves that a controller that restarted takes up a client of its own also when
// it learns only later that it held it.
func TestLearnedAfterRestart(t *testing.T) {
	w := newWorld(t, 2)
	w.run(time.Second)
	w.claims[0] = mesh.Claim{Index: 0, Counter: 3, Holder: 1, ClaimBody: mesh.ClaimBody{Endpoint: home, Since: w.now}}
	w.tell(0)
	w.run(100 * time.Millisecond)
	if w.asked(1, Initiate{}, 0) != 1 {
		t.Errorf("controller 1 did %v", w.done[1])
	}
}

// attachTwice lets client 0 speak to two controllers, the second of which claims it.
func (w *world) attachTwice(first, second int) {
	w.t.Helper()
	w.attach(first, 0)
	w.run(time.Second)
	w.cores[first].Heard(0, w.now)
	w.attach(second, 0)
}

// TestYieldedClientIsCalled proves that a client that two controllers had at the same time, and that speaks
// in the session of the one that yielded, is led to the other one although it had come there by itself.
func TestYieldedClientIsCalled(t *testing.T) {
	w := newWorld(t, 3)
	w.attachTwice(1, 2)
	w.run(doubtFor + 50*time.Millisecond)
	if w.asked(2, Keepalive{}, 0) != 1 || w.asked(2, Initiate{}, 0) != 1 {
		t.Errorf("it speaks to nobody, and controller 2 did %v", w.done[2])
	}
	w = newWorld(t, 3)
	w.attachTwice(1, 2)
	w.cores[2].Heard(0, w.now)
	if w.run(doubtFor + 50*time.Millisecond); w.asked(2, Initiate{}, 0) != 0 {
		t.Error("it speaks to controller 2 and is called all the same")
	}
}
