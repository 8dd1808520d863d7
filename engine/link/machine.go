package link

import (
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	// lateAfter is how late a machine may be run before it counts as not having listened.
	lateAfter = 50 * time.Millisecond
	// fewestIntervals of the peer's heartbeats must be missing before the link is Suspect or Down,
	// whatever our own thresholds are.
	fewestSuspect = 3
	fewestDown    = 6
)

// Options are what a Machine is made with.
type Options struct {
	Self, Peer    int // controller IDs
	Config        Config
	Discriminator uint64    // of this process, not 0
	Started       time.Time // of this process
	Rand          *rand.Rand
	// Wall returns the wall clock at now.
	Wall func(now time.Time) time.Time
}

// Own is what the heartbeats of a controller say to all its peers.
type Own struct {
	Draining bool
	Goodbye  bool
	Bad      Bitmap
	Roots    [RootCount]uint64
}

// Machine is one link. One goroutine owns it.
type Machine struct {
	o       Options
	effects []Effect

	state  State
	reason Reason
	since  time.Time

	session  bool
	lostAt   time.Time // newest loss of the session: an older one does not count
	doubt    time.Time // when a session over which the link stays down is given up; zero: never
	schedule schedule
	forgot   time.Time // newest Forget

	sequence uint32
	nextBeat time.Time // zero: none due

	identity identity
	regain   time.Time     // when the elder of two gets the session back, of which the younger has fallen silent; zero: never
	ignored  time.Duration // uptime in the newest heartbeat of the younger of two: its echo
	peer     Heartbeat     // the newest
	heardAt  time.Time     // it came; zero: none from this process
	aliveAt  time.Time     // heardAt, later by what we could not listen to: Down counts from it
	firstUp  bool          // the next Up is the first since either end started
	silence  silence
	estimate estimator
	damper   damper
	mtu      mtuProber
}

// New returns a link that is Down and asks for a session at once.
func New(o Options, now time.Time) *Machine {
	m := &Machine{
		o:        o,
		reason:   NoSession,
		since:    now,
		schedule: schedule{lower: o.Self < o.Peer, rand: o.Rand},
		damper:   damper{hold: o.Config.HoldUp, max: o.Config.HoldUpMax},
		firstUp:  true,
	}
	m.schedule.start(now)
	return m
}

// Effects returns what has to be done since the last call, in order.
func (m *Machine) Effects() []Effect {
	e := m.effects
	m.effects = nil
	return e
}

func (m *Machine) do(e Effect) { m.effects = append(m.effects, e) }

// Session says when the newest WireGuard session was completed; zero: there is none.
func (m *Machine) Session(at, now time.Time) {
	switch {
	case at.IsZero() && m.session:
		m.loseSession(now)
	case at.After(m.lostAt):
		if !m.session {
			m.session, m.nextBeat = true, now
			m.schedule.stop()
		}
		if !m.state.Usable() {
			m.doubt = now.Add(sessionDoubt)
		}
		if m.reason == NoSession {
			m.reason = NotHeard
		}
	}
}

// loseSession asks for a new session; until it is there, nothing is sent.
func (m *Machine) loseSession(now time.Time) {
	m.session, m.nextBeat, m.doubt, m.regain = false, time.Time{}, time.Time{}, time.Time{}
	m.lostAt = now
	m.schedule.start(now)
	if m.state == Down {
		m.reason = NoSession
	}
}

// Refused says that the peer's initiations come and are refused for their timestamp.
func (m *Machine) Refused(now time.Time) {
	if m.state.Usable() || (!m.forgot.IsZero() && now.Sub(m.forgot) < forgetAtMost) {
		return
	}
	m.forgot = now
	m.do(Forget{})
	m.loseSession(now)
}

// Data says when the newest packet of any kind came: it postpones Suspect, never Down.
func (m *Machine) Data(at time.Time) {
	if m.state.Usable() {
		m.silence.evidence(at, m.pace())
	}
}

// Receive takes a packet of one of this package's types.
func (m *Machine) Receive(b []byte, now time.Time) error {
	if len(b) < 2 {
		return fmt.Errorf("packet of %d bytes: %w", len(b), ErrShort)
	}
	if b[1] != version {
		return fmt.Errorf("version %d: %w", b[1], ErrVersion)
	}
	switch b[0] {
	case typeHeartbeat:
		h, err := decodeHeartbeat(b)
		if err == nil {
			m.heartbeat(&h, now)
		}
		return err
	case typeEcho, typeEchoAnswer:
		e, err := decodeEcho(b)
		if err == nil {
			m.echo(b[0], e, now)
		}
		return err
	case typeProbe, typeProbeAnswer:
		p, err := decodeProbe(b)
		if err == nil {
			m.probe(b[0], p, now)
		}
		return err
	}
	return fmt.Errorf("type %d: %w", b[0], ErrType)
}

func (m *Machine) echo(kind byte, e echo, now time.Time) {
	switch {
	case kind == typeEcho && m.session:
		m.send(e.append(nil, typeEchoAnswer), true)
	case kind == typeEchoAnswer && e.discriminator == m.o.Discriminator:
		m.Data(now)
	}
}

func (m *Machine) probe(kind byte, p probe, now time.Time) {
	switch {
	case kind == typeProbe && m.session:
		m.send(p.appendAnswer(nil), false)
	case kind == typeProbeAnswer && m.mtu.answer(p, now):
		m.do(MTUChanged{m.mtu.result})
	}
}

func (m *Machine) send(packet []byte, urgent bool) { m.do(Send{packet, urgent}) }

// SetMTU sets the largest inner packet worth trying and probes again; 0: no probing.
func (m *Machine) SetMTU(ceiling int, now time.Time) { m.mtu.restart(ceiling, now) }

// uptime is this process's own clock.
func (m *Machine) uptime(now time.Time) time.Duration { return now.Sub(m.o.Started) }

func (m *Machine) pace() pace {
	return pace{
		suspectAfter: max(m.o.Config.SuspectAfter, fewestSuspect*m.peer.Interval),
		jitter:       m.estimate.jitter,
		rtt:          m.estimate.rtt,
	}
}

func (m *Machine) downAfter() time.Duration {
	return max(m.o.Config.DownAfter, fewestDown*m.peer.Interval)
}

// State returns the state of the link.
func (m *Machine) State() State { return m.state }

// Cost returns the cost of the link, held included.
func (m *Machine) Cost() uint32 {
	if m.damper.held() {
		return m.estimate.cost() + HeldCost
	}
	return m.estimate.cost()
}

// Held reports whether the link came back a moment ago.
func (m *Machine) Held() bool { return m.damper.held() }

// Heard returns the peer's newest heartbeat; the zero one before the first.
func (m *Machine) Heard() *Heartbeat { return &m.peer }

// Status returns what can be seen of the link.
func (m *Machine) Status() Status {
	return Status{
		State:       m.state,
		Reason:      m.reason,
		Since:       m.since,
		Session:     m.session,
		HeardAt:     m.heardAt,
		RTT:         m.estimate.rtt,
		Jitter:      m.estimate.jitter,
		Loss:        m.estimate.loss(),
		LossThere:   m.peer.Loss,
		ClockOffset: m.estimate.offset,
		Cost:        m.Cost(),
		Held:        m.damper.held(),
		HeldUntil:   m.damper.until,
		MTU:         m.mtu.result,
		Draining:    m.peer.Draining,
	}
}
