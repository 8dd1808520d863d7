package link

import "time"

// heartbeat takes a decoded heartbeat.
func (m *Machine) heartbeat(h *Heartbeat, now time.Time) {
	if h.Elder != 0 && h.Receiver == m.o.Discriminator {
		m.do(Shared{Own: true, Stop: h.Elder != m.o.Discriminator})
	}
	wasShared := m.identity.shared
	switch m.identity.see(h, now) {
	case leftover:
		return
	case younger:
		m.tellYounger(h, now)
		return
	case restart:
		m.newProcess(now)
	case elder:
		if h.Discriminator != m.peer.Discriminator {
			m.newProcess(now)
		}
		if !wasShared || m.ignored != 0 {
			m.ignored = 0
			m.regainAfter(now)
			m.do(Shared{ElderSpoke: true})
		}
	case same:
	}
	switch m.life(h) {
	case before:
		return
	case next:
		m.estimate = estimator{}
		m.identity.current.sequence = h.Sequence
	case current:
	}
	if !m.estimate.sequence(h.Sequence, m.uptime(now)) {
		return
	}
	m.peer, m.heardAt, m.aliveAt = *h, now, now
	costChanged := m.estimate.measure(arrival{h, m.uptime(now), m.o.Wall(now), now})
	was := m.state
	m.judge(now)
	if costChanged && m.state == was {
		m.do(CostChanged{})
	}
}

// life is one machine of a process: a process makes its end of a link anew when our address in its table
// changes, and counts from 1 again.
type life int8

const (
	before  life = iota - 1 // the one before what was heard last
	current                 // the same
	next                    // a newer one
)

// life tells by when a heartbeat was sent, as the process's uptime goes on: within one life it rises with
// the sequence.
func (m *Machine) life(h *Heartbeat) life {
	if h.Discriminator != m.peer.Discriminator || m.estimate.seen == 0 {
		return current
	}
	switch ahead := int32(h.Sequence - m.estimate.highest); {
	case ahead <= 0 && h.Sent > m.peer.Sent:
		return next
	case ahead > 0 && h.Sent < m.peer.Sent:
		return before
	}
	return current
}

// tellYounger answers the younger of two controllers with the peer's ID, which is ignored otherwise.
func (m *Machine) tellYounger(h *Heartbeat, now time.Time) {
	if m.ignored == 0 {
		m.do(Shared{})
	}
	m.ignored = max(h.Sent, 1)
	m.regainAfter(now)
	if !m.session {
		return
	}
	reply := m.compose(Own{}, now)
	reply.Receiver, reply.Elder = h.Discriminator, m.identity.current.discriminator
	reply.Hears, reply.Echo = false, 0
	m.send(reply.append(nil), true)
}

// regainAfter lets the younger of two be heard and told, and then gives the elder a session: the newest
// one is the younger's, which the elder cannot read.
func (m *Machine) regainAfter(now time.Time) {
	m.regain = now.Add(max(youngerSilent, initiateRTTs*m.estimate.rtt))
}

// newProcess forgets what was known of the peer's process before.
func (m *Machine) newProcess(now time.Time) {
	first := m.peer.Discriminator == 0
	m.do(NewProcess{First: first})
	m.firstUp = true
	m.estimate = estimator{}
	m.heardAt = time.Time{}
	if m.state != Down {
		m.become(Down, Restarted, now)
	}
}

// judge derives the state from the newest heartbeat.
func (m *Machine) judge(now time.Time) {
	h := &m.peer
	if m.state.Usable() {
		m.silence.evidence(now, m.pace())
	}
	switch hears := h.Hears && h.Receiver == m.o.Discriminator; {
	case h.Goodbye:
		m.become(Down, Goodbye, now)
	case !m.session:
		m.become(Init, NoSession, now)
	case !hears:
		m.become(Init, NotHeardThere, now)
	case !m.state.Usable():
		m.silence.begin(now)
		m.become(Up, NoReason, now)
	case m.silence.suspect:
		m.become(Suspect, Silent, now)
	case h.Silent:
		m.become(Suspect, SilentThere, now)
	default:
		m.become(Up, NoReason, now)
	}
}

// become changes the state; where it is so already, only the reason.
func (m *Machine) become(to State, why Reason, now time.Time) {
	from := m.state
	m.reason = why
	if from == to {
		return
	}
	m.state, m.since = to, now
	switch {
	case to.Usable() && !from.Usable():
		m.damper.up(m.firstUp, now)
		m.firstUp, m.doubt = false, time.Time{}
		m.mtu.restart(m.mtu.ceiling, now)
	case from.Usable() && !to.Usable():
		m.damper.until = time.Time{}
		m.mtu.pause()
		if m.session {
			m.doubt = now.Add(sessionDoubt)
		}
	}
	m.do(Changed{from, to, why})
}
