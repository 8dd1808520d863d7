package engine

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
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
	stopped atomic.Bool // this controller is the younger one, and silent: its devices look
	peers   map[int]*twins
}

// twins are two living controllers with one peer's ID.
type twins struct {
	since, until time.Time // the alarm
	told         bool      // the younger one spoke, so it was told to stop
	restored     time.Time // when the elder one was last given the session back
}

const (
	twinAlarmStands = 30 * time.Second // after the last sign of two
	twinTold        = time.Second      // how long the younger one is heard: only who is heard can be told to stop
)

// heard notes the alarm. The younger one took the session when it came; it is told to stop, and the
// elder one gets a new session at once. A younger one that goes on is shut out: while the alarm stands,
// the peer's bind takes only what comes from the elder.
func (t *twinAlarm) heard(e mesh.DuplicateID, l *peerLink) {
	if e.Stopped {
		t.stopped.Store(true)
		return
	}
	now := time.Now()
	pair := t.peers[e.ID]
	if pair == nil {
		pair = &twins{since: now}
		if t.peers == nil {
			t.peers = map[int]*twins{}
		}
		t.peers[e.ID] = pair
	}
	pair.until = now.Add(twinAlarmStands)
	if !e.ElderSpoke {
		pair.told = true
		return
	}
	if l == nil || !pair.told {
		return
	}
	if now.Sub(pair.restored) >= twinTold {
		pair.restored = now
		l.initiate()
	}
	if device := l.device.Load(); device != nil && now.Sub(pair.since) >= twinTold {
		device.SetOnlyEndpoint(device.Endpoint())
	}
}

// shared are the IDs for which the alarm stands, and lifts the restriction where it has ended.
func (t *twinAlarm) shared(now time.Time, links *peerLinks) []int {
	var ids []int
	for id, pair := range t.peers {
		if now.Before(pair.until) {
			ids = append(ids, id)
			continue
		}
		delete(t.peers, id)
		if l := links.of(id); l != nil {
			if device := l.device.Load(); device != nil {
				device.SetOnlyEndpoint(netip.AddrPort{})
			}
		}
	}
	return ids
}
