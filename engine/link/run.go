package link

import "time"

// RunDue does what is due at now. own is what heartbeats say.
func (m *Machine) RunDue(own Own, now time.Time) {
	m.forgive(now)
	m.runSilence(now)
	if m.damper.expire(now) {
		m.do(CostChanged{})
	}
	if !m.doubt.IsZero() && !now.Before(m.doubt) {
		m.loseSession(now)
	}
	if m.schedule.due(m.estimate.rtt, now) {
		m.do(Initiate{})
	}
	if !m.regain.IsZero() && !now.Before(m.regain) {
		m.regain = time.Time{}
		m.do(Initiate{})
	}
	m.runProbe(now)
	if !m.nextBeat.IsZero() && !now.Before(m.nextBeat) {
		m.Beat(own, now)
	}
}

// forgive lets a machine that was run late judge nobody for the time in which it did not listen.
func (m *Machine) forgive(now time.Time) {
	due := m.NextDeadline()
	if due.IsZero() || !m.state.Usable() {
		return
	}
	if late := now.Sub(due); late > lateAfter {
		m.aliveAt = m.aliveAt.Add(late)
		m.silence.heard, m.silence.asked = now, 0
	}
}

// runSilence looks whether the peer is silent: Suspect, Down.
func (m *Machine) runSilence(now time.Time) {
	if m.state == Down {
		return
	}
	if !now.Before(m.aliveAt.Add(m.downAfter())) {
		m.become(Down, Silent, now)
		return
	}
	if !m.state.Usable() {
		return
	}
	switch m.silence.run(m.pace(), now) {
	case ask:
		if m.session {
			m.send(echo{m.o.Discriminator, uint64(m.uptime(now).Microseconds())}.append(nil, typeEcho), true)
		}
	case suspected:
		m.become(Suspect, Silent, now)
	case recovered:
		m.recover(now)
	case unchanged:
	}
}

// recover ends our own suspicion; the peer may still suspect us.
func (m *Machine) recover(now time.Time) {
	if m.peer.Silent {
		m.become(Suspect, SilentThere, now)
		return
	}
	m.become(Up, NoReason, now)
}

func (m *Machine) runProbe(now time.Time) {
	if !m.session || m.mtu.next.IsZero() {
		return
	}
	if m.state == Suspect {
		m.mtu.wait(now)
		return
	}
	p, ok, changed := m.mtu.run(m.estimate.rtt, now)
	if ok {
		m.send(p.append(nil), false)
	}
	if changed {
		m.do(MTUChanged{m.mtu.result})
	}
}

// Beat sends a heartbeat now, also before its time: a change of what it says is told at once.
func (m *Machine) Beat(own Own, now time.Time) {
	if !m.session {
		return
	}
	h := m.compose(own, now)
	m.send(h.append(make([]byte, 0, heartbeatSize)), true)
	m.nextBeat = m.nextBeat.Add(m.o.Config.Interval)
	if !m.nextBeat.After(now) || m.nextBeat.Sub(now) > m.o.Config.Interval {
		m.nextBeat = now.Add(m.o.Config.Interval)
	}
}

// compose returns the heartbeat to send now.
func (m *Machine) compose(own Own, now time.Time) Heartbeat {
	m.sequence++
	h := Heartbeat{
		Sequence:      m.sequence,
		Discriminator: m.o.Discriminator,
		Receiver:      m.peer.Discriminator,
		Hears:         m.state != Down,
		Silent:        m.state == Suspect && m.silence.suspect,
		Goodbye:       own.Goodbye,
		Draining:      own.Draining,
		Sent:          m.uptime(now),
		Interval:      m.o.Config.Interval,
		Loss:          m.estimate.loss(),
		Wall:          m.o.Wall(now),
		Bad:           own.Bad,
		Roots:         own.Roots,
	}
	if m.identity.sharedAt(now) {
		h.Elder = m.identity.current.discriminator
	}
	if !m.heardAt.IsZero() {
		h.Echo, h.EchoWaited = m.peer.Sent, now.Sub(m.heardAt)
	}
	return h
}

// NextDeadline returns when RunDue has something to do; zero: nothing until something comes.
func (m *Machine) NextDeadline() time.Time {
	next := earliest(m.nextBeat, m.schedule.next)
	next = earliest(next, m.doubt)
	next = earliest(next, m.damper.until)
	next = earliest(next, m.regain)
	if m.session {
		next = earliest(next, m.mtu.next)
	}
	if m.state != Down {
		next = earliest(next, m.aliveAt.Add(m.downAfter()))
	}
	if m.state.Usable() {
		next = earliest(next, m.silence.deadline(m.pace()))
	}
	return next
}

// earliest returns the earlier of two times, of which zero is none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
