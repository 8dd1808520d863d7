package engine

import (
	"fmt"
	"sync/atomic"
	"time"

	"vns3/status"
)

const (
	jumpFrom   = time.Second     // between wall clock and monotonic clock, over one look
	jumpStands = 5 * time.Minute // how long a jump is told: peers may refuse handshakes meanwhile
)

// clockWatch notices jumps of the machine's wall clock. WireGuard refuses handshakes from a clock that
// went back, so a jump explains what would else be a riddle. One goroutine looks; anybody may ask.
type clockWatch struct {
	wall, steady time.Time // of the last look
	jumped       atomic.Pointer[clockJump]
}

type clockJump struct {
	at time.Time
	by time.Duration
}

// look compares both clocks. It returns the jump since the last look, if there was one.
func (c *clockWatch) look(now time.Time) (by time.Duration, jumped bool) {
	wall := now.Round(0) // without the monotonic reading
	if !c.wall.IsZero() {
		by = wall.Sub(c.wall) - now.Sub(c.steady)
	}
	c.wall, c.steady = wall, now
	if by.Abs() < jumpFrom {
		return 0, false
	}
	c.jumped.Store(&clockJump{now, by})
	return by, true
}

// finding is a jump that still matters.
func (c *clockWatch) finding(now time.Time) (status.Finding, bool) {
	j := c.jumped.Load()
	if j == nil || now.Sub(j.at) > jumpStands {
		return status.Finding{}, false
	}
	return status.Finding{Code: status.ClockJumped, Text: jumpText(j.by)}, true
}

func jumpText(by time.Duration) string {
	if by < 0 {
		return fmt.Sprintf("the clock of this machine went back by %v", (-by).Round(time.Millisecond))
	}
	return fmt.Sprintf("the clock of this machine jumped ahead by %v", by.Round(time.Millisecond))
}
