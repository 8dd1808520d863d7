package sim

import (
	"time"

	"vns3/engine/mesh"
)

// checkRunning checks what must hold at every instant at one controller: next hops and alternates are
// usable links, records never go back.
func (w *World) checkRunning(id int) {
	m := w.machines[id]
	v := m.core.View(w.clock())
	var usable, up [mesh.MaxID + 1]bool
	for _, l := range v.Links {
		usable[l.Peer] = l.State.Usable()
		up[l.Peer] = l.State.String() == "up"
	}
	for d, r := range v.Routes {
		if r.NextHop != 0 && !usable[r.NextHop] {
			w.fail(id, "next hop %d to %d has no usable link", r.NextHop, d)
		}
		if r.Alternate != 0 && (!up[r.Alternate] || r.Alternate == r.NextHop) {
			w.fail(id, "alternate %d to %d has no Up link, or is the next hop", r.Alternate, d)
		}
	}
	for _, c := range v.Controllers {
		now, before := sequence{c.Incarnation, c.Sequence}, m.newest[c.Origin]
		if now.incarnation < before.incarnation || (now.incarnation == before.incarnation && now.number < before.number) {
			w.fail(id, "record of %d went back from %v to %v", c.Origin, before, now)
		}
		m.newest[c.Origin] = now
	}
}

// RunLevel runs until a time, and up to a second more until no news is on its way: also a calm mesh
// renews a measured value now and then.
func (w *World) RunLevel(until time.Duration) error {
	const step = 50 * time.Millisecond
	for end := until + time.Second; ; until += step {
		if err := w.Run(until); err != nil || until >= end || w.level() {
			return err
		}
	}
}

// level reports whether all controllers know the same.
func (w *World) level() bool {
	for i := 2; i <= w.count; i++ {
		if w.machines[i].core.Roots() != w.machines[1].core.Roots() {
			return false
		}
	}
	return true
}

// CheckQuiet checks what must hold once nothing has failed for a while: all know the same, all links
// are Up, every pair is routed on a shortest path, no packet loops.
func (w *World) CheckQuiet() error {
	for i := 1; i <= w.count; i++ {
		core := w.machines[i].core
		if first := w.machines[1].core; core.Roots() != first.Roots() {
			w.fail(i, "it does not know the same as controller 1: %x and %x", core.Roots(), first.Roots())
		}
		if !core.Synced() {
			w.fail(i, "it is not synced")
		}
		for _, l := range core.View(w.clock()).Links {
			if l.State.String() != "up" {
				w.fail(i, "link to %d is %v (%v), session %v", l.Peer, l.State, l.Reason, l.Session)
			}
		}
	}
	shortest := w.oracle()
	for i := 1; i <= w.count; i++ {
		for j := 1; j <= w.count; j++ {
			if i == j {
				continue
			}
			r := w.machines[i].core.Routes()[j]
			if r.Cost != shortest[i][j] {
				w.fail(i, "the way to %d costs %d, the shortest one %d", j, r.Cost, shortest[i][j])
			}
			w.walk(i, j)
		}
	}
	return w.failure
}

// walk follows a packet.
func (w *World) walk(from, to int) {
	for at, hops := from, 0; at != to; hops++ {
		if hops > w.count {
			w.fail(from, "a packet to %d loops", to)
			return
		}
		if at = w.machines[at].core.Routes()[to].NextHop; at == 0 {
			w.fail(from, "a packet to %d is lost on the way", to)
			return
		}
	}
}

// unreachable is the oracle's distance without a path.
const unreachable = 1 << 30

// oracle computes all shortest paths from the records by relaxing until nothing changes.
func (w *World) oracle() (dist [mesh.MaxID + 1][mesh.MaxID + 1]uint32) {
	var cost [mesh.MaxID + 1][mesh.MaxID + 1]uint32
	drained := map[int]bool{}
	view := w.machines[1].core.View(w.clock())
	for _, c := range view.Controllers {
		drained[c.Origin] = c.Draining
	}
	for _, d := range view.Directions {
		if d.State.Usable() {
			cost[d.From][d.To] = d.Cost
		}
	}
	for i := range dist {
		for j := range dist {
			if dist[i][j] = unreachable; i == j {
				dist[i][j] = 0
			}
		}
	}
	for changed := true; changed; {
		changed = false
		for i := 1; i <= w.count; i++ {
			for k := 1; k <= w.count; k++ {
				if cost[i][k] == 0 || cost[k][i] == 0 {
					continue
				}
				step := max(cost[i][k], cost[k][i])
				if drained[i] {
					step += mesh.DrainCost
				}
				for j := 1; j <= w.count; j++ {
					if d := step + dist[k][j]; d < dist[i][j] {
						dist[i][j], changed = d, true
					}
				}
			}
		}
	}
	return dist
}
