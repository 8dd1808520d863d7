package mesh

import (
	"slices"

	"vns3/status"
)

// maxID bounds the controllers of a topology; index 0 is unused.
const maxID = 9

// grid is the links of a snapshot by their ends, and the cheapest ways over them: what the page needs
// many times while the snapshot stays the same.
type grid struct {
	of    *status.Snapshot
	ids   []int // controllers, in order
	links [maxID + 1][maxID + 1]*status.Link
	known [maxID + 1]*status.MeshController
}

// newGrid sorts the snapshot's links. IDs beyond the topology's are left out.
func newGrid(s *status.Snapshot) *grid {
	g := &grid{of: s}
	for i := range s.Controllers {
		if c := &s.Controllers[i]; valid(c.ID) && g.known[c.ID] == nil {
			g.known[c.ID] = c
			g.ids = append(g.ids, c.ID)
		}
	}
	slices.Sort(g.ids)
	for i := range s.Links {
		if l := &s.Links[i]; valid(l.From) && valid(l.To) {
			g.links[l.From][l.To] = g.stillTrue(l)
		}
	}
	return g
}

// stillTrue is a link as it is known now. What a controller said before it was lost holds no more: its
// links to those that are there are down; of those between two lost ones nothing is known.
func (g *grid) stillTrue(l *status.Link) *status.Link {
	switch from, to := g.known[l.From], g.known[l.To]; {
	case from == nil || g.reachable(l.From):
		return l
	case to != nil && !g.reachable(l.To):
		return nil
	}
	return &status.Link{From: l.From, To: l.To, State: status.Down}
}

func valid(id int) bool { return 1 <= id && id <= maxID }

// state is what the mesh knows of the link from one controller to another: not_set if nothing.
func (g *grid) state(from, to int) status.PeerState {
	if l := g.links[from][to]; l != nil {
		return l.State
	}
	return status.NotSet
}

// worse is the state of a link that both ends describe: the worse of the two.
func (g *grid) worse(a, b int) status.PeerState {
	x, y := g.state(a, b), g.state(b, a)
	if rank(x) > rank(y) {
		return x
	}
	return y
}

// oneWay says that packets of a link arrive at one end only, and at which.
func (g *grid) oneWay(a, b int) (hears, heard int, is bool) {
	switch x, y := g.state(a, b), g.state(b, a); {
	case x == status.Init && y != status.Init:
		return a, b, true
	case y == status.Init && x != status.Init:
		return b, a, true
	}
	return 0, 0, false
}

// rank orders states from well to nothing known.
func rank(s status.PeerState) int {
	return slices.Index([]status.PeerState{status.Up, status.Suspect, status.Init, status.Unresolved, status.Down, status.NotSet}, s)
}

// loss is the worse of what both ends of a link say they miss.
func (g *grid) loss(a, b int) float64 {
	worst := 0.0
	for _, l := range []*status.Link{g.links[a][b], g.links[b][a]} {
		if l != nil {
			worst = max(worst, l.Loss)
		}
	}
	return worst
}

// reachable says that the mesh hears of a controller.
func (g *grid) reachable(id int) bool {
	known := g.known[id]
	return known != nil && (known.Reachable || known.Self)
}

// usable says that both ends list the link as carrying packets, as routing demands.
func (g *grid) usable(from, to int) bool {
	carries := func(s status.PeerState) bool { return s == status.Up || s == status.Suspect }
	return carries(g.state(from, to)) && carries(g.state(to, from))
}

// path is the way that traffic takes from one controller to another: what this controller does, if it
// is the first; else the cheapest way over what the mesh knows, ties to the lowest ID. Empty: none.
func (g *grid) path(from, to int) []int {
	if from == to {
		return []int{from}
	}
	if from == g.of.Controller.ID {
		for _, p := range g.of.Peers {
			if p.ID == to {
				return p.Path
			}
		}
	}
	return g.cheapest(from, to)
}

// cheapest is the shortest path by cost over links that both ends list as usable.
func (g *grid) cheapest(from, to int) []int {
	const far = ^uint64(0)
	var dist [maxID + 1]uint64
	var before [maxID + 1]int
	var done [maxID + 1]bool
	for i := range dist {
		dist[i] = far
	}
	dist[from] = 0
	for {
		near := 0
		for _, id := range g.ids {
			if !done[id] && dist[id] != far && (near == 0 || dist[id] < dist[near]) {
				near = id
			}
		}
		if near == 0 {
			return nil
		}
		if near == to {
			break
		}
		done[near] = true
		for _, next := range g.ids {
			if next != near && g.usable(near, next) {
				if d := dist[near] + uint64(g.links[near][next].Cost); d < dist[next] {
					dist[next], before[next] = d, near
				}
			}
		}
	}
	path := []int{to}
	for at := to; at != from; {
		at = before[at]
		path = append(path, at)
	}
	slices.Reverse(path)
	return path
}

// rtt is the sum of the round trips along a path, in ms.
func (g *grid) rtt(path []int) float64 {
	var ms float64
	for i := 1; i < len(path); i++ {
		if l := g.links[path[i-1]][path[i]]; l != nil {
			ms += l.RTTms
		}
	}
	return ms
}

// cost is the sum of the costs along a path.
func (g *grid) cost(path []int) uint64 {
	var cost uint64
	for i := 1; i < len(path); i++ {
		if l := g.links[path[i-1]][path[i]]; l != nil {
			cost += uint64(l.Cost)
		}
	}
	return cost
}
