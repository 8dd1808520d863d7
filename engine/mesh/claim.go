package mesh

import (
	"net/netip"
	"time"
)

// ClaimBody is what the holder of a client server tells of it.
type ClaimBody struct {
	Endpoint           netip.AddrPort // where the holder sees it; zero: unknown
	HandshakeTimestamp [12]byte       // TAI64N of the newest initiation seen from it; never goes back
	Since              time.Time      // of the attachment; whole seconds
	LastHandshake      time.Time      // whole seconds; zero: none
	TxBytes, RxBytes   uint64         // of the attachment, as the holder counts
}

// Claim is the mesh-wide statement of who holds a client server. The highest counter wins, then the
// lowest holder, then the highest revision.
type Claim struct {
	Index    int    // of the clientpack
	Counter  uint32 // raised at each move
	Holder   int    // ID of the controller that made the claim
	Revision uint32 // raised when the holder tells something new
	Released bool   // the holder no longer holds it, and nobody else does yet
	ClaimBody
}

// ClaimVerdict is the result of Core.Claim.
type ClaimVerdict uint8

// The results of Core.Claim.
const (
	Claimed  ClaimVerdict = iota // held here: raised, updated, or already so
	TooSoon                      // another's higher claim is younger than 2 s, or ours than 1 s: ask again with the next packet
	Frozen                       // it moved five times in three minutes: its reachable holder keeps it for 60 s
	NotReady                     // this controller is not synced with the mesh yet
	Stopped                      // this controller has gone silent: goodbye said, or its ID shared
	BadIndex                     // no such clientpack
)
