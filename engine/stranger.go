package engine

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"
	"time"

	"vns3/engine/mesh"
	"vns3/engine/tunnel/probe"
)

// strangerKept is how long a controller that wants to peer is shown after its last probe.
const strangerKept = 30 * time.Second

// strangers are controllers that proved the keyset and have no row here: they want to peer.
type strangers struct {
	changed func()

	mu    sync.Mutex
	known map[int]stranger
}

type stranger struct {
	id   int
	from netip.AddrPort
	at   time.Time
}

// seen notes a stranger's probe.
func (s *strangers) seen(m probe.Message, from netip.AddrPort) {
	s.mu.Lock()
	if s.known == nil {
		s.known = map[int]stranger{}
	}
	old, known := s.known[m.ID]
	s.known[m.ID] = stranger{m.ID, from, time.Now()}
	s.mu.Unlock()
	if !known || old.from.Addr() != from.Addr() {
		s.changed()
	}
}

// list returns those that were there a moment ago, by ID.
func (s *strangers) list(now time.Time) []stranger {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []stranger
	for id, one := range s.known {
		if now.Sub(one.at) > strangerKept {
			delete(s.known, id)
			continue
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b stranger) int { return cmp.Compare(a.id, b.id) })
	return all
}

// twinAlarm knows which IDs are shared by two living controllers. The loop owns it.
type twinAlarm struct {
	stopped bool              // this controller is the younger one, and silent
	since   map[int]time.Time // of peers' IDs: when the alarm began
	until   map[int]time.Time // and how long it stands
}

// twinAlarmStands is how long after the last sign of two controllers the alarm goes on.
const twinAlarmStands = 30 * time.Second

// twinTold is how long the younger one is heard after the alarm began: only who is heard can be told to
// stop.
const twinTold = time.Second

// heard notes the alarm. A younger one that goes on although it was told is shut out: while the alarm
// stands, the peer's bind takes only what comes from the elder.
func (t *twinAlarm) heard(e mesh.DuplicateID, l *peerLink) {
	if e.Stopped {
		t.stopped = true
		return
	}
	if t.until == nil {
		t.since, t.until = map[int]time.Time{}, map[int]time.Time{}
	}
	now := time.Now()
	if _, known := t.until[e.ID]; !known {
		t.since[e.ID] = now
	}
	t.until[e.ID] = now.Add(twinAlarmStands)
	if l == nil || !e.ElderSpoke || now.Sub(t.since[e.ID]) < twinTold {
		return
	}
	if device := l.device.Load(); device != nil {
		device.SetOnlyEndpoint(device.Endpoint())
	}
}

// shared are the IDs for which the alarm stands, and lifts the restriction where it has ended.
func (t *twinAlarm) shared(now time.Time, links *peerLinks) []int {
	var ids []int
	for id, until := range t.until {
		if now.Before(until) {
			ids = append(ids, id)
			continue
		}
		delete(t.until, id)
		if l := links.of(id); l != nil {
			if device := l.device.Load(); device != nil {
				device.SetOnlyEndpoint(netip.AddrPort{})
			}
		}
	}
	slices.SortFunc(ids, cmp.Compare[int])
	return ids
}
