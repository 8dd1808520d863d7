package mesh

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"vns3/engine/link"
)

const (
	// A measured value in the own record is renewed when it differs this much.
	rttDiffers   = 4 // by a quarter, and by a millisecond
	lossDiffers  = 0.02
	clockDiffers = 200 * time.Millisecond

	// A process with our ID that goes beyond this many of our answers within livesWindow is alive.
	livesAlive  = 4
	livesWindow = 60 * time.Second

	sharedTold  = 10 * time.Second // the record tells of a shared ID after the last sign
	sharedQuiet = time.Minute      // without a sign, after which the next one is an event again
)

// originate brings the own record up to date: a new sequence number only if it says something new.
func (c *Core) originate(now time.Time) {
	if c.stopped {
		return
	}
	old, had := c.records.get(uint64(c.o.Self))
	if had && old.Withdrawn && old.Discriminator == c.o.Discriminator {
		return
	}
	r := c.compose(&old, now)
	if had && c.records.digest(r) == c.records.digest(old) {
		return
	}
	c.sequence++
	r.Sequence = c.sequence
	c.putOwn(r, now)
}

// putOwn stores and tells the own record.
func (c *Core) putOwn(r Record, now time.Time) {
	c.records.put(r, now)
	c.routesStale = true
	c.spread(ref{Records, r.key()}, spreading{}, now)
}

// compose returns the own record with the sequence number it has. Measured values are taken from the
// old one unless they differ enough.
func (c *Core) compose(old *Record, now time.Time) Record {
	r := Record{
		Origin:              c.o.Self,
		Incarnation:         c.incarnation,
		Sequence:            c.sequence,
		Discriminator:       c.o.Discriminator,
		Started:             c.startedWall(),
		Draining:            c.local.Draining,
		Shared:              !c.shared[c.o.Self].IsZero() && now.Sub(c.shared[c.o.Self]) < sharedTold,
		LicensedControllers: c.local.LicensedControllers,
		ClockBehind:         old.ClockBehind,
		Checksum:            c.local.Checksum,
		Name:                c.local.Name,
		Version:             c.local.Version,
		TopologyName:        c.local.TopologyName,
		ClientEndpoint:      c.local.ClientEndpoint,
		Addresses:           c.local.Addresses,
	}
	if behind := c.clockBehind(); (behind - old.ClockBehind).Abs() >= clockDiffers {
		r.ClockBehind = behind.Truncate(time.Millisecond)
	}
	for _, n := range c.neighbors {
		if n != nil {
			before, _ := old.link(n.id)
			r.Links = append(r.Links, linkRecord(n.id, n.link.Status(), before))
		}
	}
	return r
}

func linkRecord(peer int, s link.Status, old LinkRecord) LinkRecord {
	l := LinkRecord{Peer: peer, State: s.State, RTT: old.RTT, Loss: old.Loss}
	if l.State == link.Suspect {
		l.State = link.Up
	}
	if !l.State.Usable() {
		return LinkRecord{Peer: peer, State: s.State}
	}
	l.Held, l.Cost = s.Held, s.Cost
	if d := (s.RTT - old.RTT).Abs(); d >= max(old.RTT/rttDiffers, time.Millisecond) || old.RTT == 0 {
		l.RTT = s.RTT.Truncate(time.Microsecond)
	}
	if math.Abs(s.Loss-old.Loss) >= lossDiffers {
		l.Loss = math.Round(s.Loss*lossUnit) / lossUnit
	}
	return l
}

func (c *Core) startedWall() time.Time {
	return c.o.Wall(c.o.Started).Round(0).Truncate(time.Millisecond)
}

// clockBehind returns the median of the peers' clocks minus ours, our own counted as zero.
func (c *Core) clockBehind() time.Duration {
	offsets := []time.Duration{0}
	for _, n := range c.neighbors {
		if n != nil && n.link.State().Usable() {
			offsets = append(offsets, n.link.Status().ClockOffset)
		}
	}
	slices.Sort(offsets)
	return offsets[len(offsets)/2]
}

