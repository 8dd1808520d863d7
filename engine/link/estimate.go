package link

import "time"

// The cost of a link: BaseCost, its RTT in units of costUnit, what its loss class adds, and HeldCost
// while it is held.
const (
	BaseCost = 10
	costUnit = 100 * time.Microsecond
	// HeldCost is added while a link that came back is held: more than any RTT and loss add.
	HeldCost = 10000
	// maxRTT bounds what RTT adds, so that a held link costs more than one that is only slow.
	maxRTT = 400 * time.Millisecond
)

// lossClass is a level of loss: entered at from, left below half of it.
type lossClass struct {
	from float64
	cost uint32
}

var lossClasses = [...]lossClass{{0, 0}, {0.15, 2000}, {0.35, 5000}}

const (
	window           = 10 // seconds over which loss and the smallest RTT are taken
	fewestHeartbeats = 20 // in the window, below which loss says nothing
	// A smallest RTT must differ by a quarter, and by 1 ms, for ten seconds to change the cost.
	rttSteps     = 4
	rttStep      = time.Millisecond
	rttLasting   = 10 * time.Second
	smoothing    = 8  // RTT and clock offset: weight of a new sample is 1/8
	jitterWeight = 16 // RFC 3550, 6.4.1
	offsetJump   = 500 * time.Millisecond
)

// second is what was counted in one second.
type second struct {
	number             int64 // since the process started
	expected, received uint32
	rtt                time.Duration // smallest; 0: none
}

// estimator measures RTT, jitter, loss and clock offset of a link and derives its cost.
type estimator struct {
	seconds [window]second
	current int64 // number of the newest second

	highest uint32 // sequence
	seen    uint64 // bitmap of the sequences up to highest

	rtt, jitter, offset time.Duration
	transit             time.Duration // arrival minus sent, each by its own clock
	known               bool          // transit and offset have a sample

	class     int           // of lossClasses
	costRTT   time.Duration // 0: none yet
	differing time.Time     // since when the smallest RTT differs from costRTT
	learnt    time.Duration // uptime at the first sample
}

// arrival is a heartbeat as the estimator sees it.
type arrival struct {
	*Heartbeat
	uptime time.Duration // of this process
	wall   time.Time
	now    time.Time
}

// sequence counts a heartbeat and reports whether it is the newest one.
func (e *estimator) sequence(n uint32, uptime time.Duration) (newest bool) {
	s := e.at(uptime)
	switch ahead := int32(n - e.highest); {
	case e.seen == 0:
		e.highest, e.seen = n, 1
		s.expected, s.received = s.expected+1, s.received+1
		return true
	case ahead > 0:
		e.highest = n
		e.seen = e.seen<<min(ahead, 64) | 1
		s.expected, s.received = s.expected+uint32(ahead), s.received+1
		return true
	case ahead > -64 && e.seen>>-ahead&1 == 0:
		e.seen |= 1 << -ahead
		s.received++
	}
	return false
}

// at returns the counters of the second, empty if it has just begun.
func (e *estimator) at(uptime time.Duration) *second {
	n := int64(uptime / time.Second)
	s := &e.seconds[n%window]
	if s.number != n {
		*s = second{number: n}
	}
	return s
}

// measure takes the times of a newest heartbeat and reports whether the cost changed.
func (e *estimator) measure(a arrival) (changed bool) {
	if a.Echo > 0 {
		if rtt := a.uptime - a.Echo - a.EchoWaited; rtt >= 0 {
			e.sampleRTT(max(rtt, time.Microsecond), a.uptime)
		}
	}
	transit := a.uptime - a.Sent
	offset := a.Wall.Sub(a.wall) + e.rtt/2
	if e.known {
		e.jitter += ((transit - e.transit).Abs() - e.jitter) / jitterWeight
		if drift := offset - e.offset; drift.Abs() < offsetJump {
			offset = e.offset + drift/smoothing
		}
	}
	e.transit, e.offset, e.known = transit, offset, true
	if n := int64(a.uptime / time.Second); n != e.current {
		e.current = n
		return e.reconsider(a.uptime, a.now)
	}
	return false
}

func (e *estimator) sampleRTT(rtt, uptime time.Duration) {
	if s := e.at(uptime); s.rtt == 0 || rtt < s.rtt {
		s.rtt = rtt
	}
	if e.rtt == 0 {
		e.rtt, e.costRTT, e.learnt = rtt, rtt, uptime
	}
	e.rtt += (rtt - e.rtt) / smoothing
}

// reconsider looks at the last ten seconds, once a second. Shortly after the first sample a smaller RTT
// is no change of the path: the first heartbeats came with the delays of the handshake.
func (e *estimator) reconsider(uptime time.Duration, now time.Time) (changed bool) {
	before := e.cost()
	e.class = nextClass(e.class, e.loss())
	smallest := e.smallestRTT()
	switch difference := (smallest - e.costRTT).Abs(); {
	case smallest == 0 || difference < max(e.costRTT/rttSteps, rttStep):
		e.differing = time.Time{}
	case smallest < e.costRTT && uptime-e.learnt < rttLasting:
		e.costRTT = smallest
	case e.differing.IsZero():
		e.differing = now
	case now.Sub(e.differing) >= rttLasting:
		e.costRTT, e.differing = smallest, time.Time{}
	}
	return e.cost() != before
}

// nextClass returns the class of a link that was in class and has this loss now.
func nextClass(class int, loss float64) int {
	for class+1 < len(lossClasses) && loss >= lossClasses[class+1].from {
		class++
	}
	for class > 0 && loss < lossClasses[class].from/2 {
		class--
	}
	return class
}

// recent calls f for each second of the window that counted something.
func (e *estimator) recent(f func(*second)) {
	for i := range e.seconds {
		if s := &e.seconds[i]; e.current-s.number < window {
			f(s)
		}
	}
}

// loss returns 0…1 over the window; 0 while there were too few heartbeats to say.
func (e *estimator) loss() float64 {
	var expected, received uint32
	e.recent(func(s *second) { expected, received = expected+s.expected, received+s.received })
	if expected < fewestHeartbeats || received >= expected {
		return 0
	}
	return 1 - float64(received)/float64(expected)
}

// smallestRTT returns the smallest of the window: load must not change the cost. 0: none.
func (e *estimator) smallestRTT() time.Duration {
	var smallest time.Duration
	e.recent(func(s *second) {
		if s.rtt > 0 && (smallest == 0 || s.rtt < smallest) {
			smallest = s.rtt
		}
	})
	return smallest
}

// cost returns the cost of the link, not held.
func (e *estimator) cost() uint32 {
	return BaseCost + uint32(min(e.costRTT, maxRTT)/costUnit) + lossClasses[e.class].cost
}
