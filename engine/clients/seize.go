package clients

import (
	"net/netip"
	"slices"
	"time"

	"vns3/engine/mesh"
)

// A seizure is how a controller gets a client that does not come by itself: it shakes hands with it, as
// the controller that the client knows.
const (
	// Initiations are repeated after initiateFirst, then ever more slowly: an interval below the round
	// trip would never complete.
	initiateFirst = 300 * time.Millisecond
	initiateMost  = 5 * time.Second
	// inFlight is how many handshakes a takeover has under way: from 128 on a device asks for cookies.
	inFlight = 50
	// unansweredAfter is how long a client may take to answer until the next controller tries.
	unansweredAfter = 2 * time.Second
	// seizeFor is how long a controller goes on trying.
	seizeFor = 3 * time.Minute
	// A holder that did not consent may speak to the client once more when it thaws: a keepalive a second
	// leads the client back.
	insistFor   = 30 * time.Second
	insistEvery = time.Second
)

// keepalives are sent so long after the client answered, because one alone may be lost.
var keepalives = []time.Duration{
	10 * time.Millisecond, 40 * time.Millisecond, 140 * time.Millisecond, 440 * time.Millisecond, 1440 * time.Millisecond,
}

type seizure struct {
	began    time.Time
	until    time.Time      // it is tried
	forced   bool           // claimed at once: its holder did not consent, and may speak to it once more
	other    netip.AddrPort // where the client may be too; zero: nowhere
	next     time.Time      // initiation, or keepalive once it answered
	pause    time.Duration
	answered time.Time
	sent     int // keepalives
}

// seize claims a client and begins to shake hands with it. It reports whether the claim was granted.
func (c *Core) seize(index int, seen netip.AddrPort, now time.Time) bool {
	first, other := c.places.reach(index, seen)
	if !first.IsValid() || !c.mesh.Pack(index).Enabled {
		return false
	}
	s := &client{index: index, endpoint: first, added: now, since: now}
	s.seizure = &seizure{other: other, began: now, until: now.Add(seizeFor), forced: true, next: now, pause: initiateFirst}
	if c.mesh.Claim(index, c.body(s), now) != mesh.Claimed {
		return false
	}
	if old := c.served[index]; old != nil {
		s.rx, s.tx = old.rx, old.tx // the device counts on
	} else {
		// Without an endpoint: else a packet that is on its way already would start a handshake of its own.
		c.do(Configure{index, netip.AddrPort{}})
	}
	c.served[index] = s
	c.do(Listen{index})
	return true
}

// prepare makes a client that nobody else tries to get a peer of the device and begins to shake hands with
// it, where it was last seen. It is claimed only when it answers; if it never does, nothing happened.
func (c *Core) prepare(index int, seen netip.AddrPort, stamp [12]byte, now time.Time) {
	if old := c.served[index]; old != nil {
		c.remove(old) // with what is left of an older session
	}
	s := c.serve(index, netip.AddrPort{}, now)
	first, other := c.places.reach(index, seen)
	s.endpoint, s.stamp, s.since = first, stamp, now
	s.seizure = &seizure{other: other, began: now, until: now.Add(offerFor), next: now, pause: initiateFirst}
	c.advanceSeizure(s, now)
}

// recall shakes hands with the client of a clientpack that is enabled again: by itself it would notice only
// after 15 seconds that its session has ended. The controller that held it last does, else the first of
// the others.
func (c *Core) recall(index int, now time.Time) {
	claim, _ := c.mesh.ClaimOf(index)
	there := c.electorate.Survivors()
	caller := claim.Holder
	if order := Order(index, there, c.electorate.Late()); !there.Has(caller) && len(order) > 0 {
		caller = order[0]
	}
	if caller == c.self {
		c.call(index, now)
	}
}

// call shakes hands with a client that nobody holds, or lets another controller do so.
func (c *Core) call(index int, now time.Time) {
	claim, _ := c.mesh.ClaimOf(index)
	if !c.mesh.Synced() || !c.mesh.Pack(index).Enabled || !claim.Released || !claim.Endpoint.IsValid() {
		return
	}
	order := Order(index, c.electorate.Survivors(), c.electorate.Late())
	switch {
	case !c.policy.Draining || len(order) == 0:
		c.prepare(index, claim.Endpoint, claim.HandshakeTimestamp, now)
	case len(order) > 0:
		c.send(Letter{To: order[0], Kind: Offer, Index: index, Endpoint: claim.Endpoint, Stamp: claim.HandshakeTimestamp})
	}
}

// advanceSeizure repeats what is not answered and leads the client here once it is.
func (c *Core) advanceSeizure(s *client, now time.Time) {
	z := s.seizure
	switch {
	case z == nil:
	case !z.answered.IsZero():
		if !now.Before(z.next) {
			c.insist(s, now)
		}
	case now.After(z.until):
		s.seizure = nil
		c.release(s, now)
	case !now.Before(z.next):
		if again := z.pause > initiateFirst; again && z.other.IsValid() {
			s.endpoint, z.other = z.other, s.endpoint
		}
		c.do(Initiate{s.index, s.endpoint})
		z.next = now.Add(z.pause)
		z.pause = min(z.pause*3/2, initiateMost)
	}
}

