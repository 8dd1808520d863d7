package mesh

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"vns3/engine/link"
)

// network is what really is: which links there are and what they cost.
type network struct {
	n    int
	cost distance // 0: no link
}

// fullMesh returns n controllers with a link between each two.
func fullMesh(n int, cost func() uint32) network {
	w := network{n: n}
	for i := 1; i <= n; i++ {
		for j := 1; j < i; j++ {
			w.set(i, j, cost())
		}
	}
	return w
}

func (w *network) set(i, j int, cost uint32) { w.cost[i][j], w.cost[j][i] = cost, cost }

// plane returns n controllers at random points, links costing as RTTs do: by distance.
func plane(n int, random *rand.Rand) network {
	var x, y [MaxID + 1]float64
	for i := range x {
		x[i], y[i] = random.Float64(), random.Float64()
	}
	w := network{n: n}
	for i := 1; i <= n; i++ {
		for j := 1; j < i; j++ {
			w.set(i, j, 10+uint32(500*math.Hypot(x[i]-x[j], y[i]-y[j])))
		}
	}
	return w
}

// without returns the network with a link less.
func (w network) without(i, j int) network {
	w.set(i, j, 0)
	return w
}

// graph returns the graph of the records that the controllers make.
func (w *network) graph() *graph {
	var records table[Record]
	for i := 1; i <= w.n; i++ {
		r := Record{Origin: i}
		for j := 1; j <= w.n; j++ {
			if w.cost[i][j] != 0 {
				r.Links = append(r.Links, LinkRecord{Peer: j, State: link.Up, Cost: w.cost[i][j]})
			}
		}
		records.put(r, time.Time{})
	}
	return newGraph(&records)
}

// near returns what controller s sees of its own links, none of them Suspect.
func (w *network) near(s int) surroundings {
	near := surroundings{self: s}
	for j := 1; j <= w.n; j++ {
		if w.cost[s][j] != 0 {
			near.up = near.up.With(j)
		}
	}
	return near
}

// naive returns the shortest distance by trying every path without a repeated controller.
func (w *network) naive(s, d int, seen link.Bitmap) uint32 {
	if s == d {
		return 0
	}
	best := uint32(far)
	for n := 1; n <= w.n; n++ {
		if w.cost[s][n] != 0 && !seen.Has(n) {
			best = min(best, w.cost[s][n]+w.naive(n, d, seen.With(s)))
		}
	}
	return best
}

// relaxed returns all shortest distances from s by relaxing until nothing changes.
func (w *network) relaxed(s int) (dist [MaxID + 1]uint32) {
	for i := range dist {
		dist[i] = far
	}
	dist[s] = 0
	for changed := true; changed; {
		changed = false
		for i := 1; i <= w.n; i++ {
			for j := 1; j <= w.n; j++ {
				if w.cost[i][j] != 0 && dist[i]+w.cost[i][j] < dist[j] {
					dist[j], changed = dist[i]+w.cost[i][j], true
				}
			}
		}
	}
	return dist
}

// checkShortest checks all routes of all controllers against an oracle, by cost and by walking.
func checkShortest(t *testing.T, w network, oracle func(s, d int) uint32) {
	t.Helper()
	g := w.graph()
	f := &forwarding{network: w}
	for s := 1; s <= w.n; s++ {
		f.routes[s] = g.routes(w.near(s))
	}
	for s := 1; s <= w.n; s++ {
		for d := 1; d <= w.n; d++ {
			if s == d {
				continue
			}
			want, r := oracle(s, d), f.routes[s][d]
			if want >= far {
				if r.NextHop != 0 || r.Path != nil {
					t.Fatalf("%d to %d is unreachable, and routed to %d: %v", s, d, r.NextHop, w.cost)
				}
				continue
			}
			walked, cost := f.walk(s, d)
			if r.Cost != want || walked != delivered || cost != want || r.Path[len(r.Path)-1] != d || r.Path[0] != r.NextHop {
				t.Fatalf("%d to %d: %+v, walked %v at cost %d, oracle %d: %v", s, d, r, walked, cost, want, w.cost)
			}
		}
	}
}

// forwarding is controllers that forward packets by their routes over links of which some carry nothing.
type forwarding struct {
	network
	routes [MaxID + 1]*Routes
	broken [MaxID + 1]link.Bitmap // links that carry nothing, by either end
	dead   link.Bitmap            // controllers
}

// fate is what becomes of a packet.
type fate uint8

const (
	delivered fate = iota
	lost           // on a link that carries nothing, at a dead controller, or without a route
	returned       // it would go back where it came from: dropped
	looped
)

