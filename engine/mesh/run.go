package mesh

import (
	"fmt"
	"time"

	"vns3/engine/link"
)

// RunDue does what is due at now.
func (c *Core) RunDue(now time.Time) {
	c.runLinks(now)
	if !now.Before(c.refreshAt) {
		c.refreshAt = now.Add(refresh)
		c.recordStale = true
		c.forgetHistory(now)
	}
	c.expireRequests(now)
	c.finish(now)
	c.sendBulk(now)
}

func (c *Core) runLinks(now time.Time) {
	own := c.own()
	for _, n := range c.neighbors {
		if n != nil {
			n.link.RunDue(own, now)
			c.drain(n, now)
		}
	}
}

// NextDeadline returns when RunDue has to be called next.
func (c *Core) NextDeadline() time.Time {
	next := c.refreshAt
	sooner := func(t time.Time) {
		if !t.IsZero() && t.Before(next) {
			next = t
		}
	}
	for _, n := range c.neighbors {
		if n != nil {
			sooner(n.link.NextDeadline())
			sooner(n.out.due)
		}
	}
	for _, r := range c.requests {
		sooner(r.until)
	}
	if usable, _ := c.usable(); !c.synced && usable == 0 {
		sooner(c.started.Add(loneStart))
	}
	return next
}

// finish brings everything that follows from a call up to date.
func (c *Core) finish(now time.Time) {
	for _, n := range c.neighbors {
		if n != nil {
			c.drain(n, now)
		}
	}
	if c.recordStale {
		c.recordStale = false
		c.originate(now)
	}
	if c.routesStale {
		c.routesStale = false
		c.reroute(now)
	}
	if c.bestStale {
		c.bestStale = false
		c.chooseBest()
	}
	if c.bad() != c.told {
		c.beatAll(now)
	}
	c.sendRecords()
	c.checkSynced(now)
}

// own returns what heartbeats say.
func (c *Core) own() link.Own {
	c.told = c.bad()
	return link.Own{Draining: c.local.Draining, Goodbye: c.leaving, Bad: c.told, Roots: c.Roots()}
}

// bad returns the peers that are Suspect or Down.
func (c *Core) bad() link.Bitmap {
	var bad link.Bitmap
	for id, n := range c.neighbors {
		if n != nil && n.link.State() != link.Up {
			bad = bad.With(id)
		}
	}
	return bad
}

// beatAll tells a change to all peers at once.
func (c *Core) beatAll(now time.Time) {
	own := c.own()
	for _, n := range c.neighbors {
		if n != nil {
			n.link.Beat(own, now)
			c.drain(n, now)
		}
	}
}

// drain carries on what a link wants done.
func (c *Core) drain(n *neighbor, now time.Time) {
	for _, e := range n.link.Effects() {
		if c.stopped {
			return
		}
		switch e := e.(type) {
		case link.Send:
			c.do(Send{n.id, e.Packet, e.Urgent})
		case link.Initiate:
			c.do(Initiate{n.id})
		case link.Forget:
			c.do(Forget{n.id})
		case link.Changed:
			c.linkChanged(n, e, now)
		case link.CostChanged:
			c.recordStale, c.routesStale = true, true
		case link.NewProcess:
			if !e.First {
				c.do(Event{ControllerSwap, n.id, fmt.Sprintf("controller %d restarted", n.id)})
			}
		case link.Shared:
			c.idShared(n, e, now)
		case link.MTUChanged:
			c.do(MTUChanged{n.id, e.MTU})
		}
	}
}

func (c *Core) linkChanged(n *neighbor, e link.Changed, now time.Time) {
	c.recordStale, c.routesStale = true, true
	switch {
	case e.To == link.Up:
		n.notUp = time.Time{}
	case e.From == link.Up:
		n.notUp = now
	}
	switch {
	case e.To.Usable() && !e.From.Usable():
		n.cameUp()
		c.greet(n)
	case e.From.Usable() && !e.To.Usable():
		n.out.clear()
	}
	if code, ok := linkEvents[e.To]; ok && !c.leaving && !(e.To == link.Down && e.From == link.Init) {
		c.do(Event{code, n.id, linkText(n.id, e)})
	}
}

// linkText says in words what became of a link.
func linkText(id int, e link.Changed) string {
	why := e.Reason.Text()
	switch {
	case e.To == link.Init && e.From == link.Down: // as every link begins
		return fmt.Sprintf("controller %d is heard, and does not hear us yet", id)
	case why != "":
		return fmt.Sprintf("link to controller %d is %v: %s", id, e.To, why)
	default:
		return fmt.Sprintf("link to controller %d is %v", id, e.To)
	}
}

// linkEvents are the states whose beginning is an event.
var linkEvents = map[link.State]EventCode{
	link.Up:      LinkUp,
	link.Suspect: LinkSuspect,
	link.Init:    LinkOneWay,
	link.Down:    LinkDown,
}
