package engine

import (
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"vns3/engine/link"
	"vns3/status"
)

// peerLinks are the links of a session by ID. Readers never wait.
type peerLinks struct {
	current atomic.Pointer[[maxID + 1]*peerLink]
}

func (p *peerLinks) of(id int) *peerLink {
	all := p.current.Load()
	if all == nil || id < 1 || id > maxID {
		return nil
	}
	return all[id]
}

func (p *peerLinks) each(visit func(*peerLink)) {
	if all := p.current.Load(); all != nil {
		for _, l := range all {
			if l != nil {
				visit(l)
			}
		}
	}
}

// ids are those of all links.
func (p *peerLinks) ids() []int {
	var ids []int
	p.each(func(l *peerLink) { ids = append(ids, l.id) })
	return ids
}

func (p *peerLinks) set(id int, l *peerLink) {
	var all [maxID + 1]*peerLink
	if old := p.current.Load(); old != nil {
		all = *old
	}
	all[id] = l
	p.current.Store(&all)
}

func (p *peerLinks) closeAll() {
	p.each((*peerLink).close)
	p.current.Store(nil)
}

// listed is the ID of the row whose address it is now; 0: none.
func (p *peerLinks) listed(addr netip.Addr) int {
	id := 0
	p.each(func(l *peerLink) {
		if f := l.facts.Load(); id == 0 && (f.candidate == addr || slices.Contains(f.addrs, addr)) {
			id = l.id
		}
	})
	return id
}

// heardProbe notes that a row's controller has probed us: its packets reach us.
func (p *peerLinks) heardProbe(id int) {
	if l := p.of(id); l != nil {
		l.probedUs.Store(time.Now().UnixNano())
	}
}

// stateOf turns a link's state into what a row shows.
func stateOf(l *peerLink, s link.State) status.PeerState {
	if f := l.facts.Load(); s == link.Down && !f.candidate.IsValid() {
		return status.Unresolved
	}
	return status.PeerState(s.String())
}
