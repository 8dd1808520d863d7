package mesh

import "vns3/engine/link"

const (
	// maxCost bounds what a record may say a link costs.
	maxCost = 1 << 20
	// DrainCost is added for leaving a draining controller: traffic passes through it only where
	// there is no other way. It exceeds any path of links.
	DrainCost = maxCost * MaxID
	// far is the distance of what cannot be reached; twice it still fits.
	far = 1 << 30
)

// distance is a matrix by controller ID.
type distance [MaxID + 1][MaxID + 1]uint32

// graph is the links that both ends list as usable, with what it costs to take them.
type graph struct {
	weight distance // far: no link
	dist   distance // shortest paths
}

// newGraph reads the graph from the records. The cost of a link is that of its worse end.
func newGraph(records *table[Record]) *graph {
	var listed distance
	var draining link.Bitmap
	for r := range records.all() {
		if r.Withdrawn {
			continue
		}
		for _, l := range r.Links {
			if l.State.Usable() {
				listed[r.Origin][l.Peer] = max(l.Cost, 1)
			}
		}
		if r.Draining {
			draining = draining.With(r.Origin)
		}
	}
	g := &graph{}
	for i := range g.weight {
		for j := range g.weight {
			g.weight[i][j] = far
			if listed[i][j] == 0 || listed[j][i] == 0 {
				continue
			}
			g.weight[i][j] = max(listed[i][j], listed[j][i])
			if draining.Has(i) {
				g.weight[i][j] += DrainCost
			}
		}
	}
	g.dist = *g.weight.shortest()
	return g
}

// shortest returns all shortest distances (Floyd and Warshall).
func (w *distance) shortest() *distance {
	d := new(distance)
	for i, row := range w {
		d[i] = row
		d[i][i] = 0
	}
	for k := range d {
		through := d[k]
		for i := range d {
			row := &d[i]
			for j, rest := range through {
				row[j] = min(row[j], row[k]+rest)
			}
		}
	}
	return d
}

// nextHop returns the neighbour of s on the shortest path to d, the lowest ID of equals; 0: none.
func (g *graph) nextHop(s, d int) int {
	best, bestCost := 0, uint32(far)
	for n := 1; n <= MaxID; n++ {
		if g.weight[s][n] >= far || n == s {
			continue
		}
		if cost := g.weight[s][n] + g.dist[n][d]; cost < bestCost {
			best, bestCost = n, cost
		}
	}
	return best
}

// path returns the controllers after s on the way to d.
func (g *graph) path(s, d int) []int {
	var path []int
	for s != d {
		s = g.nextHop(s, d)
		if s == 0 {
			return nil
		}
		path = append(path, s)
	}
	return path
}

// Route is the way to one controller.
type Route struct {
	NextHop   int    // 0: unreachable
	Alternate int    // loop-free way round the next hop; 0: none
	Suspect   bool   // deflect packets that enter the mesh here to Alternate, if there is one
	Draining  bool   // the destination drains
	Cost      uint32 // of the path
	Path      []int  // IDs after this controller, the destination last; empty: unreachable
}

// Routes is an immutable table of ways, by controller ID. Index 0 and the own ID are unused.
type Routes [MaxID + 1]Route

// surroundings is what a controller knows of its neighbours right now, ahead of the records.
type surroundings struct {
	self    int
	up      link.Bitmap            // own links that are Up
	suspect link.Bitmap            // own links that are Suspect
	bad     [MaxID + 1]link.Bitmap // whom each neighbour holds Suspect or Down
}

// routes returns the way to each controller.
func (g *graph) routes(near surroundings) *Routes {
	var routes Routes
	for d := 1; d <= MaxID; d++ {
		next := g.nextHop(near.self, d)
		if d == near.self || next == 0 {
			continue
		}
		routes[d] = Route{
			NextHop:   next,
			Alternate: g.alternate(near, next, d),
			Suspect:   near.suspect.Has(next) || near.bad[next].Has(g.nextHop(next, d)),
			Cost:      g.dist[near.self][d],
			Path:      g.path(near.self, d),
		}
	}
	return &routes
}

// alternate returns a neighbour other than the next hop to which packets for d may be deflected
// without ever coming back here: its own shortest path to d does not lead through us, and it does
// not hold its next hop there Suspect. The nearest such neighbour, the lowest ID of equals; 0: none.
func (g *graph) alternate(near surroundings, next, d int) int {
	best, bestCost := 0, uint32(far)
	for n := range near.up.All() {
		if n == next || g.weight[near.self][n] >= far || !g.loopFree(near, n, d) {
			continue
		}
		if cost := g.weight[near.self][n] + g.dist[n][d]; cost < bestCost {
			best, bestCost = n, cost
		}
	}
	return best
}

// loopFree is RFC 5286, inequality 1, and what the neighbour knows of its own next hop.
func (g *graph) loopFree(near surroundings, n, d int) bool {
	if n == d {
		return true
	}
	hop := g.nextHop(n, d)
	return g.dist[n][d] < g.dist[n][near.self]+g.dist[near.self][d] &&
		hop != 0 && hop != near.self && !near.bad[n].Has(hop)
}
