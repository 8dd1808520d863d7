package mesh

import (
	"time"

	"vns3/engine/link"
)

// neighbor is a peer to which a link runs, what it is to be told, and how level with it we are.
type neighbor struct {
	id       int
	link     *link.Machine
	out      outbox
	levels   [kinds]level
	bad      link.Bitmap // of its newest heartbeat
	badSince [MaxID + 1]time.Time
	notUp    time.Time // since when our own link to it is not Up; zero: it is
}

// level is how level two controllers are in one kind of items.
type level struct {
	met     bool      // level once since the link came up
	differs time.Time // since when the roots differ, or since the last attempt to repair; zero: equal
}

// cameUp begins to compare anew.
func (n *neighbor) cameUp() { n.levels = [kinds]level{} }

// met reports whether the neighbour was once level with us in all kinds since the link came up.
func (n *neighbor) met() bool {
	for _, l := range n.levels {
		if !l.met {
			return false
		}
	}
	return true
}

// setBad notes whom the neighbour holds Suspect or Down and reports whether that changed.
func (n *neighbor) setBad(bad link.Bitmap, now time.Time) bool {
	if bad == n.bad {
		return false
	}
	for id := range n.badSince {
		switch {
		case !bad.Has(id):
			n.badSince[id] = time.Time{}
		case !n.bad.Has(id):
			n.badSince[id] = now
		}
	}
	n.bad = bad
	return true
}
