package engine

import (
	"context"
	"time"

	"vns3/engine/clients"
	"vns3/engine/forward"
	"vns3/engine/license/spread"
	"vns3/engine/link"
	"vns3/engine/mesh"
	"vns3/status"
)

// loop owns the core: it feeds it packets, time and what links tell, and carries out what it answers.
// Nothing here waits for a network, a file or another goroutine.
func (s *session) loop(ctx context.Context) {
	defer close(s.ended)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		var finished chan struct{}
		select {
		case p := <-s.inbox:
			s.receive(p)
			s.drainInbox()
		case job := <-s.jobs:
			job.work(time.Now())
			finished = job.done
		case <-s.nudge:
			s.hearLinks(time.Now())
			s.clients.hear(time.Now())
		case p := <-s.clients.strays:
			s.clients.core.Astray(p.packet, p.from, time.Now())
		case <-timer.C:
			// What waits in the inbox came before this instant: hear it before anybody is judged.
			s.drainInbox()
		case <-ctx.Done():
			return
		}
		now := time.Now()
		s.links.each(func(l *peerLink) { s.core.DataReceived(l.id, s.fabric.Data(l.id)) })
		if !s.core.NextDeadline().After(now) {
			s.core.RunDue(now)
		}
		s.clients.step(now)
		s.actAll()
		if finished != nil {
			close(finished)
		}
		next := s.core.NextDeadline()
		if due := s.clients.deadline(now); due.Before(next) {
			next = due
		}
		timer.Reset(time.Until(next))
	}
}

// drainInbox takes what waits, but no more than was there when it began.
func (s *session) drainInbox() {
	for range len(s.inbox) {
		s.receive(<-s.inbox)
	}
}

// receive gives a control packet to whom it is for. One that is not understood is as good as lost.
func (s *session) receive(p controlPacket) {
	if clients.IsLetter(p.payload) {
		s.clients.letter(p.payload, p.at)
		return
	}
	if len(p.payload) > 0 && p.payload[0] == spread.Type {
		s.receiveLicense(p)
		return
	}
	s.core.Receive(p.peer, p.payload, p.at)
	s.clients.fence.fresh(p.at)
}

// actAll carries out all effects: those for clients follow from those of the mesh, and the other way
// round.
func (s *session) actAll() {
	for effects := s.core.Effects(); len(effects) > 0; effects = s.core.Effects() {
		s.act(effects)
		s.clients.act()
	}
	s.clients.act()
}

// hearLinks tells the core what the links' goroutines have noted.
func (s *session) hearLinks(now time.Time) {
	s.links.each(func(l *peerLink) {
		if at, fresh := l.takeSession(); fresh {
			s.core.Session(l.id, at, now)
		}
		if ceiling, fresh := l.takeCeiling(); fresh {
			s.core.SetMTU(l.id, ceiling, now)
		}
		if l.takeRefusal() {
			s.core.Refused(l.id, now)
		}
	})
}

// act carries out effects, in order.
func (s *session) act(effects []mesh.Effect) {
	for _, effect := range effects {
		switch e := effect.(type) {
		case mesh.Send:
			s.fabric.SendControl(e.Peer, e.Packet)
		case mesh.Initiate:
			if l := s.links.of(e.Peer); l != nil {
				l.initiate()
			}
		case mesh.Forget:
			if l := s.links.of(e.Peer); l != nil {
				l.forget()
			}
		case mesh.RoutesChanged:
			s.fabric.SetHops(hops(s.core.Routes()))
			s.changed()
		case mesh.AdvertisedChanged:
			s.table.setAdvertised(s.core.Advertised())
			s.fabric.SetTable(s.table.table)
			s.routeKernel()
			s.changed()
		case mesh.ClaimChanged:
			s.table.setHolder(e.Index, s.core.Holder(e.Index))
			s.fabric.SetTable(s.table.table)
			s.clients.core.ClaimChanged(e.Index, time.Now())
			s.changed()
		case mesh.PackChanged:
			s.clients.packChanged(e.Index, time.Now())
			s.changed()
		case mesh.Granted:
			s.clients.granted(e)
			s.changed()
		case mesh.MTUChanged:
			s.fabric.Peer(e.Peer).SetMTU(e.MTU)
			s.changed()
		case mesh.DuplicateID:
			s.twins.heard(e, s.links.of(e.ID))
			s.changed()
		case mesh.Adopted:
			s.persist(e.Incarnation)
		case mesh.Event:
			s.events(status.Event{Code: string(e.Code), Severity: severityOf(e.Code), Text: e.Text, Peer: e.Peer})
			if state, ok := stateAfter[e.Code]; ok {
				if l := s.links.of(e.Peer); l != nil {
					l.setState(state)
				}
			}
		}
	}
}

// hops is the core's routing as the switch wants it.
func hops(routes *mesh.Routes) *forward.Hops {
	h := &forward.Hops{}
	for id, r := range routes {
		h[id] = forward.Hop{Next: r.NextHop, Alternate: r.Alternate, Suspect: r.Suspect}
	}
	return h
}

// stateAfter is what an event says of a link.
var stateAfter = map[mesh.EventCode]link.State{
	mesh.LinkUp: link.Up, mesh.LinkSuspect: link.Suspect, mesh.LinkOneWay: link.Init, mesh.LinkDown: link.Down,
}

func severityOf(code mesh.EventCode) status.Severity {
	switch code {
	case mesh.LinkSuspect, mesh.LinkDown, mesh.ControllerLost, mesh.ClaimFrozen:
		return status.Warn
	case mesh.IDShared:
		return status.Error
	default:
		return status.Info
	}
}
