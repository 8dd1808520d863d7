package mesh

import (
	"bytes"
	"fmt"
	"time"

	"vns3/engine/link"
)

// spreading says how an item that is new here goes on.
type spreading struct {
	from   int // neighbour that sent it; 0: made here
	origin int // controller that made it and tells all its neighbours itself; 0: pass it on to all
}

// spread puts an item into the outboxes of the neighbours that may not have it.
func (c *Core) spread(r ref, s spreading, now time.Time) {
	for _, n := range c.neighbors {
		if n == nil || n.id == s.from || !n.link.State().Usable() || c.toldBy(s.origin, n.id) {
			continue
		}
		n.out.add(r, now)
	}
}

// toldBy reports whether the origin of an item tells a neighbour of ours itself: it lists an Up link
// to it and does not hold it Suspect.
func (c *Core) toldBy(origin, id int) bool {
	if origin == 0 || origin == c.o.Self {
		return false
	}
	if origin == id {
		return true
	}
	r, ok := c.records.get(uint64(origin))
	if n := c.neighbors[origin]; n != nil && n.bad.Has(id) {
		return false
	}
	return ok && r.lists(id)
}

// take merges an item that came from a neighbour, and passes it on.
func (c *Core) take(kind Kind, body []byte, n *neighbor, now time.Time) error {
	switch kind {
	case Records:
		return takeItem(c, &c.records, body, decodeRecord, n, now)
	case Claims:
		return takeItem(c, &c.claims, body, decodeClaim, n, now)
	case Adverts:
		return takeItem(c, &c.adverts, body, decodeAdvert, n, now)
	case Packs:
		return takeItem(c, &c.packs, body, decodePack, n, now)
	}
	return fmt.Errorf("item of kind %d: %w", kind, ErrValue)
}

// member is an item as the core keeps it.
type member[V any] interface {
	item[V]
	// kind returns the kind of the item.
	kind() Kind
	// teller returns who made the item and tells all its neighbours itself; 0: nobody surely does.
	teller() int
	// arrived tells the core what the item replaced, if had.
	arrived(c *Core, old V, had bool, now time.Time)
}

func (Record) kind() Kind { return Records }
func (Claim) kind() Kind  { return Claims }
func (advert) kind() Kind { return Adverts }
func (Pack) kind() Kind   { return Packs }

func (Record) teller() int   { return 0 }
func (c Claim) teller() int  { return c.Holder }
func (a advert) teller() int { return a.origin }
func (Pack) teller() int     { return 0 }

// takeItem decodes and merges one item. Only the canonical encoding is taken: all controllers have to
// hash the same bytes.
func takeItem[V member[V]](c *Core, t *table[V], body []byte, decode func([]byte) (V, error), n *neighbor, now time.Time) error {
	v, err := decode(body)
	if err != nil {
		return fmt.Errorf("from controller %d: %w", n.id, err)
	}
	if t.scratch = v.append(t.scratch[:0]); !bytes.Equal(t.scratch, body) {
		return fmt.Errorf("from controller %d: item of kind %v is not encoded as it should be: %w", n.id, v.kind(), ErrValue)
	}
	old, had := t.get(v.key())
	result := t.take(v, now)
	r := ref{v.kind(), v.key()}
	if result.behind {
		n.out.add(r, now)
	}
	if result.changed {
		stored, _ := t.get(v.key())
		c.spread(r, spreading{from: n.id, origin: stored.teller()}, now)
		stored.arrived(c, old, had, now)
	}
	return nil
}

func (r Record) arrived(c *Core, _ Record, _ bool, now time.Time) {
	c.routesStale = true
	if r.Origin == c.o.Self {
		c.meetOwn(r, now)
	} else if r.Shared {
		c.alarmShared(r.Origin, now)
	}
}

func (p Pack) arrived(c *Core, _ Pack, _ bool, _ time.Time) { c.do(PackChanged{p.Index}) }

func (a advert) arrived(c *Core, _ advert, _ bool, now time.Time) {
	c.bestStale = true
	if a.origin == c.o.Self {
		c.advertise(now)
	}
}

// greet tells a neighbour whose link came up all records.
func (c *Core) greet(n *neighbor) {
	for r := range c.records.all() {
		n.out.records = n.out.records.With(r.Origin)
	}
}

// sendRecords sends the records that wait, at once.
func (c *Core) sendRecords() {
	for _, n := range c.neighbors {
		if n != nil && n.out.records != 0 {
			c.sendAll(n, n.out.takeRecords(&c.records), true)
		}
	}
}

// sendBulk sends the items that are due.
func (c *Core) sendBulk(now time.Time) {
	for _, n := range c.neighbors {
		if n != nil {
			c.sendAll(n, n.out.takeBulk(&c.stores, now), false)
		}
	}
}

func (c *Core) sendAll(n *neighbor, packets [][]byte, urgent bool) {
	for _, p := range packets {
		c.do(Send{n.id, p, urgent})
	}
}

// usable returns the peers whose links are Up or Suspect, and those that are Up.
func (c *Core) usable() (usable, up link.Bitmap) {
	for id, n := range c.neighbors {
		if n == nil || !n.link.State().Usable() {
			continue
		}
		usable = usable.With(id)
		if n.link.State() == link.Up {
			up = up.With(id)
		}
	}
	return usable, up
}
