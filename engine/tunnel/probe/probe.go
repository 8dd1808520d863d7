// Package probe is the outer probe.
package probe

import (
	"net/netip"
	"time"
)

// Verdict says what an outer probe found.
type Verdict uint8

// The verdicts.
const (
	NoAnswer       Verdict = iota // nothing came back
	PortClosed                    // ICMP: nobody listens on that port
	Unreachable                   // ICMP: no way there
	OtherKeyset                   // a controller with another keyset
	OtherVersion                  // a controller that speaks another version of the probe
	Myself                        // the address leads back to this process
	WrongID                       // it has another ID than the row says
	NotPeeredThere                // its table has no row for this controller
	ClockSkew                     // peered, but the clocks differ
	OK
)

// Message is a probe or its answer.
type Message struct{ ID int }

// Report is what a probe found.
type Report struct {
	Verdict       Verdict
	ID            int            // the answering controller's ID, if it proved the keyset
	RTT           time.Duration  // of the answered probe
	Skew          time.Duration  // its clock minus ours
	Observed      netip.AddrPort // where it sees us
	ChecksumEqual bool
}
