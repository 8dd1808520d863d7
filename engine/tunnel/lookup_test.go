package tunnel

import (
	"errors"
	"net/netip"
	"testing"
	"time"
)

func addrs(texts ...string) []netip.Addr {
	var all []netip.Addr
	for _, text := range texts {
		all = append(all, netip.MustParseAddr(text))
	}
	return all
}

// A name is due at once, then every few seconds with backoff, once a minute while the link is up, and
// soon again when it was up.
func TestLookupSchedule(t *testing.T) {
	var l Lookup
	now := time.Unix(1000, 0)
	if due := l.Due(false); due.After(now) {
		t.Errorf("first due at %v", due)
	}
	failure := errors.New("no answer")
	for i, want := range []time.Duration{2, 4, 8, 16, 30, 30} {
		l.Resolved(nil, failure, now)
		if got := l.Due(false).Sub(now); got != want*time.Second {
			t.Errorf("failure %d: due after %v, want %d s", i+1, got, want)
		}
	}
	l.Resolved(addrs("10.0.0.1"), nil, now)
	if got := l.Due(true).Sub(now); got != time.Minute {
		t.Errorf("up: due after %v", got)
	}
	if got := l.Due(false).Sub(now); got != 2*time.Second {
		t.Errorf("down again: due after %v", got)
	}
}

// All addresses are tried in turn; the last good ones outlive an error; a changed answer keeps the
// candidate that it still has.
func TestCandidates(t *testing.T) {
	var l Lookup
	now := time.Unix(1000, 0)
	candidate := func(want string) {
		t.Helper()
		if got, ok := l.Candidate(); !ok || got.String() != want {
			t.Errorf("candidate %v, want %s", got, want)
		}
	}
	l.Rotate()
	if got, ok := l.Candidate(); ok {
		t.Errorf("a candidate from nowhere: %v", got)
	}
	l.Resolved(addrs("10.0.0.1", "10.0.0.2", "fd00::1"), nil, now)
	for _, want := range []string{"10.0.0.1", "10.0.0.2", "fd00::1", "10.0.0.1", "10.0.0.2"} {
		candidate(want)
		l.Rotate()
	}
	candidate("fd00::1")
	l.Resolved(nil, errors.New("no answer"), now)
	candidate("fd00::1")
	l.Resolved(addrs("10.0.0.9", "fd00::1"), nil, now)
	candidate("fd00::1")
	l.Resolved(addrs("10.0.0.7"), nil, now)
	candidate("10.0.0.7")
}
