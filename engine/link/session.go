package link

import (
	"math/rand/v2"
	"time"
)

const (
	initiateFirst  = 300 * time.Millisecond
	initiateRTTs   = 3 // an interval below the RTT would delete each pending handshake
	initiateMax    = 5 * time.Second
	initiateHigher = 2 * time.Second // the higher ID: this and up to initiateSpread more
	initiateSpread = time.Second
	sessionDoubt   = 5 * time.Second // a session over which the link stays down this long is not trusted
	forgetAtMost   = 10 * time.Second
)

// schedule says when to initiate a WireGuard session. Both ends initiate once at the start; then the
// lower ID goes on at doubling intervals, the higher one seldom and at random, so that two ends that
// start together do not delete each other's handshakes for ever.
type schedule struct {
	lower bool
	rand  *rand.Rand

	next  time.Time // zero: there is a session, nothing to do
	pause time.Duration
}

// start begins anew, with an initiation at now.
func (s *schedule) start(now time.Time) { s.next, s.pause = now, 0 }

// stop is called when there is a session.
func (s *schedule) stop() { s.next = time.Time{} }

// due reports whether to initiate now, and sets the next time.
func (s *schedule) due(rtt time.Duration, now time.Time) bool {
	if s.next.IsZero() || now.Before(s.next) {
		return false
	}
	if s.lower {
		s.pause = min(max(2*s.pause, initiateFirst, initiateRTTs*rtt), initiateMax)
	} else {
		s.pause = initiateHigher + time.Duration(s.rand.Int64N(int64(initiateSpread)))
	}
	s.next = now.Add(s.pause)
	return true
}