// lives counts how often another process with our ID went beyond what we said.
type lives struct {
	discriminator uint64
	times         int
	since         time.Time
}

// meetOwn takes a record of our own ID that is newer than ours: from an earlier life, whose numbers
// we adopt and exceed, or from a second controller with this ID, which exceeds ours again and again.
func (c *Core) meetOwn(r Record, now time.Time) {
	if r.Discriminator != c.o.Discriminator && c.alive(r, now) {
		c.do(DuplicateID{ID: c.o.Self, Stopped: r.Started.Before(c.startedWall())})
		c.alarmShared(c.o.Self, now)
		if r.Started.Before(c.startedWall()) {
			c.stop(now)
			return
		}
	}
	if r.Incarnation > c.incarnation {
		c.incarnation = r.Incarnation
		c.do(Adopted{c.incarnation})
	}
	c.sequence = r.Sequence
	c.recordStale = true
}

// alive reports whether the process that made the record still answers ours.
func (c *Core) alive(r Record, now time.Time) bool {
	if c.lives.discriminator != r.Discriminator || now.Sub(c.lives.since) > livesWindow {
		c.lives = lives{discriminator: r.Discriminator, since: now}
	}
	c.lives.times++
	return c.lives.times > livesAlive
}

// idShared takes what a link found out about a shared ID.
func (c *Core) idShared(n *neighbor, e link.Shared, now time.Time) {
	if !e.Own {
		c.do(DuplicateID{ID: n.id, ElderSpoke: e.ElderSpoke})
		c.alarmShared(n.id, now)
		return
	}
	c.do(DuplicateID{ID: c.o.Self, Stopped: e.Stop})
	c.alarmShared(c.o.Self, now)
	if e.Stop {
		c.stop(now)
	}
}

// alarmShared takes a sign that two controllers use one ID. The first is an event; of its own ID this
// controller tells all, as most may never meet the younger.
func (c *Core) alarmShared(id int, now time.Time) {
	last := c.shared[id]
	c.shared[id] = now
	if id == c.o.Self {
		c.recordStale = true
	}
	if !last.IsZero() && now.Sub(last) < sharedQuiet {
		return
	}
	c.do(Event{IDShared, id, fmt.Sprintf("two controllers use ID %d: the younger one has to stop and get an ID of its own", id)})
}

// stop falls silent for good.
func (c *Core) stop(now time.Time) {
	c.stopped = true
	c.neighbors = [MaxID + 1]*neighbor{}
	c.routesStale = true
}

// advertise brings the own advertised routes up to date.
func (c *Core) advertise(now time.Time) {
	if c.stopped {
		return
	}
	wanted := map[uint64]advert{}
	for _, a := range c.local.Routes {
		w := advert{origin: c.o.Self, prefix: a.Prefix.Masked(), metric: a.Metric}
		if _, twice := wanted[w.key()]; !twice && a.Prefix.Addr().Is4() {
			wanted[w.key()] = w
		}
	}
	for _, old := range c.ownAdverts() {
		w, ok := wanted[old.key()]
		delete(wanted, old.key())
		switch {
		case !ok && old.withdrawn, ok && !old.withdrawn && w.metric == old.metric:
			continue
		case !ok:
			w = old
			w.withdrawn = true
		}
		w.version = old.version + 1
		c.putAdvert(w, now)
	}
	for _, key := range sortedKeys(wanted) {
		w := wanted[key]
		w.version = 1
		c.putAdvert(w, now)
	}
}

// ownAdverts returns the routes that this controller advertises or withdrew, in order.
func (c *Core) ownAdverts() []advert {
	var own []advert
	for a := range c.adverts.all() {
		if a.origin == c.o.Self {
			own = append(own, a)
		}
	}
	slices.SortFunc(own, func(a, b advert) int { return cmp.Compare(a.key(), b.key()) })
	return own
}

func (c *Core) putAdvert(a advert, now time.Time) {
	c.adverts.put(a, now)
	c.bestStale = true
	c.spread(ref{Adverts, a.key()}, spreading{origin: c.o.Self}, now)
}
