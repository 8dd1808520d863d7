package agent

import (
	"slices"
	"time"
)

// When to do what. A controller is left after about half a second of silence.
const (
	measureWait = 500 * time.Millisecond // for one controller's answer when the nearest is looked for
	settle      = 50 * time.Millisecond  // between initiations: a controller takes closer ones for a flood or a replay
	initiateMin = 300 * time.Millisecond // between handshakes; an interval below the round trip never completes
	probeEvery  = 200 * time.Millisecond
	doubtEvery  = 25 * time.Millisecond  // between probes in doubt: six of them decide, so that loss does not
	doubtFor    = 150 * time.Millisecond // and a round trip
	jitterMin   = 80 * time.Millisecond  // that an answer may come late
	jitterMax   = 200 * time.Millisecond // a few slow answers must not put off the failover by more
	lateStep    = 300 * time.Millisecond // after which the silence may be this machine's own
	headStart   = 5 * time.Millisecond   // of the controller that the pack is assigned to: that shares the load
	pauseMin    = 500 * time.Millisecond // after a round without any answer, doubling
	pauseMax    = 5 * time.Second
	pollEvery   = 10 * time.Millisecond // for the answer to a handshake
	watchEvery  = 50 * time.Millisecond
)

// Moves are damped: the first few in a while are free, and each further one doubles the patience with
// silence, so that a network that takes turns in failing does not make the client wander.
const (
	moveMemory = 3 * time.Minute
	freeMoves  = 3 // the first attachment is one
	dampMin    = time.Second
	dampMax    = 30 * time.Second
)

// Phase is what the agent is doing.
type Phase int

// The phases.
const (
	Measuring Phase = iota // how far each controller is
	Seeking                // an answer from one controller
	Pausing                // no controller answered
	Attached
	Doubting // attached, but it has fallen silent
)

func (p Phase) String() string {
	return [...]string{"measuring", "seeking", "pausing", "attached", "doubting"}[p]
}

// Seen is what happened since the last step.
type Seen struct {
	Handshake    bool            // a session was agreed on after the last order to initiate
	HandshakeRTT time.Duration   // from that order to the session
	Answers      []time.Duration // round trips of probes
	Alive        bool            // the controller sent anything
	At           int             // place that the session is with; -1: an unknown address
}

// Order is what to do now.
type Order struct {
	Initiate bool // a session with Target
	Silent   bool // only to see how far it is
	Target   int
	Probe    bool
}

// Course decides which controller the client server is attached to. It is pure.
type Course struct {
	phase    Phase
	assigned int
	rtt      []time.Duration // of handshakes; 0: no answer
	target   int             // place measured, sought or attached to; -1: an unknown address
	tried    []bool          // since a probe was last answered
	since    time.Time       // of the last initiation or the pause
	pause    time.Duration
	moves    []time.Time // attachments in the last moveMemory

	stepped   time.Time
	lastLife  time.Time
	nextProbe time.Time
	smooth    time.Duration // round trip of probes and its mean deviation
	deviation time.Duration
}

// NewCourse begins with so many places, of which the pack is assigned to one.
func NewCourse(places, assigned int) *Course {
	return &Course{assigned: assigned, rtt: make([]time.Duration, places), tried: make([]bool, places), target: -1}
}

// Phase is what the agent is doing.
func (c *Course) Phase() Phase { return c.phase }

// Target is the place that the phase is about; -1: none, or an address that the pack does not name.
func (c *Course) Target() int { return c.target }

// RTT is the smoothed round trip of probes; 0: none was answered yet.
func (c *Course) RTT() time.Duration { return c.smooth }

// Wait is when the next step is due.
func (c *Course) Wait() time.Duration {
	switch c.phase {
	case Attached:
		return watchEvery
	case Doubting:
		return doubtEvery
	}
	return pollEvery
}

// Step takes what was seen and says what to do.
func (c *Course) Step(now time.Time, s Seen) Order {
	late := !c.stepped.IsZero() && now.Sub(c.stepped) > lateStep
	c.stepped = now
	switch c.phase {
	case Measuring:
		return c.measure(now, s)
	case Seeking:
		if s.Handshake {
			return c.arrive(now, s)
		}
		if now.Sub(c.since) < max(initiateMin, 3*c.rtt[c.target]) {
			return Order{}
		}
		return c.seek(now)
	case Pausing:
		if s.Alive && s.At >= 0 { // a controller took this client server by itself
			return c.arrive(now, s)
		}
		if now.Sub(c.since) < c.pause {
			return Order{}
		}
		clear(c.tried)
		return c.seek(now)
	default:
		return c.watch(now, s, late)
	}
}

