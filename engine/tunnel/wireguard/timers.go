package wireguard

import (
	"sync"
	"sync/atomic"
	"time"
)

// alarm calls a peer's ring no later than asked for. Packets only note stamps: the alarm is moved when it
// must ring earlier, which is seldom, and finds out when it rings whether anything is to be done.
type alarm struct {
	timer   *time.Timer
	at      atomic.Int64 // stamp; 0: it is not set
	mu      sync.Mutex
	ringing sync.Mutex // one ring at a time
}

// by makes the alarm ring at the stamp or before.
func (a *alarm) by(at int64, d *Device) {
	if set := a.at.Load(); set != 0 && set <= at {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if set := a.at.Load(); set != 0 && set <= at {
		return
	}
	a.at.Store(at)
	a.timer.Reset(time.Duration(at - d.now()))
}

// silence stops the alarm and waits until it does not ring any more.
func (a *alarm) silence() {
	a.timer.Stop()
	a.ringing.Lock()
	defer a.ringing.Unlock()
}

// condition is all that the timers of a peer depend on. Times are stamps.
type condition struct {
	retry                       int64 // of the initiation that waits for its response; 0: none does
	repeated                    int
	unanswered, owed, traversed int64
	keepalive                   int64 // 0: none
	newest                      int64 // session; 0: none
}

// duty is what the timers demand.
type duty struct {
	repeat, giveUp bool  // the initiation
	renew          bool  // data stays without an answer: the session may be dead
	keepalive      bool  // an empty packet is due
	forget         bool  // the sessions are long over
	next           int64 // when to look again; 0: never
}

// due says what is to be done at a time (paper, sections 6.2 to 6.5).
func (c condition) due(now int64) (d duty) {
	passed := func(at int64) bool {
		if at <= now {
			return true
		}
		if d.next == 0 || at < d.next {
			d.next = at
		}
		return false
	}
	if c.retry != 0 && passed(c.retry) {
		d.giveUp = c.repeated >= maxAttempts
		d.repeat = !d.giveUp
	}
	d.renew = c.unanswered != 0 && passed(c.unanswered+int64(KeepaliveTimeout+RekeyTimeout))
	d.keepalive = c.owed != 0 && passed(c.owed+int64(KeepaliveTimeout))
	if c.keepalive != 0 && passed(c.traversed+c.keepalive) {
		d.keepalive = true
	}
	d.forget = c.newest != 0 && passed(c.newest+int64(forgetSessions))
	return d
}

// condition reads what the timers depend on.
func (p *Peer) condition() condition {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := condition{
		unanswered: p.unanswered.Load(), owed: p.owed.Load(), traversed: p.traversed.Load(),
		keepalive: int64(p.interval), repeated: p.attempt.repeated,
	}
	if p.attempt.handshake != nil {
		c.retry = p.attempt.retry
	}
	for _, s := range []*session{p.current.Load(), p.previous, p.next} {
		if s != nil {
			c.newest = max(c.newest, s.born)
		}
	}
	return c
}

// ring does what is due and sets the alarm again.
func (p *Peer) ring() {
	p.alarm.ringing.Lock()
	defer p.alarm.ringing.Unlock()
	p.alarm.at.Store(0)
	p.mu.Lock()
	gone := p.gone
	p.mu.Unlock()
	if gone {
		return
	}
	now := p.d.now()
	d := p.condition().due(now)
	if d.forget {
		p.mu.Lock()
		p.endSessions()
		p.mu.Unlock()
	}
	if d.giveUp {
		p.mu.Lock()
		p.endAttempt()
		p.mu.Unlock()
		p.unstage()
	}
	if d.renew {
		p.unanswered.Store(0)
	}
	if d.repeat || d.renew {
		if to := p.Endpoint(); to != nil {
			to.ClearSrc() // the address that we sent from may be the reason
		}
	}
	if d.repeat {
		_ = p.initiate(unanswered) // repeated again
	} else if d.renew {
		_ = p.initiate(needed) // the same
	}
	if d.keepalive {
		p.owed.Store(0)
		p.traversed.Store(now)
		p.SendKeepalive()
	}
	if next := p.condition().due(now).next; next != 0 {
		p.alarm.by(next, p.d)
	}
}
