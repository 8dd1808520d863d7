package link

import (
	"iter"
	"math/bits"
	"time"
)

// Bitmap is a set of controller IDs.
type Bitmap uint16

// Has reports whether id is in the set.
func (b Bitmap) Has(id int) bool { return b>>id&1 == 1 }

// With returns the set with id added.
func (b Bitmap) With(id int) Bitmap { return b | 1<<id }

// Without returns the set with id removed.
func (b Bitmap) Without(id int) Bitmap { return b &^ (1 << id) }

// All returns the IDs of the set, in rising order.
func (b Bitmap) All() iter.Seq[int] {
	return func(yield func(int) bool) {
		for rest := b; rest != 0; rest &= rest - 1 {
			if !yield(bits.TrailingZeros16(uint16(rest))) {
				return
			}
		}
	}
}

// Status is what can be seen of a link.
type Status struct {
	State       State
	Reason      Reason
	Since       time.Time     // of the state
	Session     bool          // WireGuard has a session
	HeardAt     time.Time     // newest heartbeat; zero: none yet
	RTT         time.Duration // smoothed; zero: unknown
	Jitter      time.Duration
	Loss        float64       // 0…1 over ten seconds, towards us
	LossThere   float64       // 0…1, towards the peer, as it says
	ClockOffset time.Duration // peer's wall clock minus ours
	Cost        uint32        // held included
	Held        bool          // it came back a moment ago
	HeldUntil   time.Time
	MTU         int  // largest inner packet that passed; 0: not known
	Draining    bool // the peer drains
}
