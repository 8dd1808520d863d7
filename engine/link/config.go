package link

import (
	"fmt"
	"time"
)

// The defaults of Config.
const (
	DefaultInterval     = 50 * time.Millisecond
	DefaultSuspectAfter = 150 * time.Millisecond
	DefaultDownAfter    = 1500 * time.Millisecond
	DefaultHoldUp       = 3 * time.Second
	DefaultHoldUpMax    = 60 * time.Second
)

// The limits of Config.
const (
	MinInterval = 10 * time.Millisecond
	MaxInterval = 10 * time.Second
)

// Config is the thresholds of health. Both ends may differ: a peer's silence is judged by the
// interval that it announces, if that is the longer one.
type Config struct {
	Interval     time.Duration // between two heartbeats
	SuspectAfter time.Duration // silence, beyond the measured jitter, after which quick echoes ask
	DownAfter    time.Duration // without a heartbeat
	HoldUp       time.Duration // for which a link that came back is used only where there is no other way
	HoldUpMax    time.Duration // what HoldUp doubles to while the link flaps
}

// DefaultConfig returns the default thresholds.
func DefaultConfig() Config {
	return Config{
		Interval:     DefaultInterval,
		SuspectAfter: DefaultSuspectAfter,
		DownAfter:    DefaultDownAfter,
		HoldUp:       DefaultHoldUp,
		HoldUpMax:    DefaultHoldUpMax,
	}
}

// Validate returns what is wrong with the thresholds and what to write instead, or nil.
func (c Config) Validate() error {
	switch {
	case c.Interval < MinInterval || c.Interval > MaxInterval:
		return fmt.Errorf("interval %v: choose %v to %v", c.Interval, MinInterval, MaxInterval)
	case c.SuspectAfter < 2*c.Interval:
		return fmt.Errorf("suspect_after %v: one lost heartbeat must not be enough: choose at least twice the interval, %v", c.SuspectAfter, 2*c.Interval)
	case c.DownAfter < 2*c.SuspectAfter:
		return fmt.Errorf("down_after %v: choose at least twice suspect_after, %v", c.DownAfter, 2*c.SuspectAfter)
	case c.HoldUp < 0:
		return fmt.Errorf("hold_up %v: it cannot be negative", c.HoldUp)
	case c.HoldUpMax < c.HoldUp:
		return fmt.Errorf("hold_up_max %v: choose at least hold_up, %v", c.HoldUpMax, c.HoldUp)
	}
	return nil
}
