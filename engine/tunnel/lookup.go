package tunnel

import (
	"net/netip"
	"slices"
	"time"
)

const (
	resolveFirst = 2 * time.Second  // after a lookup while the link is not up, doubling to
	resolveMost  = 30 * time.Second // this
	resolveUp    = time.Minute      // while the link is up
)

// Lookup is the schedule of one peer's name and the choice among its addresses. It is pure: the owner
// resolves when it is due and tells the outcome. The zero Lookup is due at once.
type Lookup struct {
	addrs []netip.Addr
	at    int // of the candidate
	last  time.Time
	pause time.Duration
}

// Due returns when the name is to be resolved: at once at first, every few seconds with backoff while
// the link is not up, once a minute while it is.
func (l *Lookup) Due(up bool) time.Time {
	switch {
	case l.last.IsZero():
		return time.Time{}
	case up:
		l.pause = resolveFirst // a link that fails later asks soon
		return l.last.Add(resolveUp)
	}
	return l.last.Add(l.pause)
}

// Resolved tells the outcome of a lookup. On an error, or without addresses, the last good ones stay.
// The candidate stays as long as the name has it.
func (l *Lookup) Resolved(addrs []netip.Addr, err error, now time.Time) {
	l.last = now
	l.pause = min(max(2*l.pause, resolveFirst), resolveMost)
	if err != nil || len(addrs) == 0 || slices.Equal(addrs, l.addrs) {
		return
	}
	current, had := l.Candidate()
	l.addrs, l.at, l.pause = slices.Clone(addrs), 0, resolveFirst
	if i := slices.Index(addrs, current); had && i >= 0 {
		l.at = i
	}
}

// Candidate returns the address to try now; false: none is known.
func (l *Lookup) Candidate() (netip.Addr, bool) {
	if len(l.addrs) == 0 {
		return netip.Addr{}, false
	}
	return l.addrs[l.at], true
}

// Rotate goes on to the next address, because the current one does not answer.
func (l *Lookup) Rotate() {
	if len(l.addrs) > 0 {
		l.at = (l.at + 1) % len(l.addrs)
	}
}
