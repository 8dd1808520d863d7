package fetch

import (
	"time"

	"vns3/keyset"
	"vns3/overlay"
)

// Bundle is what a source gives to a controller that proved the security token.
type Bundle struct {
	Keyset       *keyset.Keyset
	LicenseText  string
	Verifiers    []string           // public keys of those who may sign licenses
	Overlay      overlay.Parameters // in use
	Finalized    bool               // Overlay is set for good
	TopologyName string
	PeeringRows  map[int]string // the source's peering table, as peering.Row writes rows
	SourceID     int            // the source's own ID; 0: not set
	SourceName   string
	Version      string          // of the source's program
	Checksum     keyset.Checksum // the source's topology checksum

	// Token is the verifier of the token that was proved. It does not travel: the fetching side has it.
	Token keyset.TokenVerifier
}

var _ time.Time
