package agent

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

const ms = time.Millisecond

// world is a few controllers without a network: it answers a course, with exact times.
type world struct {
	t       *testing.T
	c       *Course
	began   time.Time
	now     time.Time
	rtt     []time.Duration // of each controller
	dead    []bool
	deaf    []bool // agrees on sessions and answers no probe
	at      int    // that the session is with; -1: none
	asked   int    // -1: nobody
	askedAt time.Time
	answers []time.Time // when answers to probes arrive
	log     []string
}

func newWorld(t *testing.T, assigned int, rtt ...time.Duration) *world {
	start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	return &world{t: t, c: NewCourse(len(rtt), assigned), began: start, now: start, rtt: rtt,
		dead: make([]bool, len(rtt)), deaf: make([]bool, len(rtt)), at: -1, asked: -1}
}

// step lets the agent look once, and time pass until it looks again.
func (w *world) step() {
	seen := Seen{At: w.at}
	if w.asked >= 0 && !w.dead[w.asked] && w.now.Sub(w.askedAt) >= w.rtt[w.asked] {
		w.at, seen.At = w.asked, w.asked
		seen.Handshake, seen.HandshakeRTT = true, w.rtt[w.asked]
	}
	w.answers = slices.DeleteFunc(w.answers, func(at time.Time) bool {
		if at.After(w.now) {
			return false
		}
		seen.Answers = append(seen.Answers, w.rtt[max(w.at, 0)])
		return true
	})
	before := w.c.Phase()
	o := w.c.Step(w.now, seen)
	if o.Initiate {
		w.asked, w.askedAt = o.Target, w.now
		if !o.Silent {
			w.note("ask %d", o.Target)
		}
	}
	if o.Probe && w.at >= 0 && !w.dead[w.at] && !w.deaf[w.at] {
		w.answers = append(w.answers, w.now.Add(w.rtt[w.at]))
	}
	if after := w.c.Phase(); after != before {
		w.note("%v %d", after, w.c.Target())
	}
	w.now = w.now.Add(w.c.Wait())
}

func (w *world) note(format string, args ...any) {
	w.log = append(w.log, fmt.Sprintf("%v ", w.now.Sub(w.began))+fmt.Sprintf(format, args...))
}

func (w *world) run(d time.Duration) {
	for end := w.now.Add(d); w.now.Before(end); {
		w.step()
	}
}

func (w *world) expect(want ...string) {
	w.t.Helper()
	if !slices.Equal(w.log, want) {
		w.t.Errorf("got\n%q\nwant\n%q", w.log, want)
	}
	w.log = nil
}

// TestNearestIsChosen proves that every controller is asked how far it is before one is used, that the
// nearest is taken, and that the assigned one has a head start of five milliseconds.
func TestNearestIsChosen(t *testing.T) {
	for _, c := range []struct {
		what     string
		assigned int
		rtt      []time.Duration
		dead     int // -1: none
		want     int
	}{
		{"the nearest", 0, []time.Duration{60 * ms, 20 * ms, 40 * ms}, -1, 1},
		{"the assigned one is nearly as near", 0, []time.Duration{24 * ms, 20 * ms, 40 * ms}, -1, 0},
		{"the assigned one is too far", 0, []time.Duration{26 * ms, 20 * ms, 40 * ms}, -1, 1},
		{"the nearest does not answer", 0, []time.Duration{60 * ms, 20 * ms, 40 * ms}, 1, 2},
		{"there is one only", 0, []time.Duration{90 * ms}, -1, 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			w := newWorld(t, c.assigned, c.rtt...)
			if c.dead >= 0 {
				w.dead[c.dead] = true
			}
			w.run(2 * time.Second)
			if w.c.Phase() != Attached || w.c.Target() != c.want {
				t.Errorf("%v %d, want attached to %d: %q", w.c.Phase(), w.c.Target(), c.want, w.log)
			}
		})
	}
}

// TestFailover proves with exact times that a silent controller is doubted and then left for the next
// nearest, all in less than half a second (it died at 2 s), and that its return moves nothing.
func TestFailover(t *testing.T) {
	w := newWorld(t, 0, 10*ms, 20*ms, 30*ms)
	w.run(2 * time.Second)
	w.expect("150ms ask 0", "150ms seeking 0", "160ms attached 0")
	w.dead[0] = true
	w.run(time.Second)
	w.expect("2.31s doubting 0", "2.46s ask 1", "2.46s seeking 1", "2.48s attached 1")
	w.dead[0] = false
	w.run(time.Minute)
	w.expect()
}