// walk forwards a packet as PROTOCOL 8 and 9 say: deflected only where it enters, never back.
func (f *forwarding) walk(s, d int) (fate, uint32) {
	var cost uint32
	before := 0
	for at, hops := s, 0; at != d; hops++ {
		r := f.routes[at][d]
		next := r.NextHop
		if at == s && hops == 0 && r.Suspect && r.Alternate != 0 {
			next = r.Alternate
		}
		switch {
		case hops > 2*MaxID:
			return looped, cost
		case next == 0 || f.broken[at].Has(next) || f.dead.Has(next):
			return lost, cost
		case next == before:
			return returned, cost
		}
		cost += f.cost[at][next]
		before, at = at, next
	}
	return delivered, cost
}

// TestAllGraphsOfFive proves the shortest paths in each of the 1,024 graphs of five controllers, with
// equal and with random costs, against trying all paths.
func TestAllGraphsOfFive(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 5))
	for set := range 1 << 10 {
		for _, cost := range []func() uint32{func() uint32 { return 10 }, func() uint32 { return 1 + random.Uint32N(50) }} {
			w, bit := network{n: 5}, 0
			for i := 2; i <= 5; i++ {
				for j := 1; j < i; j++ {
					if set>>bit&1 == 1 {
						w.set(i, j, cost())
					}
					bit++
				}
			}
			checkShortest(t, w, func(s, d int) uint32 { return w.naive(s, d, 0) })
		}
	}
}

// TestFailuresOfNine proves the shortest paths of nine controllers after each failure of one or two
// links, with equal and with random costs.
func TestFailuresOfNine(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 9))
	for _, full := range []network{
		fullMesh(9, func() uint32 { return 10 }),
		fullMesh(9, func() uint32 { return 1 + random.Uint32N(1000) }),
	} {
		type pair struct{ i, j int }
		var pairs []pair
		for i := 2; i <= 9; i++ {
			for j := 1; j < i; j++ {
				pairs = append(pairs, pair{i, j})
			}
		}
		for _, p := range pairs {
			for _, q := range pairs {
				w := full.without(p.i, p.j).without(q.i, q.j)
				var dist [MaxID + 1][MaxID + 1]uint32
				for s := 1; s <= 9; s++ {
					dist[s] = w.relaxed(s)
				}
				checkShortest(t, w, func(s, d int) uint32 { return dist[s][d] })
			}
		}
	}
}

// suspicion is a failure that the records do not show yet.
type suspicion struct {
	forwarding
	bad  [MaxID + 1]link.Bitmap  // whom each controller holds Suspect
	told func(from, to int) bool // whether to knows that already of from
}

func (x *suspicion) breakLink(i, j int) {
	x.broken[i], x.broken[j] = x.broken[i].With(j), x.broken[j].With(i)
	x.bad[i], x.bad[j] = x.bad[i].With(j), x.bad[j].With(i)
}

// decide computes the routes of all controllers.
func (x *suspicion) decide(views [MaxID + 1]*graph) {
	for s := 1; s <= x.n; s++ {
		near := x.near(s)
		near.suspect = x.bad[s]
		near.up &^= x.bad[s]
		for n := 1; n <= x.n; n++ {
			if x.told(n, s) {
				near.bad[n] = x.bad[n]
			}
		}
		x.routes[s] = views[s].routes(near)
	}
}

func same(g *graph) (views [MaxID + 1]*graph) {
	for i := range views {
		views[i] = g
	}
	return views
}

// fates walks a packet between each two living controllers and counts what became of them. Only
// those are counted that a way exists for.
func (x *suspicion) fates() (counts [looped + 1]int) {
	for s := 1; s <= x.n; s++ {
		for d := 1; d <= x.n; d++ {
			if s != d && !x.dead.Has(s) && !x.dead.Has(d) {
				what, _ := x.walk(s, d)
				counts[what]++
			}
		}
	}
	return counts
}

