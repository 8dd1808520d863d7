package mesh

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
	"unicode/utf8"

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

// cut returns l within the limits.
func (l Local) cut() Local {
	l.Name, l.Version, l.TopologyName = cutText(l.Name, MaxText), cutText(l.Version, MaxText), cutText(l.TopologyName, MaxText)
	l.ClientEndpoint = cutText(l.ClientEndpoint, MaxAddress)
	l.Addresses = slices.Clone(l.Addresses[:min(len(l.Addresses), MaxAddresses)])
	for i, a := range l.Addresses {
		l.Addresses[i] = cutText(a, MaxAddress)
	}
	l.Routes = slices.Clone(l.Routes)
	return l
}

// cutText cuts a text to at most n bytes, at the end of a character.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
