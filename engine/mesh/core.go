package mesh

import (
	"time"

	"vns3/engine/link"
)

const (
	// loneStart is how long a starting controller without a neighbour waits before it serves clients.
	loneStart = 5 * time.Second
	// refresh is how often the measured values in the own record may be renewed.
	refresh = 10 * time.Second
)

// Core is everything that one controller knows of the mesh and does about it. One goroutine owns it.
type Core struct {
	o       Options
	local   Local
	effects []Effect

	neighbors [MaxID + 1]*neighbor // by ID; nil: no link runs
	mtu       [MaxID + 1]int       // ceilings

	records table[Record]
	claims  table[Claim]
	adverts table[advert]
	packs   table[Pack]
	stores  [kinds]store

	incarnation uint64
	sequence    uint32
	refreshAt   time.Time
	lives       lives                // other processes with this ID, met in records
	shared      [MaxID + 1]time.Time // newest sign that two controllers use an ID

	graph    *graph
	routes   *Routes
	best     []BestRoute
	lastPath [MaxID + 1]time.Time // when a path to each controller was last known

	history  map[int]*history // of claims that moved lately
	holds    [MaxID + 1]int   // claims by holder
	requests map[int]*request // check-outs that wait for a grant
	number   uint32           // of the newest request
	granted  map[int]time.Time

	started time.Time
	synced  bool
	leaving bool // goodbye was said
	stopped bool // silent: another controller has this ID

	recordStale bool // the own record may have to change
	routesStale bool
	bestStale   bool
	told        link.Bitmap // Bad in the newest heartbeats
}

// New returns the core of a controller that knows nobody yet.
func New(o Options, now time.Time) *Core {
	if o.Wall == nil {
		o.Wall = func(now time.Time) time.Time { return now }
	}
	c := &Core{
		o:           o,
		incarnation: o.Incarnation,
		routes:      &Routes{},
		graph:       &graph{},
		history:     map[int]*history{},
		requests:    map[int]*request{},
		granted:     map[int]time.Time{},
		started:     now,
		refreshAt:   now.Add(refresh),
		recordStale: true,
	}
	c.stores = [kinds]store{&c.records, &c.claims, &c.adverts, &c.packs}
	c.finish(now)
	return c
}

// SetPeers says to which controllers links run: rows that have an address and are licensed. A link
// that ends says goodbye.
func (c *Core) SetPeers(ids []int, now time.Time) {
	if c.stopped {
		return
	}
	var wanted link.Bitmap
	for _, id := range ids {
		if validID(id) && id != c.o.Self {
			wanted = wanted.With(id)
		}
	}
	for id := 1; id <= MaxID; id++ {
		switch n := c.neighbors[id]; {
		case n != nil && !wanted.Has(id):
			own := c.own()
			own.Goodbye = true
			n.link.Beat(own, now)
			c.drain(n, now)
			c.neighbors[id] = nil
			c.recordStale, c.routesStale = true, true
		case n == nil && wanted.Has(id):
			c.neighbors[id] = &neighbor{id: id, link: c.newLink(id, now), notUp: now}
		}
	}
	c.runLinks(now)
	c.finish(now)
}

func (c *Core) newLink(peer int, now time.Time) *link.Machine {
	m := link.New(link.Options{
		Self:          c.o.Self,
		Peer:          peer,
		Config:        c.o.Health,
		Discriminator: c.o.Discriminator,
		Started:       c.o.Started,
		Rand:          c.o.Rand,
		Wall:          c.o.Wall,
	}, now)
	m.SetMTU(c.mtu[peer], now)
	return m
}

// SetLocal says what this controller tells the others of itself.
func (c *Core) SetLocal(l Local, now time.Time) {
	c.local = l.cut()
	c.advertise(now)
	c.recordStale = true
	c.finish(now)
}

// SetMTU sets the largest inner packet worth trying on the tunnel to a peer, and probes again; 0: do
// not probe.
func (c *Core) SetMTU(peer, ceiling int, now time.Time) {
	if !validID(peer) {
		return
	}
	c.mtu[peer] = ceiling
	if n := c.neighbors[peer]; n != nil {
		n.link.SetMTU(ceiling, now)
	}
}

// Session says when the newest WireGuard session with a peer was completed; zero: there is none. It may
// be told again and again. A session completed before Initiate was last asked for does not count, so at
// is best taken from the monotonic clock.
func (c *Core) Session(peer int, at, now time.Time) {
	if n := c.neighbor(peer); n != nil {
		n.link.Session(at, now)
		c.finish(now)
	}
}

// Refused says that the peer's initiations come and are refused, so its clock went back.
func (c *Core) Refused(peer int, now time.Time) {
	if n := c.neighbor(peer); n != nil {
		n.link.Refused(now)
		c.finish(now)
	}
}

// DataReceived says when the newest packet of any kind came from a peer.
func (c *Core) DataReceived(peer int, at time.Time) {
	if n := c.neighbor(peer); n != nil {
		n.link.Data(at)
	}
}

func (c *Core) neighbor(peer int) *neighbor {
	if !validID(peer) {
		return nil
	}
	return c.neighbors[peer]
}

// Goodbye tells all peers that this controller stops: they reroute at once. Its own routes stay as
// they are, for packets on their way through.
func (c *Core) Goodbye(now time.Time) {
	c.leaving = true
	c.beatAll(now)
	c.finish(now)
}

// Withdraw tells the mesh that nobody has this ID any longer, and says goodbye.
func (c *Core) Withdraw(now time.Time) {
	c.sequence++
	c.putOwn(Record{
		Origin: c.o.Self, Incarnation: c.incarnation, Sequence: c.sequence,
		Discriminator: c.o.Discriminator, Started: c.startedWall(), Withdrawn: true,
	}, now)
	c.sendRecords()
	c.Goodbye(now)
}

// Effects returns what has to be done since the last call, in order.
func (c *Core) Effects() []Effect {
	e := c.effects
	c.effects = nil
	return e
}

func (c *Core) do(e Effect) { c.effects = append(c.effects, e) }
