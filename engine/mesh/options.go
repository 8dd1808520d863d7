package mesh

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"vns3/engine/link"
)

// MaxID is the highest controller ID.
const MaxID = 9

// Options are what a Core is made with.
type Options struct {
	Self          int       // own ID, 1…MaxID
	Incarnation   uint64    // persistent, raised by one at each start; see Adopted
	Discriminator uint64    // random, drawn once per process, not 0
	Started       time.Time // of the process
	Health        link.Config
	Rand          *rand.Rand // for times that must differ between two ends; nothing secret
	// Wall returns the wall clock at now. Nil: now's own. A simulation has clocks that jump.
	Wall func(now time.Time) time.Time
}

// Advertisement is a route that a controller offers to the mesh. IPv4 only, as the overlay is.
type Advertisement struct {
	Prefix netip.Prefix
	Metric uint32 // lower wins; ties: path cost, then lowest ID
}

// Local is what this controller tells the others of itself. Texts beyond their limit are cut.
type Local struct {
	Name                string
	Version             string
	TopologyName        string
	Checksum            [20]byte // topology checksum
	Addresses           []string // at most MaxAddresses
	ClientEndpoint      string   // HOST:PORT that clientpacks name; empty: unknown
	Draining            bool
	LicensedControllers int // shares of clientpacks: index mod this
	Routes              []Advertisement
}

// The limits of a record: with them it always fits one datagram.
const (
	MaxText      = 64 // bytes of a name, version, topology name
	MaxAddresses = 6
	MaxAddress   = 80 // bytes of an address or endpoint
)
