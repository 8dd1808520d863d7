package mesh

import (
	"time"

	"vns3/engine/link"
)

// Record is what a controller tells the mesh of itself.
type Record struct {
	Origin              int
	Incarnation         uint64
	Sequence            uint32
	Discriminator       uint64
	Started             time.Time // of its process, by its wall clock; whole milliseconds
	Withdrawn           bool      // it has another ID now
	Draining            bool
	LicensedControllers int
	ClockBehind         time.Duration // median of its peers' clocks minus its own
	Checksum            [20]byte
	Name                string
	Version             string
	TopologyName        string
	ClientEndpoint      string
	Addresses           []string
	Links               []LinkRecord // by ID
}

// LinkRecord is one end of a link as its record tells it.
type LinkRecord struct {
	Peer  int
	State link.State // Suspect is never announced: it is Up here
	Held  bool       // it came back a moment ago and is used only where there is no other way
	Cost  uint32     // held included
	RTT   time.Duration
	Loss  float64 // 0…1, towards the record's origin
}
