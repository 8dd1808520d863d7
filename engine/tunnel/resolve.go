package tunnel

import (
	"context"
	"net/netip"
	"time"
)

// Resolver turns the names of peers into addresses.
type Resolver struct{}

// NewResolver returns a resolver that asks the servers of /etc/resolv.conf (or /etc/hosts).
func NewResolver() *Resolver { return &Resolver{} }

// Resolve returns all IPv4 and IPv6 addresses of the name, IPv4 first; of an IP literal, itself.
func (r *Resolver) Resolve(ctx context.Context, name string) ([]netip.Addr, error) { return nil, nil }

// Lookup is the schedule of one peer's name and the choice among its addresses. It is pure: the owner
// resolves when it is due and tells the outcome.
type Lookup struct{}

// Due returns when the name is to be resolved: at once at first, every few seconds with backoff while
// the link is not up, once a minute while it is.
func (l *Lookup) Due(up bool) time.Time { return time.Time{} }

// Resolved tells the outcome of a lookup. On an error the last good addresses stay.
func (l *Lookup) Resolved(addrs []netip.Addr, err error, now time.Time) {}

// Candidate returns the address to try now.
func (l *Lookup) Candidate() (netip.Addr, bool) { return netip.Addr{}, false }

// Rotate goes on to the next address, because the current one does not answer.
func (l *Lookup) Rotate() {}
