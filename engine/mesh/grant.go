package mesh

import (
	"time"

	"vns3/engine/link"
)

const (
	// grantTimeout is how long a check-out waits for its grant.
	grantTimeout = 2 * time.Second
	// grantKept is how long the same pack is granted to nobody else, while the check-out spreads.
	grantKept = 10 * time.Second
)

// CheckOutVerdict is the result of Core.CheckOut.
type CheckOutVerdict uint8

// The results of Core.CheckOut.
const (
	CheckedOut   CheckOutVerdict = iota // done: hand it out
	Asked                               // another controller must grant it: wait for Granted
	AlreadyOut                          // it is checked out
	PackDisabled                        // it is disabled
	PeersMissing                        // it is of another's share, and not every configured peer is Up
	NoAnswer                            // the controller that grants it did not answer, or is not ready
)

// String returns the verdict as a code.
func (v CheckOutVerdict) String() string {
	names := [...]string{"checked_out", "asked", "already_out", "pack_disabled", "peers_missing", "no_answer", "unknown"}
	return names[min(int(v), len(names)-1)]
}

// Text returns the verdict in words.
func (v CheckOutVerdict) Text() string {
	switch v {
	case AlreadyOut:
		return "the clientpack is checked out"
	case PackDisabled:
		return "the clientpack is disabled"
	case PeersMissing:
		return "the clientpack belongs to another controller's share, and not every peer is up"
	case NoAnswer:
		return "the controller that grants the clientpack did not answer, or is not level with the others yet"
	}
	return v.String()
}

// Remedy returns what to do about the verdict.
func (v CheckOutVerdict) Remedy() string {
	switch v {
	case AlreadyOut:
		return "check it in first, or take another"
	case PackDisabled:
		return "enable it first"
	case PeersMissing:
		return "take one of this controller's own share, or repair the mesh"
	case NoAnswer:
		return "try again in a few seconds; vns3 check says whether a peer is missing"
	}
	return ""
}

// request is a check-out that waits for a grant.
type request struct {
	number uint32
	until  time.Time
}

// Share returns the ID of the controller that hands out a clientpack on its own authority.
func (c *Core) Share(index int) int { return index%max(c.local.LicensedControllers, 1) + 1 }

// granter returns who decides about a clientpack: its share's controller, or the lowest ID where no
// such controller is configured. So there is one place where it can be handed out.
func (c *Core) granter(index int) int {
	configured := c.configured()
	if id := c.Share(index); configured.Has(id) {
		return id
	}
	for id := range configured.All() {
		return id
	}
	return c.o.Self
}

// configured returns this controller and its peers.
func (c *Core) configured() link.Bitmap {
	set := link.Bitmap(0).With(c.o.Self)
	for id, n := range c.neighbors {
		if n != nil {
			set = set.With(id)
		}
	}
	return set
}

// CheckOut marks a clientpack as handed out, if no other controller can hand it out at the same time:
// one of the own share at once, another one only while every configured peer is Up and the controller
// that decides about it grants it.
func (c *Core) CheckOut(index int, now time.Time) CheckOutVerdict {
	if v := c.mayCheckOut(index, now); v != CheckedOut {
		return v
	}
	if c.Share(index) != c.o.Self && c.bad() != 0 {
		return PeersMissing
	}
	if to := c.granter(index); to != c.o.Self {
		c.number++
		c.requests[index] = &request{c.number, now.Add(grantTimeout)}
		c.do(Send{to, grant{index: index, number: c.number}.append(nil, typeGrantRequest), false})
		return Asked
	}
	c.checkOut(index, now)
	return CheckedOut
}

// mayCheckOut looks at the state of the pack alone.
func (c *Core) mayCheckOut(index int, now time.Time) CheckOutVerdict {
	if v := c.mayGrant(index, now); v != CheckedOut || c.Pack(index).Enabled {
		return v
	}
	return PackDisabled
}

// mayGrant is mayCheckOut for another controller, which has looked itself whether the pack is enabled:
// that it was enabled a moment ago may not have come here yet.
func (c *Core) mayGrant(index int, now time.Time) CheckOutVerdict {
	switch {
	case index < 0 || index > MaxIndex || c.stopped || !c.synced:
		return NoAnswer
	case c.Pack(index).CheckedOut || within(c.granted[index], grantKept, now):
		return AlreadyOut
	}
	return CheckedOut
}

func (c *Core) checkOut(index int, now time.Time) {
	out := true
	// The index was checked and there are no tags: this change is always good.
	_ = c.SetPack(index, PackChange{CheckedOut: &out}, now)
}

// takeGrant answers a request for a grant, or takes the answer to ours.
func (c *Core) takeGrant(n *neighbor, kind byte, g grant, now time.Time) {
	if kind == typeGrantRequest {
		g.verdict = c.mayGrant(g.index, now)
		if c.granter(g.index) != c.o.Self {
			g.verdict = PeersMissing
		}
		if g.verdict == CheckedOut {
			c.granted[g.index] = now
		}
		c.do(Send{n.id, g.append(nil, typeGrantAnswer), false})
		return
	}
	r := c.requests[g.index]
	if r == nil || r.number != g.number {
		return
	}
	delete(c.requests, g.index)
	if g.verdict == CheckedOut {
		c.checkOut(g.index, now)
	}
	c.do(Granted{g.index, g.verdict})
}

// expireRequests gives up waiting for grants.
func (c *Core) expireRequests(now time.Time) {
	for _, index := range sortedKeys(c.requests) {
		if !now.Before(c.requests[index].until) {
			delete(c.requests, index)
			c.do(Granted{index, NoAnswer})
		}
	}
}
