package wireguard

import (
	"math/rand/v2"
	"testing"
	"time"
)

// The window accepts each counter once, unless it is too far behind the newest or too large: the same
// as a set of all that came, in random schedules with small steps and long jumps, also near the limit.
func TestWindow(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		var w window
		seen, next := map[uint64]bool{}, uint64(0)
		base := uint64(0)
		if seed%2 == 1 {
			base = rejectAfterMessages - 20000
		}
		for range 20000 {
			counter := base + r.Uint64N(2*windowSize)
			if r.IntN(100) == 0 {
				base += r.Uint64N(3 * windowSize)
				base = min(base, rejectAfterMessages-100)
			}
			want := counter < rejectAfterMessages && !seen[counter] && (counter >= next || next-counter <= windowSize)
			if got := w.accept(counter); got != want {
				t.Fatalf("seed %d: counter %d, next %d: %v, want %v", seed, counter, next, got, want)
			}
			if want {
				seen[counter], next = true, max(next, counter+1)
			}
		}
	}
}

// Each timer is due at its time and not a nanosecond before.
func TestDue(t *testing.T) {
	const start = int64(time.Hour)
	for name, c := range map[string]struct {
		condition condition
		after     time.Duration
		want      duty
	}{
		"repeat":    {condition{retry: start}, 0, duty{repeat: true}},
		"last":      {condition{retry: start, repeated: maxAttempts - 1}, 0, duty{repeat: true}},
		"give up":   {condition{retry: start, repeated: maxAttempts}, 0, duty{giveUp: true}},
		"renew":     {condition{unanswered: start}, 15 * time.Second, duty{renew: true}},
		"passive":   {condition{owed: start}, 10 * time.Second, duty{keepalive: true}},
		"keepalive": {condition{traversed: start, keepalive: int64(25 * time.Second)}, 25 * time.Second, duty{keepalive: true}},
		"forget":    {condition{newest: start}, 540 * time.Second, duty{forget: true}},
	} {
		at := start + int64(c.after)
		if got := c.condition.due(at - 1); got != (duty{next: at}) {
			t.Errorf("%s, too early: %+v", name, got)
		}
		if got := c.condition.due(at); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