// measure asks one controller after the other, and then for a session with the nearest.
func (c *Course) measure(now time.Time, s Seen) Order {
	if c.target >= 0 {
		wait := measureWait
		if s.Handshake {
			c.rtt[c.target] = max(s.HandshakeRTT, 1)
			wait = settle
		}
		if now.Sub(c.since) < wait {
			return Order{}
		}
	}
	c.target++
	c.since = now
	if c.target < len(c.rtt) && len(c.rtt) > 1 {
		return Order{Initiate: true, Silent: true, Target: c.target}
	}
	return c.seek(now)
}

// seek asks the best controller that was not asked in this round.
func (c *Course) seek(now time.Time) Order {
	c.since = now
	for _, place := range c.preferred() {
		if !c.tried[place] {
			c.phase, c.target, c.tried[place] = Seeking, place, true
			return Order{Initiate: true, Target: place}
		}
	}
	c.phase = Pausing
	c.pause = min(max(2*c.pause, pauseMin), pauseMax)
	return Order{}
}

// preferred are all places, the nearest first and those that never answered last.
func (c *Course) preferred() []int {
	order := make([]int, len(c.rtt))
	for i := range order {
		order[i] = i
	}
	distance := func(i int) time.Duration {
		d := c.rtt[i]
		if d == 0 {
			d = time.Hour
		}
		if i == c.assigned {
			d -= headStart
		}
		return d
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(distance(a) - distance(b)) })
	return order
}

// arrive begins with a new controller. Whether it serves, the first answer to a probe says.
func (c *Course) arrive(now time.Time, s Seen) Order {
	if s.Handshake && c.target == s.At {
		c.rtt[s.At] = max(s.HandshakeRTT, 1)
	}
	c.phase, c.target, c.lastLife = Attached, s.At, now
	c.moves = append(c.moves, now)
	c.smooth, c.deviation = 0, 0
	c.nextProbe = now
	return c.probe(now)
}

// watch listens to the controller, and leaves it when it has been silent for too long.
func (c *Course) watch(now time.Time, s Seen, late bool) Order {
	c.target = s.At
	for _, rtt := range s.Answers {
		c.learn(rtt)
		c.pause = 0
		clear(c.tried)
	}
	if s.Alive || len(s.Answers) > 0 || late {
		c.phase, c.lastLife = Attached, now
	}
	silence, patience := now.Sub(c.lastLife), probeEvery+min(max(jitterMin, 4*c.deviation), jitterMax)
	if silence >= patience {
		if c.phase == Attached {
			c.phase, c.nextProbe = Doubting, now
		}
		if silence >= patience+doubtFor+c.smooth+c.damp(now) {
			if c.target >= 0 {
				c.tried[c.target] = true
			}
			return c.seek(now)
		}
	}
	return c.probe(now)
}

// probe says whether an echo request is due.
func (c *Course) probe(now time.Time) Order {
	if now.Before(c.nextProbe) {
		return Order{}
	}
	c.nextProbe = now.Add(probeEvery)
	if c.phase == Doubting {
		c.nextProbe = now.Add(doubtEvery)
	}
	return Order{Probe: true}
}

// learn smoothes the round trip as RFC 6298 does.
func (c *Course) learn(rtt time.Duration) {
	if c.smooth == 0 {
		c.smooth, c.deviation = rtt, rtt/2
		return
	}
	c.deviation += ((c.smooth - rtt).Abs() - c.deviation) / 4
	c.smooth += (rtt - c.smooth) / 8
}

// damp is how much longer silence is borne after so many moves.
func (c *Course) damp(now time.Time) time.Duration {
	c.moves = slices.DeleteFunc(c.moves, func(at time.Time) bool { return now.Sub(at) > moveMemory })
	over := len(c.moves) - freeMoves
	if over <= 0 {
		return 0
	}
	return min(dampMin<<min(over-1, 10), dampMax)
}
