package mesh

import (
	"time"

	"vns3/engine/link"
)

// View is what a snapshot needs beside claims and packs. It is a copy.
type View struct {
	Self        int
	Incarnation uint64
	Synced      bool // clients may be served; see Core.Synced
	Stopped     bool
	Links       []LinkView       // this controller's own, by ID
	Directions  []Direction      // of each link that any record lists
	Controllers []ControllerView // that the mesh knows, this one included, by ID
	Routes      *Routes
	ClockOffset time.Duration // median of the peers' clocks minus ours
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
	Record    Record
	LastHeard time.Time // when news of it last came; zero: this controller itself
	Reachable bool      // a path to it exists
	Clients   int       // claims it holds
}