// answered: the client spoke to this controller.
func (c *Core) answered(s *client, now time.Time) {
	z := s.seizure
	if z == nil || !z.answered.IsZero() {
		return
	}
	z.answered, z.next = now, now.Add(keepalives[0])
	c.do(Event{Code: "client.moved", Index: s.index, Text: "moved here, at " + s.endpoint.String()})
}

// insist sends what is due of the keepalives after the answer.
func (c *Core) insist(s *client, now time.Time) {
	z := s.seizure
	c.do(Keepalive{s.index})
	z.sent++
	switch {
	case z.sent < len(keepalives):
		z.next = z.answered.Add(keepalives[z.sent])
	case z.forced && now.Sub(z.answered) < insistFor:
		z.next = now.Add(insistEvery)
	default:
		s.seizure = nil
	}
}

// resume takes up the clients that this controller held before it restarted: its sessions are gone, but
// nobody else has them. It reports whether nothing is left to do.
func (c *Core) resume(now time.Time) bool {
	room := inFlight - c.handshakes(now)
	for _, claim := range c.claimsOf(c.self) {
		if c.served[claim.Index] != nil {
			continue
		}
		if room--; room < 0 {
			return false
		}
		if !c.seize(claim.Index, claim.Endpoint, now) {
			c.mesh.Release(claim.Index, now)
		}
	}
	return true
}

// claimsOf are the clients that a controller holds.
func (c *Core) claimsOf(id int) (all []mesh.Claim) {
	for claim := range c.mesh.Claims() {
		if claim.Holder == id && !claim.Released {
			all = append(all, claim)
		}
	}
	return all
}

// takeOver takes the clients of lost controllers that fall to this one. It reports whether this side
// waits to see which of its own clients still speak.
func (c *Core) takeOver(now time.Time) (waiting bool) {
	if !c.mesh.Synced() {
		return false
	}
	for id, l := range c.electorate.losses {
		if l == nil || !(c.policy.Takeover || l.by) || now.Sub(l.at) > seizeFor {
			continue
		}
		spoke, own := c.spoke()
		switch c.electorate.right(l, spoke, own, now) {
		case Now:
			c.takeFrom(id, l, now)
		case Later:
			waiting = true
			c.inquire(l, now)
		}
	}
	return waiting
}

// takeFrom takes what falls to this controller of the clients of a lost one: its turn comes when those
// before it in the order had their time.
func (c *Core) takeFrom(id int, l *loss, now time.Time) {
	survivors := c.electorate.Survivors().Without(id)
	if !survivors.Has(c.self) {
		return
	}
	var mine []mesh.Claim // what is claimed changes the claims, so not within the loop over them
	room := inFlight - c.handshakes(now)
	for claim := range c.mesh.Claims() {
		if len(mine) >= room {
			break
		}
		if claim.Released || l.taken[claim.Index] {
			continue
		}
		order := Order(claim.Index, survivors, c.electorate.Late())
		turn := slices.Index(order, c.self)
		switch {
		case claim.Holder == id && now.Sub(l.at) >= time.Duration(turn)*unansweredAfter:
		case turn > 0 && claim.Holder == order[turn-1] && !claim.Since.Before(l.at.Truncate(time.Second)) && Unanswered(claim, now):
		default:
			continue
		}
		mine = append(mine, claim)
	}
	for _, claim := range mine {
		if c.seize(claim.Index, claim.Endpoint, now) {
			l.taken[claim.Index] = true
		}
	}
}

// handshakes is how many clients have a handshake under way that they may still answer in time.
func (c *Core) handshakes(now time.Time) (n int) {
	for _, s := range c.served {
		if s.unanswered() && now.Sub(s.seizure.began) < unansweredAfter {
			n++
		}
	}
	return n
}

// spoke returns when a client of this controller last spoke in its own session, and whether it has any.
func (c *Core) spoke() (last time.Time, own bool) {
	for _, s := range c.served {
		if c.own(s) {
			own, last = true, later(last, s.heard)
		}
	}
	return last, own
}

// own reports whether a client came to this controller by itself and has its session here.
func (c *Core) own(s *client) bool {
	return !s.heard.IsZero() && s.seizure == nil && c.mesh.Holder(s.index) == c.self
}

// Where a side is exactly half and has to know whether it is the one that is cut off, its quiet clients are
// asked, one after the other: what one answers says in whose session it is.
const (
	inquireFrom  = stillAfter + pollPending // what the device counted until then may be from before
	inquireEvery = 250 * time.Millisecond
	inquireFor   = 10 * time.Second
)

type inquiry struct {
	next  time.Time
	asked int // the client asked last
}

// inquire asks the next client of this controller.
func (c *Core) inquire(l *loss, now time.Time) {
	if after := now.Sub(l.at); after < inquireFrom || after > inquireFor || now.Before(c.inquiry.next) {
		return
	}
	var own []int
	for index, s := range c.served {
		if c.own(s) {
			own = append(own, index)
		}
	}
	if len(own) == 0 {
		return
	}
	slices.Sort(own)
	at, found := slices.BinarySearch(own, c.inquiry.asked)
	if found {
		at++
	}
	c.inquiry = inquiry{next: now.Add(inquireEvery), asked: own[at%len(own)]}
	c.do(Ask{c.inquiry.asked})
}
