package engine

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"
)

// sightings are the addresses at which each peer sees this controller.
type sightings struct {
	mu   sync.Mutex
	byID map[int]netip.Addr
	best netip.Addr
}

// note keeps what a peer said, and reports whether it changed the address that stands.
func (s *sightings) note(peer int, addr netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[int]netip.Addr{}
	}
	s.byID[peer] = addr.Unmap()
	before := s.best
	s.best = elect(s.byID)
	return s.best != before
}

// address is the one that stands; the zero Addr: nobody saw this controller yet.
func (s *sightings) address() netip.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.best
}

// elect is the address that most peers see: a public one before private ones, then the lowest.
func elect(byID map[int]netip.Addr) netip.Addr {
	votes := map[netip.Addr]int{}
	for _, a := range byID {
		votes[a]++
	}
	all := make([]netip.Addr, 0, len(votes))
	for a := range votes {
		all = append(all, a)
	}
	if len(all) == 0 {
		return netip.Addr{}
	}
	return slices.MinFunc(all, func(a, b netip.Addr) int {
		return cmp.Or(cmp.Compare(privacy(a), privacy(b)), cmp.Compare(votes[b], votes[a]), a.Compare(b))
	})
}

// privacy is 0 for an address that is reached from anywhere.
func privacy(a netip.Addr) int {
	if a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return 1
	}
	return 0
}
