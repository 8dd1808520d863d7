package lab

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"vns3/status"
)

// Status is the newest snapshot.
func (m *Machine) Status() *status.Snapshot { return m.backend.Snapshot() }

// Until waits for a snapshot of which the condition holds, and returns it.
func (m *Machine) Until(within time.Duration, what string, holds func(*status.Snapshot) bool) *status.Snapshot {
	m.t.Helper()
	s, ok := m.Sees(within, holds)
	if !ok {
		m.t.Fatalf("machine %d: not within %v: %s\n%s", m.ID, within, what, Describe(s))
	}
	return s
}

// Stays watches for a while that the condition holds in every snapshot.
func (m *Machine) Stays(during time.Duration, what string, holds func(*status.Snapshot) bool) {
	m.t.Helper()
	if s, broken := m.Sees(during, func(s *status.Snapshot) bool { return !holds(s) }); broken {
		m.t.Errorf("machine %d: no longer true within %v: %s\n%s", m.ID, during, what, Describe(s))
	}
}

// Watch shows every snapshot of a while.
func (m *Machine) Watch(during time.Duration, see func(*status.Snapshot)) {
	m.Sees(during, func(s *status.Snapshot) bool { see(s); return false })
}

// Sees returns the first snapshot of which the condition holds, or the newest one and false.
func (m *Machine) Sees(within time.Duration, holds func(*status.Snapshot) bool) (*status.Snapshot, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	s := m.backend.Snapshot()
	for s == nil || !holds(s) {
		next, err := m.backend.Wait(ctx, s)
		if ctx.Err() != nil {
			return m.backend.Snapshot(), false
		}
		if err == nil {
			s = next
		}
	}
	return s, true
}

// AllUp holds where so many links are up.
func AllUp(links int) func(*status.Snapshot) bool {
	return func(s *status.Snapshot) bool {
		up := 0
		for _, p := range s.Peers {
			if !p.Self && p.State == status.Up {
				up++
			}
		}
		return up == links
	}
}

// Calm holds where every row's link is up and carries its own traffic, and nothing is warned of, except
// of a clock that jumped, which is told for minutes.
func Calm(s *status.Snapshot) bool {
	for _, p := range s.Peers {
		if !p.Self && p.Address != "" && (p.State != status.Up || len(p.Path) != 2) {
			return false
		}
	}
	return !slices.ContainsFunc(s.Warnings, func(w status.Warning) bool { return w.Code != string(status.ClockJumped) })
}

// Peer is the row with the ID.
func Peer(s *status.Snapshot, id int) status.Peer {
	for _, p := range s.Peers {
		if p.ID == id {
			return p
		}
	}
	return status.Peer{}
}

// Warning is the warning with the code about a peer (0: about no peer), if there is one.
func Warning(s *status.Snapshot, code status.Code, peer int) (status.Warning, bool) {
	for _, w := range s.Warnings {
		if w.Code == string(code) && w.Peer == peer {
			return w, true
		}
	}
	return status.Warning{}, false
}

// Describe is a snapshot in few lines, for failures.
func Describe(s *status.Snapshot) string {
	if s == nil {
		return "no snapshot"
	}
	var b strings.Builder
	for _, p := range s.Peers {
		if p.State != status.NotSet && !p.Self {
			fmt.Fprintf(&b, "#%d %s %s, path %v, mtu %d, loss %.2f, reason %q\n", p.ID, p.Address, p.State, p.Path, p.MTU, p.Loss, p.Reason)
		}
	}
	for _, w := range s.Warnings {
		fmt.Fprintf(&b, "%s %s #%d: %s: %s\n", w.Severity, w.Code, w.Peer, w.Text, w.Remedy)
	}
	return b.String()
}
