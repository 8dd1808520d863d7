package clients

import (
	"slices"
	"time"
)

// A hand-over moves a client whose holder consents, without losing a packet. The holder offers it; the
// other controller shakes hands with it, while the holder goes on serving it in the old session: the
// client understands both. What it sends to the one in the session of the other is brought there as a
// stray. Only when the client speaks to the new controller does that one claim it; then packets for it
// go there, and the old session ends a moment later.
const (
	// offerFor is how long the client may take to answer until another controller is asked.
	offerFor = 2 * time.Second
	// leaveFor is how long the old session is kept after the claim, for packets on their way.
	leaveFor = 500 * time.Millisecond
	// askAgain is when controllers that did not take a client are asked again: one that has just started
	// takes none before it is level with the others.
	askAgain = time.Second
	// balanceFor is how long a rebalance goes on.
	balanceFor = 30 * time.Second
	// doubtFor is how long a client that another controller yielded may take to speak here.
	doubtFor = 200 * time.Millisecond
	// shedAtOnce is how many clients are handed over at the same time.
	shedAtOnce = 50
)

type offer struct {
	to    int
	until time.Time
}

// shed hands over what is not to stay here: all clients while draining, those assigned to others in a
// rebalance.
func (c *Core) shed(now time.Time) {
	if !c.policy.Draining && !now.Before(c.balance) {
		return
	}
	room := shedAtOnce
	var candidates []*client
	for _, s := range c.served {
		if s.offer != nil || !s.leaving.IsZero() {
			room--
		} else if c.mayLeave(s, now) {
			candidates = append(candidates, s)
		}
	}
	for _, s := range candidates {
		to := c.destination(s)
		switch {
		case to == 0: // all were asked: begin again after a while
			s.refused, s.cool = nil, now.Add(askAgain)
			continue
		case to == c.self:
			continue
		}
		if room--; room < 0 {
			break
		}
		s.offer = &offer{to, now.Add(offerFor)}
		s.refused = append(s.refused, to)
		c.send(Letter{To: to, Kind: Offer, Index: s.index, Endpoint: s.endpoint, Stamp: s.stamp})
	}
}

// mayLeave reports whether a client of this controller can be handed over now. Nobody takes a frozen one.
func (c *Core) mayLeave(s *client, now time.Time) bool {
	return !s.unanswered() && c.mesh.Holder(s.index) == c.self && now.After(s.cool) &&
		c.mesh.FrozenUntil(s.index, now).IsZero()
}

// destination is where a client is to go; 0: nowhere.
func (c *Core) destination(s *client) int {
	there := c.electorate.Survivors()
	if !c.policy.Draining {
		if slices.Contains(s.refused, c.assigned(s.index)) {
			return 0
		}
		return c.assigned(s.index)
	}
	order := append([]int{c.assigned(s.index)}, Order(s.index, there, c.electorate.Late())...)
	for _, id := range order {
		if id != 0 && id != c.self && !slices.Contains(s.refused, id) {
			return id
		}
	}
	return 0
}

// assigned is the controller that a client belongs to among those that are there.
func (c *Core) assigned(index int) int {
	return Assigned(index, c.policy.Licensed, c.electorate.Survivors())
}

// advanceOffer gives up an offer that nobody took, and ends an old session.
func (c *Core) advanceOffer(s *client, now time.Time) {
	if s.offer != nil && now.After(s.offer.until) {
		s.offer = nil
	}
	if !s.leaving.IsZero() && !now.Before(s.leaving) && c.served[s.index] == s {
		c.remove(s)
	}
}

// handOver: the controller to which the client was offered has claimed it, and packets for it go there.
func (c *Core) handOver(s *client, now time.Time) {
	s.offer, s.refused, s.leaving = nil, nil, now.Add(leaveFor)
	s.pending, s.retry, s.doubt = time.Time{}, time.Time{}, time.Time{}
}

// Letter takes a letter to this controller.
func (c *Core) Letter(l Letter, now time.Time) {
	s := c.served[l.Index]
	switch l.Kind {
	case Offer:
		c.offered(l, now)
	case Stray:
		c.fed(l, now)
	case Yielded:
		if s != nil && c.mesh.Holder(l.Index) == c.self {
			s.doubt = now.Add(doubtFor)
			c.do(Listen{l.Index})
			c.do(Keepalive{l.Index})
		}
	case Disconnect:
		if c.mesh.Holder(l.Index) == c.self {
			c.Disconnect(l.Index, now)
		}
	case Rebalance:
		c.Rebalance(now)
	case TakeOver:
		c.TakeOver(l.Index, now)
	case Elsewhere:
		if s != nil {
			c.wanted(s, now)
		}
	}
}

// offered takes a client that its holder hands over, or that nobody holds.
func (c *Core) offered(l Letter, now time.Time) {
	holder := c.mesh.Holder(l.Index)
	if c.policy.Draining || !c.mesh.Synced() || (holder != l.From && holder != 0) || !c.mesh.FrozenUntil(l.Index, now).IsZero() || !c.mesh.Pack(l.Index).Enabled {
		return // the offer runs out, and another controller is asked
	}
	if s := c.served[l.Index]; s != nil && s.unanswered() {
		return // it is called already
	}
	c.before[l.Index] = former{l.From, now.Add(offerFor + leaveFor)}
	c.prepare(l.Index, l.Endpoint, l.Stamp, now)
}

// previous is who handed a client over to this controller a moment ago; 0: nobody.
func (c *Core) previous(index int, now time.Time) int {
	f, ok := c.before[index]
	if !ok {
		return 0
	}
	if now.After(f.until) {
		delete(c.before, index)
		return 0
	}
	return f.controller
}

// Rebalance hands over all clients that are assigned to other controllers.
func (c *Core) Rebalance(now time.Time) { c.balance = now.Add(balanceFor) }

// RebalanceAll asks every controller that is there to do so.
func (c *Core) RebalanceAll(now time.Time) {
	for id := range c.electorate.Survivors().Without(c.self).All() {
		c.send(Letter{To: id, Kind: Rebalance})
	}
	c.Rebalance(now)
}

// TakeOver lets this controller take its part of the clients of a controller that is not there, although
// its side may be a minority. It reports whether there was something to take over from.
func (c *Core) TakeOver(id int, now time.Time) bool {
	if !validID(id) || id == c.self || c.electorate.sight.Present.Has(id) {
		return false
	}
	l := c.electorate.losses[id]
	if l == nil {
		l = &loss{of: c.electorate.view, taken: map[int]bool{}}
		c.electorate.losses[id] = l
	}
	l.at, l.by = now, true
	return true
}

// TakeOverAll does so on this side of the cut.
func (c *Core) TakeOverAll(id int, now time.Time) bool {
	if !c.TakeOver(id, now) {
		return false
	}
	for other := range c.electorate.view.Without(c.self).Without(id).All() {
		c.send(Letter{To: other, Kind: TakeOver, Index: id})
	}
	return true
}

// Misplaced returns how many clients of the controllers that are there a rebalance would move.
func (c *Core) Misplaced() (n int) {
	there := c.electorate.Survivors()
	for claim := range c.mesh.Claims() {
		if !claim.Released && there.Has(claim.Holder) && claim.Holder != c.assigned(claim.Index) {
			n++
		}
	}
	return n
}
