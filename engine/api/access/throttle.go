package access

import (
	"net/netip"
	"time"
)

// Limits of password guessing, per address (IPv6: per /64).
const (
	freeFailures = 5                // no wait after these
	firstWait    = time.Second      // after one more, doubling
	maxWait      = time.Minute      //
	forgetAfter  = 15 * time.Minute // without another failure
	maxAddresses = 4096             // in the table; the one quiet for longest makes room
)

// throttle slows guessing down. It is pure: the caller locks and tells the time.
//
// An attempt counts as a failure from the moment it is reserved; only success takes it back. So any
// number of parallel attempts gets no more guesses than the same number one after the other.
type throttle struct {
	entries map[netip.Prefix]*attempts
}

type attempts struct {
	failures int
	last     time.Time
	open     time.Time // no attempt is taken before
}

// reserve takes an attempt: the number of failures that it makes if it fails, or how long to wait.
func (t *throttle) reserve(from netip.Addr, now time.Time) (failures int, wait time.Duration) {
	key := Origin(from)
	e := t.entries[key]
	if e == nil || now.Sub(e.last) >= forgetAfter {
		t.makeRoom(now)
		e = &attempts{}
		t.entries[key] = e
	}
	if wait := e.open.Sub(now); wait > 0 {
		return e.failures, wait
	}
	e.failures++
	e.last = now
	e.open = now.Add(waitAfter(e.failures))
	return e.failures, 0
}

// succeeded forgets the failures of an address.
func (t *throttle) succeeded(from netip.Addr) { delete(t.entries, Origin(from)) }

func waitAfter(failures int) time.Duration {
	over := failures - freeFailures
	if over <= 0 {
		return 0
	}
	if over > 10 {
		return maxWait
	}
	return min(firstWait<<(over-1), maxWait)
}

// makeRoom keeps the table below its bound.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.entries) < maxAddresses {
		return
	}
	var oldest netip.Prefix
	last := now.Add(time.Hour)
	for key, e := range t.entries {
		if e.last.Before(last) {
			oldest, last = key, e.last
		}
	}
	delete(t.entries, oldest)
}

// Origin is the network that counts as one caller: the address, or the /64 of an IPv6 address. The zero
// address is this machine.
func Origin(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}
