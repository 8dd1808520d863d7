package demo

import (
	"reflect"
	"testing"
	"time"
)

const ms = time.Millisecond

var origin = time.Date(2026, time.March, 14, 14, 0, 0, 0, time.UTC)

// A packet is lost once a later one has arrived; one that comes late is not; an outage is the longest
// silence, also one that still goes on; a mark forgets all that and what was on its way.
func TestTally(t *testing.T) {
	tally := newTally(origin)
	at := func(d time.Duration) time.Time { return origin.Add(d) }
	for range 6 {
		tally.send(origin)
	}
	expect := func(when time.Duration, received, lost int, gap time.Duration) {
		t.Helper()
		got := tally.read(at(when))
		if got.Received != received || got.Lost != lost || got.Gap != gap {
			t.Errorf("at %v: %d received, %d lost, gap %v; want %d, %d, %v", when, got.Received, got.Lost, got.Gap, received, lost, gap)
		}
	}
	expect(5*ms, 0, 0, 5*ms)
	tally.arrive(0, at(10*ms))
	tally.arrive(3, at(40*ms))
	expect(40*ms, 2, 2, 30*ms)
	tally.arrive(2, at(45*ms))
	expect(45*ms, 3, 1, 30*ms)
	expect(145*ms, 3, 1, 100*ms)

	tally.mark(at(150 * ms))
	tally.arrive(5, at(160*ms)) // sent before the mark
	expect(160*ms, 0, 0, 10*ms)
	tally.arrive(tally.send(at(165*ms)), at(170*ms))
	expect(170*ms, 1, 0, 10*ms)
}

// A sender that was late itself says by how much, until the mark.
func TestTallyLate(t *testing.T) {
	tally := newTally(origin)
	for _, when := range []time.Duration{0, pace, 2*pace + 90*ms, 3*pace + 90*ms} {
		tally.send(origin.Add(when))
	}
	if got := tally.read(origin.Add(time.Second)).Late; got != 90*ms {
		t.Errorf("late by %v, want 90ms", got)
	}
	tally.mark(origin.Add(time.Second))
	if got := tally.read(origin.Add(time.Second)).Late; got != 0 {
		t.Errorf("late by %v after the mark", got)
	}
}

// Arrivals are counted by slot; the slot that is not over is left out, and old ones are forgotten.
func TestTallyRate(t *testing.T) {
	tally := newTally(origin)
	for _, when := range []time.Duration{10 * ms, 20 * ms, 110 * ms, 310 * ms, 320 * ms, 410 * ms} {
		tally.arrive(tally.send(origin.Add(when)), origin.Add(when))
	}
	if got := tally.read(origin.Add(450 * ms)).Rate; !reflect.DeepEqual(got, []int{2, 1, 0, 2}) {
		t.Errorf("rate %v", got)
	}
	got := tally.read(origin.Add(time.Hour)).Rate
	if len(got) != slots-1 {
		t.Errorf("%d slots, want %d", len(got), slots-1)
	}
	for _, n := range got {
		if n != 0 {
			t.Fatalf("old slots are still there: %v", got)
		}
	}
}
