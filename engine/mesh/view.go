package mesh

import (
	"time"

	"vns3/engine/link"
)

// View is what a snapshot needs beside claims and packs. It is a copy.
type View struct {
	Self        int
	Incarnation uint64
	Synced      bool             // clients may be served; see Core.Synced
	Stopped     bool             // silent, because a second controller has this ID
	Links       []LinkView       // this controller's own, by ID
	Directions  []Direction      // of each link that any record lists
	Controllers []ControllerView // that the mesh knows, this one included, by ID
	Routes      *Routes
	ClockOffset time.Duration // median of the peers' clocks minus ours
	Shared      []int         // IDs of which the elder says that two controllers live, by ID
}

// LinkView is one of this controller's links.
type LinkView struct {
	Peer int
	link.Status
	// Bad is whom the peer holds Suspect or Down, by its newest heartbeat.
	Bad link.Bitmap
	// BadSince is since when each ID stands in Bad without a break; zero: it does not.
	BadSince [MaxID + 1]time.Time
}

// Direction is one end's view of a link, as its record tells it.
type Direction struct {
	From, To int
	LinkRecord
}

// ControllerView is a controller as the mesh knows it.
type ControllerView struct {
	Record
	LastHeard time.Time // when a path to it last existed, or a heartbeat came; zero: never
	Reachable bool      // a path to it exists
	Clients   int       // claims it holds
}

// View returns what can be seen at now.
func (c *Core) View(now time.Time) View {
	v := View{
		Self:        c.o.Self,
		Incarnation: c.incarnation,
		Synced:      c.synced,
		Stopped:     c.stopped,
		Routes:      c.routes,
		ClockOffset: c.clockBehind(),
	}
	for _, n := range c.neighbors {
		if n != nil {
			v.Links = append(v.Links, LinkView{Peer: n.id, Status: n.link.Status(), Bad: n.bad, BadSince: n.badSince})
		}
	}
	for id := 1; id <= MaxID; id++ {
		r, ok := c.records.get(uint64(id))
		if !ok || r.Withdrawn {
			continue
		}
		v.Controllers = append(v.Controllers, c.viewController(r, now))
		if r.Shared && !c.stopped {
			v.Shared = append(v.Shared, id)
		}
		for _, l := range r.Links {
			v.Directions = append(v.Directions, Direction{From: id, To: l.Peer, LinkRecord: l})
		}
	}
	return v
}

func (c *Core) viewController(r Record, now time.Time) ControllerView {
	v := ControllerView{
		Record:    r,
		LastHeard: c.lastPath[r.Origin],
		Reachable: c.reachable(r.Origin),
		Clients:   c.holds[r.Origin],
	}
	if n := c.neighbors[r.Origin]; n != nil {
		if at := n.link.Status().HeardAt; at.After(v.LastHeard) {
			v.LastHeard = at
		}
	}
	if v.Reachable {
		v.LastHeard = now
	}
	return v
}

// HeldLost returns for how long this controller and every controller that it has an Up link with have
// held another one Suspect or Down without a break (PROTOCOL 17). Zero: one of them does not, or no
// link is Up. A neighbour that has no row for that controller is not asked.
func (c *Core) HeldLost(id int, now time.Time) time.Duration {
	lost := c.neighbor(id)
	if lost == nil || lost.notUp.IsZero() {
		return 0
	}
	_, up := c.usable()
	since, witnesses := lost.notUp, 0
	for witness := range up.All() {
		if r, _ := c.records.get(uint64(witness)); !r.knows(id) {
			continue
		}
		bad := c.neighbors[witness].badSince[id]
		if bad.IsZero() {
			return 0
		}
		if bad.After(since) {
			since = bad
		}
		witnesses++
	}
	if witnesses == 0 {
		return 0
	}
	return now.Sub(since)
}

// Roots returns one root per kind of replicated items: two controllers that know the same have equal
// ones.
func (c *Core) Roots() (roots [link.RootCount]uint64) {
	for k, s := range c.stores {
		roots[k] = s.rootHash()
	}
	return roots
}
