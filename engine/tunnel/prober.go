package tunnel

import (
	"context"
	"net/netip"
	"time"

	"vns3/engine/tunnel/probe"
)

// ProberOptions say who probes and answers.
type ProberOptions struct {
	Self          int                                 // ID; 0: not set yet
	Discriminator uint64                              // of this process
	Key           [32]byte                            // derived from the keyset
	Checksum      [20]byte                            // the topology checksum
	Listed        func(netip.Addr) int                // ID of the row whose address it is now; 0: none
	Stranger      func(probe.Message, netip.AddrPort) // a controller with our keyset that has no row here; may be nil
	Now           func() time.Time
}

// Prober sends outer probes and answers those of others. All links of an engine share one.
type Prober struct{}

// NewProber returns a prober.
func NewProber(o ProberOptions) *Prober { return &Prober{} }

// Probe asks the controller behind the address for its identity, from a socket of its own. It returns
// at the first answer or ICMP error, else with NoAnswer when ctx ends; it asks again every 300 ms.
func (p *Prober) Probe(ctx context.Context, to netip.AddrPort, expected int) probe.Report {
	return probe.Report{}
}

// OpenResponder answers probes on a UDP port on which no link runs. Without it a controller that lists
// us, but that we do not list, would look like a closed port.
func (p *Prober) OpenResponder(listen netip.Addr, port uint16) (*Responder, error) { return nil, nil }

// Responder answers outer probes on one port.
type Responder struct{}

// Close frees the port.
func (r *Responder) Close() {}
