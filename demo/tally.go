package demo

import (
	"time"

	page "vns3/tui/pages/demo"
)

// slots is how many slots of arrivals are kept.
const slots = 120

// tally counts the numbered packets of a stream. What it says is since the mark, and about packets that
// were sent after it: one that was still on its way then counts for nobody. It is a value that its
// owner guards; now is an argument.
type tally struct {
	next    uint64 // number of the next packet to be sent
	first   uint64 // number of the first packet after the mark
	highest uint64 // highest number that arrived
	arrived int
	lastAt  time.Time // of the newest arrival, or the mark
	longest time.Duration
	sentAt  time.Time // of the newest packet; zero: none yet
	late    time.Duration

	began time.Time // of the first slot ever
	slot  int       // newest
	rate  [slots]int
}

func newTally(now time.Time) tally { return tally{lastAt: now, began: now} }

// mark begins a new measurement.
func (t *tally) mark(now time.Time) {
	t.first, t.arrived, t.longest, t.late, t.lastAt = t.next, 0, 0, 0, now
}

// send counts a packet and returns its number.
func (t *tally) send(now time.Time) uint64 {
	if !t.sentAt.IsZero() {
		t.late = max(t.late, now.Sub(t.sentAt)-pace)
	}
	t.sentAt = now
	t.next++
	return t.next - 1
}

// arrive counts the arrival of a packet.
func (t *tally) arrive(number uint64, now time.Time) {
	t.turn(now)
	t.rate[t.slot%slots]++
	t.longest = max(t.longest, now.Sub(t.lastAt))
	t.lastAt = now
	if number < t.first {
		return
	}
	t.arrived++
	t.highest = max(t.highest, number)
}

// turn opens the slots up to now.
func (t *tally) turn(now time.Time) {
	for slot := int(now.Sub(t.began) / page.SlotLength); t.slot < slot; {
		t.slot++
		t.rate[t.slot%slots] = 0
	}
}

// read is what was counted. A packet is lost when a later one has arrived and it has not.
func (t *tally) read(now time.Time) page.Tally {
	t.turn(now)
	r := page.Tally{Sent: int(t.next - t.first), Received: t.arrived, Silent: now.Sub(t.lastAt), Gap: max(t.longest, now.Sub(t.lastAt)), Late: t.late}
	if t.arrived > 0 {
		r.Lost = int(t.highest-t.first) + 1 - t.arrived
	}
	from := max(t.slot-slots+1, 0)
	for i := from; i < t.slot; i++ { // the newest slot is not over yet
		r.Rate = append(r.Rate, t.rate[i%slots])
	}
	return r
}