// TestDeflectionNeverLoops proves that packets deflected round a silent link or controller never
// loop, whoever has heard of it already, and that with nine controllers of equal cost each one arrives
// once the ends of the link suspect it. With costs by distance it tells how many wait for Down.
func TestDeflectionNeverLoops(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 3))
	worlds := []func(n int) network{
		func(n int) network { return fullMesh(n, func() uint32 { return 10 }) },
		func(n int) network { return fullMesh(n, func() uint32 { return 10 + random.Uint32N(500) }) },
		func(n int) network { return plane(n, random) },
	}
	all := func(int, int) bool { return true }
	some := func(int, int) bool { return random.IntN(2) == 0 }
	for n := 3; n <= 9; n++ {
		var waits, walks int
		for round := range 80 {
			w := worlds[min(round, 1+round%2)](n)
			for i := 2; i <= n; i++ {
				for j := 1; j < i; j++ {
					for k, told := range []func(int, int) bool{all, some} {
						x := &suspicion{forwarding: forwarding{network: w}, told: told}
						x.breakLink(i, j)
						x.decide(same(w.graph()))
						counts := x.fates()
						if counts[looped]+counts[returned] > 0 {
							t.Fatalf("link %d–%d silent: %d looped, %d came back: %v", i, j, counts[looped], counts[returned], w.cost)
						}
						if k == 0 && round == 0 && counts[lost] > 0 {
							t.Errorf("%d controllers of equal cost, link %d–%d silent: %d not delivered", n, i, j, counts[lost])
						}
						if k == 0 && round > 0 && round%2 == 1 {
							waits += counts[lost]
							walks += counts[lost] + deflected(x, i, j)
						}
					}
				}
			}
			for dead := 1; dead <= n; dead++ {
				x := &suspicion{forwarding: forwarding{network: w}, told: some}
				x.dead = x.dead.With(dead)
				for i := 1; i <= n; i++ {
					if i != dead {
						x.breakLink(i, dead)
					}
				}
				x.decide(same(w.graph()))
				if counts := x.fates(); counts[looped]+counts[returned] > 0 {
					t.Fatalf("controller %d dead: %d looped, %d came back: %v", dead, counts[looped], counts[returned], w.cost)
				}
			}
		}
		t.Logf("%d controllers, costs by distance, one link silent: %.1f %% of the ways over it wait for Down", n, 100*float64(waits)/float64(max(walks, 1)))
	}
}

// deflected counts the ways that led over the link i–j and arrive all the same.
func deflected(x *suspicion, i, j int) (count int) {
	g := x.graph()
	for s := 1; s <= x.n; s++ {
		for d := 1; d <= x.n; d++ {
			if s == d || !over(append([]int{s}, g.path(s, d)...), i, j) {
				continue
			}
			if what, _ := x.walk(s, d); what == delivered {
				count++
			}
		}
	}
	return count
}

// over reports whether a path leads over the link i–j.
func over(path []int, i, j int) bool {
	for k := 1; k < len(path); k++ {
		if (path[k-1] == i && path[k] == j) || (path[k-1] == j && path[k] == i) {
			return true
		}
	}
	return false
}

// TestMixedViews proves that while the news that a link is Down spreads, in whatever order, packets of
// a full mesh do not loop: at worst one would go back where it came from and is dropped.
func TestMixedViews(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 5))
	var total [looped + 1]int
	for range 150 {
		n := 3 + random.IntN(7)
		w := fullMesh(n, func() uint32 { return 10 + random.Uint32N(500) })
		before := w.graph()
		for i := 2; i <= n; i++ {
			for j := 1; j < i; j++ {
				after := w.without(i, j)
				g := after.graph()
				x := &suspicion{forwarding: forwarding{network: w}, told: func(int, int) bool { return true }}
				x.breakLink(i, j)
				views := same(before)
				for s := 1; s <= n; s++ {
					if s == i || s == j || random.IntN(2) == 0 {
						views[s] = g
					}
				}
				x.decide(views)
				counts := x.fates()
				for what, count := range counts {
					total[what] += count
				}
				if counts[looped] > 0 {
					t.Errorf("link %d–%d Down, not all know: %d looped: %v", i, j, counts[looped], w.cost)
				}
			}
		}
	}
	t.Logf("delivered %d, lost %d, came back %d, looped %d", total[delivered], total[lost], total[returned], total[looped])
}

// TestDrainingIsNoTransit proves that nothing passes through a draining controller while there is
// another way, however long, and that it passes where there is none.
func TestDrainingIsNoTransit(t *testing.T) {
	w := network{n: 4}
	w.set(1, 2, 1)
	w.set(2, 3, 1)
	w.set(1, 4, 20000)
	w.set(4, 3, 20000)
	for _, c := range []struct {
		detour bool
		want   []int
	}{{true, []int{4, 3}}, {false, []int{2, 3}}} {
		var records table[Record]
		if !c.detour {
			w.set(4, 3, 0)
		}
		for i := 1; i <= 4; i++ {
			r := Record{Origin: i, Draining: i == 2}
			for j := 1; j <= 4; j++ {
				if w.cost[i][j] != 0 {
					r.Links = append(r.Links, LinkRecord{Peer: j, State: link.Up, Cost: w.cost[i][j]})
				}
			}
			records.put(r, time.Time{})
		}
		got := newGraph(&records).path(1, 3)
		if len(got) != 2 || got[0] != c.want[0] {
			t.Errorf("detour %v: path %v, want %v", c.detour, got, c.want)
		}
	}
}