// TestSlowAnswersAreBorneBriefly proves that a controller whose answers came late, as on a busy machine,
// is left within a second too.
func TestSlowAnswersAreBorneBriefly(t *testing.T) {
	w := newWorld(t, 0, 300*ms, 310*ms)
	w.run(1500 * ms)
	died := w.now
	w.dead[0], w.rtt[1] = true, 10*ms
	w.answers = nil
	for w.c.Target() != 1 || w.c.Phase() != Attached {
		w.step()
	}
	if outage := w.now.Sub(died); outage > time.Second {
		t.Errorf("it took %v: %q", outage, w.log)
	}
}

// TestNextIsDeadToo proves that of two dead controllers both are left within a second.
func TestNextIsDeadToo(t *testing.T) {
	w := newWorld(t, 0, 10*ms, 20*ms, 30*ms)
	w.run(2 * time.Second)
	died := w.now
	w.dead[0], w.dead[1] = true, true
	for w.c.Target() != 2 || w.c.Phase() != Attached {
		w.step()
	}
	if outage := w.now.Sub(died); outage > time.Second {
		t.Errorf("it took %v: %q", outage, w.log)
	}
}

// TestNothingAnswers proves that rounds without any answer come ever more slowly, at most every few
// seconds, and that the first controller to return is found.
func TestNothingAnswers(t *testing.T) {
	w := newWorld(t, 0, 10*ms, 20*ms)
	w.run(2 * time.Second)
	w.dead[0], w.dead[1] = true, true
	w.log = nil
	w.run(time.Minute)
	asked := 0
	for _, line := range w.log {
		var at, what string
		if n, _ := fmt.Sscan(line, &at, &what); n == 2 && what == "ask" {
			asked++
		}
	}
	if asked < 15 || asked > 40 {
		t.Errorf("asked %d times in a minute", asked)
	}
	w.dead[1] = false
	w.run(pauseMax + 2*initiateMin + 100*ms)
	if w.c.Phase() != Attached || w.c.Target() != 1 {
		t.Errorf("%v %d", w.c.Phase(), w.c.Target())
	}
}

// TestMovesAreDamped proves that a client wanders ever more slowly, here a dozen times in three minutes, where
// every controller agrees on sessions and none serves.
func TestMovesAreDamped(t *testing.T) {
	w := newWorld(t, 0, 10*ms, 20*ms, 30*ms)
	w.deaf = []bool{true, true, true}
	w.run(3 * time.Minute)
	moves := 0
	for _, line := range w.log {
		var at, what string
		if n, _ := fmt.Sscan(line, &at, &what); n == 2 && what == "attached" {
			moves++
		}
	}
	if moves < 4 || moves > 15 {
		t.Errorf("attached %d times: %q", moves, w.log)
	}
}

// TestLateStepJudgesNobody proves that a machine that stood still blames no controller for it.
func TestLateStepJudgesNobody(t *testing.T) {
	w := newWorld(t, 0, 10*ms, 20*ms)
	w.run(2 * time.Second)
	w.log = nil
	w.answers = nil
	w.now = w.now.Add(10 * time.Minute)
	w.run(10 * time.Second)
	w.expect()
}

// TestControllersMoveTheClient proves that the agent follows when the controllers hand the client over,
// and next time leaves the controller that it is with.
func TestControllersMoveTheClient(t *testing.T) {
	w := newWorld(t, 0, 10*ms, 20*ms, 30*ms)
	w.run(2 * time.Second)
	w.log, w.asked, w.at = nil, -1, 2
	w.run(time.Second)
	w.expect()
	if w.c.Target() != 2 {
		t.Fatalf("with %d", w.c.Target())
	}
	w.dead[2] = true
	w.run(time.Second)
	if w.c.Phase() != Attached || w.c.Target() != 0 {
		t.Errorf("%v %d: %q", w.c.Phase(), w.c.Target(), w.log)
	}
}
