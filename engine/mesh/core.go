package mesh

import (
	"fmt"
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
	lives       lives // other processes with this ID, met in records

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
			c.neighbors[id] = &neighbor{id: id, link: c.newLink(id, now)}
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

// Receive takes the payload of a control packet that came through the tunnel of a peer. An error is
// worth counting, nothing else: the core is as before.
func (c *Core) Receive(peer int, packet []byte, now time.Time) error {
	if c.stopped {
		return nil
	}
	if !validID(peer) || c.neighbors[peer] == nil {
		return fmt.Errorf("packet from controller %d: %w", peer, ErrNoPeer)
	}
	n := c.neighbors[peer]
	err := c.dispatch(n, packet, now)
	c.finish(now)
	return err
}

func (c *Core) dispatch(n *neighbor, packet []byte, now time.Time) error {
	switch {
	case len(packet) < 2:
		return fmt.Errorf("packet of %d bytes: %w", len(packet), ErrShort)
	case packet[0] < link.FirstForeignType:
		return c.receiveLink(n, packet, now)
	case packet[1] != version:
		return fmt.Errorf("version %d: %w", packet[1], ErrVersion)
	}
	r := &reader{b: packet[2:]}
	switch packet[0] {
	case typeItems:
		return eachItem(r, func(kind Kind, body []byte) error { return c.take(kind, body, n, now) })
	case typeHashes:
		h, err := decodeHashes(r)
		if err == nil {
			c.compare(n, &h, now)
		}
		return err
	case typeWant:
		w, err := decodeWant(r)
		if err == nil {
			c.supply(n, w, now)
		}
		return err
	case typeDone:
		k := Kind(r.u8())
		if err := checkKind(r, k); err != nil {
			return err
		}
		n.levels[k].met = true
		return nil
	case typeGrantRequest, typeGrantAnswer:
		g, err := decodeGrant(r)
		if err == nil {
			c.takeGrant(n, packet[0], g, now)
		}
		return err
	}
	return fmt.Errorf("type %d: %w", packet[0], ErrType)
}

// receiveLink takes a packet of the link and what a heartbeat says for the mesh.
func (c *Core) receiveLink(n *neighbor, packet []byte, now time.Time) error {
	before := n.link.Heard().Sequence
	if err := n.link.Receive(packet, now); err != nil {
		return fmt.Errorf("from controller %d: %w", n.id, err)
	}
	c.drain(n, now)
	if c.neighbors[n.id] != n || n.link.Heard().Sequence == before {
		return nil
	}
	if n.setBad(n.link.Heard().Bad, now) {
		c.routesStale = true
	}
	c.compareRoots(n, now)
	return nil
}

// Session says when the newest WireGuard session with a peer was completed; zero: there is none.
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

// Effects returns what has to be done since the last call, in order.
func (c *Core) Effects() []Effect {
	e := c.effects
	c.effects = nil
	return e
}

func (c *Core) do(e Effect) { c.effects = append(c.effects, e) }

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
	case e.To.Usable() && !e.From.Usable():
		n.cameUp()
		c.greet(n)
	case e.From.Usable() && !e.To.Usable():
		n.out.clear()
	}
	if code, ok := linkEvents[e.To]; ok && !(e.To == link.Down && e.From == link.Init) {
		text := fmt.Sprintf("link to controller %d is %v", n.id, e.To)
		if why := e.Reason.Text(); why != "" {
			text += ": " + why
		}
		c.do(Event{code, n.id, text})
	}
}

// linkEvents are the states whose beginning is an event.
var linkEvents = map[link.State]EventCode{
	link.Up:      LinkUp,
	link.Suspect: LinkSuspect,
	link.Init:    LinkOneWay,
	link.Down:    LinkDown,
}
