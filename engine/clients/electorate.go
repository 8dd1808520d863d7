package clients

import (
	"time"

	"vns3/engine/link"
	"vns3/engine/mesh"
	"vns3/overlay"
)

const (
	// confirmed is how long all must hold a controller Suspect or Down before it is lost.
	confirmed = 100 * time.Millisecond
	// standing is how long a view must have stood to be the electorate.
	standing = 10 * time.Second
	// The other exact half waits so long, and for a client that still speaks to it in its own session
	// stillAfter or more after the loss; without a client of its own it waits longer.
	halfWaits  = 3 * time.Second
	stillAfter = 2 * time.Second
	loneWaits  = 10 * time.Second
	// lateClock: an initiation from a clock so far behind may be refused by the client.
	lateClock = time.Second
	// undecidedFor is how long after the first doubt a controller is looked at more often.
	undecidedFor = 2 * time.Second
	// blind: a controller that did not look for so long judges nobody by what it held before.
	blind = 150 * time.Millisecond
)

// Sight is what a controller sees of the others at one instant.
type Sight struct {
	Present  link.Bitmap // a path leads there; this controller included
	Known    link.Bitmap // has a record that was not withdrawn
	Up       link.Bitmap // direct links that are Up
	Down     link.Bitmap // no direct link that is Up or Suspect
	Draining link.Bitmap
	Late     link.Bitmap // clock behind the others'
	// Bad is whom each Up neighbour holds Suspect or Down since at least confirmed.
	Bad [overlay.MaxControllers + 1]link.Bitmap
}

// SightOf reads what the mesh knows.
func SightOf(v mesh.View, now time.Time) Sight {
	s := Sight{Present: link.Bitmap(0).With(v.Self), Known: link.Bitmap(0).With(v.Self)}
	for _, c := range v.Controllers {
		id := c.Origin
		s.Known = s.Known.With(id)
		if c.Reachable {
			s.Present = s.Present.With(id)
		}
		if c.Draining {
			s.Draining = s.Draining.With(id)
		}
		if c.ClockBehind > lateClock {
			s.Late = s.Late.With(id)
		}
		s.Down = s.Down.With(id)
	}
	for _, l := range v.Links {
		if l.State.Usable() {
			s.Down = s.Down.Without(l.Peer)
		}
		if l.State != link.Up {
			continue
		}
		s.Up = s.Up.With(l.Peer)
		for id, since := range l.BadSince {
			if !since.IsZero() && now.Sub(since) >= confirmed {
				s.Bad[l.Peer] = s.Bad[l.Peer].With(id)
			}
		}
	}
	return s
}

// Electorate judges who is lost and who may take over for them.
type Electorate struct {
	self int

	sight  Sight
	looked time.Time
	bad    [overlay.MaxControllers + 1]time.Time // since when this controller holds each one bad

	view   link.Bitmap // who is there and not lost
	since  time.Time   // since when
	stable link.Bitmap // the last view that stood
	stood  bool        // there was one
	losses [overlay.MaxControllers + 1]*loss
}

// loss is a controller that is lost.
type loss struct {
	at    time.Time
	of    link.Bitmap  // the electorate that it belonged to
	taken map[int]bool // clients that this controller took, once each
	by    bool         // an operator told this controller to take over
	lives bool         // clients speak in sessions of its side: it is this side that is cut off
}

// See takes a new sight.
func (e *Electorate) See(s Sight, now time.Time) {
	seeing := now.Sub(e.looked) < blind
	e.sight, e.looked = s, now
	for id := 1; id <= overlay.MaxControllers; id++ {
		switch {
		case id == e.self || s.Up.Has(id):
			e.bad[id] = time.Time{}
		case e.bad[id].IsZero() || !seeing:
			e.bad[id] = now
		}
	}
	if !e.stood { // until a first view stood, everybody who is known counts
		e.stable = s.Known
	}
	view := s.Present
	for id := 1; id <= overlay.MaxControllers; id++ {
		switch lost := e.isLost(id, now); {
		case !lost && s.Present.Has(id):
			e.losses[id] = nil
		case lost && e.losses[id] == nil && e.stable.Has(id):
			e.losses[id] = &loss{at: now, of: e.stable, taken: map[int]bool{}}
		}
		if e.losses[id] != nil {
			view = view.Without(id)
		}
	}
	if view != e.view {
		e.view, e.since = view, now
	}
	if now.Sub(e.since) >= standing {
		e.stable, e.stood = e.view, true
	}
}

// undecided reports whether a controller may be found lost any moment.
func (e *Electorate) undecided(now time.Time) bool {
	for _, since := range e.bad {
		if !since.IsZero() && now.Sub(since) < undecidedFor {
			return true
		}
	}
	return false
}

// isLost reports whether a controller is lost. With two controllers, nobody else can confirm it: the
// link must be Down.
func (e *Electorate) isLost(id int, now time.Time) bool {
	s := e.sight
	held := func() bool { return !e.bad[id].IsZero() && now.Sub(e.bad[id]) >= confirmed }
	switch {
	case id == e.self || !s.Known.Has(id) || s.Up.Has(id):
		return false
	case count(e.stable) <= 2:
		return s.Down.Has(id) && !s.Present.Has(id)
	case s.Up == 0 || !held():
		return false
	}
	for neighbour := range s.Up.All() {
		if !s.Bad[neighbour].Has(id) {
			return false
		}
	}
	return true
}

// Right is what this controller may do about a loss.
type Right uint8

// The rights.
const (
	Never Right = iota // its side is a minority
	Later              // its side is the other half: it waits
	Now
)

// right reports whether this side may take over the clients of a lost controller. answered is when one
// of this controller's own clients last spoke in its own session, zero if it has none.
func (e *Electorate) right(l *loss, answered time.Time, own bool, now time.Time) Right {
	side, all := count(e.view&l.of), count(l.of)
	after := now.Sub(l.at)
	switch {
	case l.by || 2*side > all:
		return Now
	case 2*side < all:
		return Never
	case e.view.Has(lowest(l.of)):
		return Now
	case own && after >= halfWaits && answered.Sub(l.at) >= stillAfter:
		return Now
	case !own && !l.lives && after >= loneWaits:
		return Now
	default:
		return Later
	}
}

// refute notes that somebody beyond a cut serves clients.
func (e *Electorate) refute() {
	for _, l := range e.losses {
		if l != nil {
			l.lives = true
		}
	}
}

// Survivors are who may take a client over: those of this side that do not drain.
func (e *Electorate) Survivors() link.Bitmap { return e.view &^ e.sight.Draining }

// Late are those whose initiations a client may refuse.
func (e *Electorate) Late() link.Bitmap { return e.sight.Late }

// Partitioned reports whether a controller is lost or unreachable.
func (e *Electorate) Partitioned() bool { return e.view != e.sight.Known }

func count(b link.Bitmap) (n int) {
	for range b.All() {
		n++
	}
	return n
}

func lowest(b link.Bitmap) int {
	for id := range b.All() {
		return id
	}
	return 0
}
