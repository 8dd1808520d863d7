package engine

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"vns3/overlay"
	"vns3/peering"
	"vns3/status"
)

const (
	publishAtMost  = 100 * time.Millisecond // between two snapshots while much happens
	publishAtLeast = time.Second            // while nothing does: rates and ages go on
)

// publish makes snapshots until ctx ends: soon after a change, once a second, and at once for whoever
// has just changed something and wants to see it.
func (e *Engine) publish(ctx context.Context) error {
	tick := time.NewTicker(publishAtLeast)
	defer tick.Stop()
	for {
		var asked chan struct{}
		select {
		case asked = <-e.wanted:
		case <-e.dirty:
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		e.published.publish(e.buildSnapshot(time.Now()))
		if asked != nil {
			close(asked)
			continue
		}
		pause := time.NewTimer(publishAtMost)
		select {
		case <-pause.C:
		case asked = <-e.wanted:
			pause.Stop()
			e.published.publish(e.buildSnapshot(time.Now()))
			close(asked)
		case <-ctx.Done():
			pause.Stop()
			return nil
		}
	}
}

// refresh returns when a snapshot is published that was made after the call.
func (e *Engine) refresh(ctx context.Context) {
	asked := make(chan struct{})
	select {
	case e.wanted <- asked:
		<-asked
	case <-ctx.Done():
	case <-e.stopped:
	}
}

// buildSnapshot looks at everything. Only the publisher calls it once Run has begun.
func (e *Engine) buildSnapshot(now time.Time) *status.Snapshot {
	if by, jumped := e.clock.look(now); jumped {
		e.events.add(status.Event{Code: string(status.ClockJumped), Severity: status.Warn, Text: jumpText(by)})
	}
	tasks := e.tasks.list() // before what they change: where a task has ended, what it did is seen too
	h := e.now.Load()
	var v *sessionView
	if h.session != nil {
		v = h.session.view(now)
	}
	s := &status.Snapshot{
		At: now, Controller: e.controllerStatus(h, v, now), Peering: peeringStatus(h), Keyset: keysetStatus(h),
		Config: status.Config{Path: h.file.Path, AppliedAt: h.file.AppliedAt, Writable: h.file.Writable, Defaults: h.file.Defaults, Console: status.Looks(h.config.Console)},
		System: e.systemStatus(h, v), Tasks: tasks, Suggestion: h.suggestion, EventSeq: e.events.newest(),
		Counters: map[string]uint64{},
	}
	if h.file.Err != nil {
		s.Config.Error = h.file.Err.Error()
	}
	source := e.source.Status()
	s.Fetch = status.Fetch{Open: source.Open && h.keys != nil, Failures: source.Failures, LastAt: source.LastAt}
	if source.LastFrom.IsValid() {
		s.Fetch.LastFrom = source.LastFrom.String()
	}
	findings := e.findings(h, v, now)
	s.Warnings = e.tracker.Update(findings, now)
	s.Peers = e.peersStatus(h, v, findings)
	s.Routes = e.routesStatus(h, v)
	if v != nil {
		s.Controllers, s.Links = v.controllers(), v.directions()
		s.Clients = v.clientsStatus(h)
		s.Counters = v.counterTotals()
	}
	return s
}

func (e *Engine) controllerStatus(h *holdings, v *sessionView, now time.Time) status.Controller {
	c := status.Controller{
		ID: h.self(), Name: h.name(), TopologyName: h.topologyName(), TopologyChecksum: e.checksumOf(h),
		PrivateAddress: privateAddress(h), SubnetGateway: subnetGateway(), Version: e.options.Version, License: h.license.Status(now),
		KeysetPresent: h.keys != nil, Peered: h.self() != 0, Draining: h.draining, Mode: e.mode.Load().(status.Mode),
		StartedAt: e.started, DataDir: e.dir.path, NTPHosts: h.config.Controller.NTPHosts,
	}
	if listen := h.config.Controller.Listen; listen.IsValid() {
		c.Listen = listen.String()
	}
	if h.license.Present {
		p := h.license.Parameters
		c.Overlay, c.VIP = &p, p.VIP.String()
		if h.self() > 0 {
			c.ASN = overlay.FirstASN + h.self() - 1
		}
		if a := h.address(); a.IsValid() {
			c.OverlayAddress = a.String()
		}
		if i := h.self() - 1; i >= 0 && i < len(p.Controllers) {
			c.ASN = p.Controllers[i].ASN
		}
	}
	if v != nil {
		c.PublicAddress = publicAddress(v.session)
		if k := v.session.kernel.Load(); k != nil {
			c.Interface = k.name
		}
	}
	return c
}

func (e *Engine) checksumOf(h *holdings) string {
	if c, ok := h.checksum(); ok {
		return c.String()
	}
	return ""
}

func peeringStatus(h *holdings) status.Peering {
	return status.Peering{Table: h.config.Peering, State: h.config.Peering.State().String(), Staged: h.staged, Version: h.file.Version}
}

func keysetStatus(h *holdings) status.Keyset {
	if h.keys == nil {
		return status.Keyset{}
	}
	k := status.Keyset{Present: true, UUID: h.keys.UUID, CreatedAt: h.keys.CreatedAt, Source: h.keys.Source}
	if c, ok := h.checksum(); ok {
		k.Checksum = c.String()
	}
	return k
}

func (e *Engine) systemStatus(h *holdings, v *sessionView) status.System {
	s := e.system.sample()
	s.APIListening, s.UDPPorts = e.api.Listening(), "ok"
	s.Firewall = e.firewallStatus(h, v)
	if v != nil {
		s.ClockOffset = milliseconds(v.ClockOffset)
		var busy []string
		v.session.links.each(func(l *peerLink) {
			if err := l.facts.Load().portErr; err != nil {
				busy = append(busy, err.Error())
			}
		})
		if err := v.clients.portErr; err != nil {
			busy = append(busy, err.Error())
		}
		if len(busy) > 0 {
			s.UDPPorts = strings.Join(busy, "; ")
		}
	}
	return s
}

// peersStatus has a row for each controller of the license, and every row that is held beyond it.
func (e *Engine) peersStatus(h *holdings, v *sessionView, findings []status.Finding) []status.Peer {
	var peers []status.Peer
	for id, row := range h.config.Peering.Rows() {
		if id > h.licensedControllers() && row.Kind == peering.NotSet {
			continue
		}
		p := status.Peer{ID: id, State: status.NotSet, ConfiguredMTU: h.config.Tunnels.MTUOf(id)}
		if addr, ok := h.license.Parameters.Controller(id); ok {
			p.OverlayAddress = addr.String()
		}
		switch row.Kind {
		case peering.Self:
			p.Self, p.State, p.Reachable, p.NextHop, p.TopologyChecksum = true, status.Up, true, id, e.checksumOf(h)
		case peering.Address:
			p.Address, p.State = row.Address, status.Down
			if v != nil {
				e.fillPeer(v, &p, findings)
			}
		}
		peers = append(peers, p)
	}
	if v != nil {
		e.history.add(v)
		for i := range peers {
			peers[i].RTTHistory = e.history.of(peers[i].ID)
		}
	}
	return peers
}

// fillPeer adds what is known of a peer.
func (e *Engine) fillPeer(v *sessionView, p *status.Peer, findings []status.Finding) {
	l := v.session.links.of(p.ID)
	if l == nil {
		return
	}
	st, device := v.links[p.ID], v.devices[p.ID]
	p.State = stateOf(l, st.State)
	p.Reachable, p.Since = st.State.Usable(), st.Since
	p.RTTms, p.JitterMs, p.Loss = milliseconds(st.RTT), milliseconds(st.Jitter), max(st.Loss, st.LossThere)
	p.MTU, p.TxBytes, p.RxBytes, p.LastHandshake = st.MTU, device.TxBytes, device.RxBytes, device.LastHandshake
	if device.Endpoint.IsValid() {
		p.Resolved = device.Endpoint.String()
	}
	route := v.Routes[p.ID]
	p.NextHop = route.NextHop
	if len(route.Path) > 0 {
		p.Path = append([]int{v.Self}, route.Path...)
	}
	if record, ok := v.record(p.ID); ok && record.Checksum != [20]byte{} {
		equal := record.Checksum == v.session.checksum
		p.TopologyChecksum, p.ChecksumEqual = checksumText(record.Checksum), &equal
	}
	for _, f := range findings {
		if f.Peer == p.ID && p.Reason == "" {
			p.Reason = string(f.Code)
		}
	}
	p.Checks = e.peerChecks(v, l, findings)
}

// controllers are all that the mesh knows.
func (v *sessionView) controllers() []status.MeshController {
	var all []status.MeshController
	for _, c := range v.Controllers {
		r := c.Record
		if r.Withdrawn {
			continue
		}
		m := status.MeshController{
			ID: r.Origin, Name: r.Name, Version: r.Version, Addresses: r.Addresses, Checksum: checksumText(r.Checksum),
			Draining: r.Draining, Clients: c.Clients, LastHeard: c.LastHeard, Reachable: c.Reachable, Self: r.Origin == v.Self,
		}
		if m.Self {
			m.Reachable, m.LastHeard = true, v.at
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b status.MeshController) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// directions are all links as the mesh knows them.
func (v *sessionView) directions() []status.Link {
	all := make([]status.Link, 0, len(v.Directions))
	for _, d := range v.Directions {
		l := status.Link{From: d.From, To: d.To, State: status.PeerState(d.State.String()), RTTms: milliseconds(d.RTT), Loss: d.Loss, Cost: d.Cost}
		if d.From == v.Self {
			l.State = status.PeerState(v.links[d.To].State.String()) // a record never says suspect
			l.TxBytes = v.devices[d.To].TxBytes
		}
		all = append(all, l)
	}
	return all
}

// routesStatus are this controller's routes and those that others advertise.
func (e *Engine) routesStatus(h *holdings, v *sessionView) []status.Route {
	best := v.bestFor()
	var all []status.Route
	for n := range h.config.Routes {
		all = append(all, e.routeStatus(h, n, best))
	}
	if v == nil {
		return all
	}
	for _, r := range v.advertised {
		for _, id := range append([]int{r.Controller}, r.Others...) {
			if id == v.Self {
				continue
			}
			s := status.Route{CIDR: r.Prefix.String(), Metric: int(r.Metric), Advertise: true, Enabled: true, Controller: id, Active: id == r.Controller}
			if !s.Active {
				s.Reason = "another controller that advertises the same network is preferred"
			}
			all = append(all, s)
		}
	}
	return all
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
