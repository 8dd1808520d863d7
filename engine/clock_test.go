package engine

import (
	"testing"
	"time"

	"vns3/status"
)

// TestClockWatch proves that a jump of the wall clock is noticed whichever way it goes, that the steady
// passing of time is none, and that it is told for five minutes.
func TestClockWatch(t *testing.T) {
	var c clockWatch
	start := time.Now()
	if _, jumped := c.look(start); jumped {
		t.Fatal("the first look found a jump")
	}
	if _, jumped := c.look(start.Add(time.Hour)); jumped {
		t.Error("an hour that passed on both clocks was taken for a jump")
	}
	// A time without a monotonic reading that the wall says is earlier: the clock went back.
	c.wall = start.Add(2 * time.Hour).Round(0)
	by, jumped := c.look(start.Add(time.Hour))
	if !jumped || by != -time.Hour {
		t.Errorf("the clock went back by an hour: got %v, %v", by, jumped)
	}
	for after, told := range map[time.Duration]bool{time.Minute: true, 4 * time.Minute: true, 6 * time.Minute: false} {
		f, ok := c.finding(start.Add(time.Hour + after))
		if ok != told || (ok && f.Code != status.ClockJumped) {
			t.Errorf("%v after the jump: told %v, want %v", after, ok, told)
		}
	}
}

// TestSkewWords proves that a clock that is far off is not told in milliseconds, which differ at each look.
func TestSkewWords(t *testing.T) {
	for skew, want := range map[time.Duration]string{
		90*time.Minute + 29997*time.Millisecond:    "1h30m30s ahead of ours",
		-(90*time.Minute + 30003*time.Millisecond): "1h30m30s behind ours",
		1503 * time.Millisecond:                    "1.503s ahead of ours",
	} {
		if got := skewWords(skew); got != want {
			t.Errorf("%v is %q, want %q", skew, got, want)
		}
	}
}
