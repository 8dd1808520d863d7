package engine

import (
	"net/netip"
	"slices"
	"time"

	"vns3/engine/forward"
	"vns3/engine/link"
	"vns3/engine/mesh"
	"vns3/engine/tunnel"
)

// sessionView is what a snapshot needs of a session. It is a copy; the publisher owns it.
type sessionView struct {
	mesh.View
	at         time.Time
	session    *session
	links      [maxID + 1]link.Status
	devices    [maxID + 1]tunnel.LinkStatus
	advertised []mesh.BestRoute
	clients    clientView
	shared     []int // IDs of which two controllers live
	strangers  []stranger
	counters   forward.Counters
}

// view looks at everything; nil: the session has ended. devices are asked only if wanted: each answer
// costs the device a lock.
func (s *session) view(at time.Time) *sessionView {
	v := &sessionView{at: at, session: s}
	alive := s.do(func(now time.Time) {
		v.View = s.core.View(now)
		v.advertised = s.core.Advertised()
		v.clients = s.viewClients(now)
		v.shared = append(s.twins.shared(now, &s.links), v.View.Shared...)
	})
	if !alive {
		return nil
	}
	slices.Sort(v.shared)
	v.shared = slices.Compact(v.shared)
	for _, l := range v.Links {
		v.links[l.Peer] = l.Status
	}
	s.links.each(func(l *peerLink) {
		if device := l.device.Load(); device != nil {
			v.devices[l.id] = device.Status()
		}
	})
	v.strangers = s.strangers.list(at)
	v.counters = s.fabric.Counters()
	return v
}

// bestFor names the controller in use for each advertised prefix.
func (v *sessionView) bestFor() map[netip.Prefix]int {
	if v == nil {
		return nil
	}
	best := make(map[netip.Prefix]int, len(v.advertised))
	for _, r := range v.advertised {
		best[r.Prefix] = r.Controller
	}
	return best
}

// counterTotals are the packets of all ports, by what became of them.
func (v *sessionView) counterTotals() map[string]uint64 {
	total := v.counters.Total()
	all := map[string]uint64{"in": total.In, "out": total.Out, "consumed": total.Consumed}
	for reason, n := range total.Dropped {
		all["dropped_"+reason.String()] = n
	}
	return all
}
