package engine

import (
	"cmp"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"vns3/engine/clients"
	"vns3/engine/config"
	"vns3/engine/mesh"
	"vns3/engine/tunnel"
	"vns3/peering"
	"vns3/status"
)

// reconcile makes what runs agree with the holdings: it starts, changes or ends the session, link by
// link. What did not change is not touched. Only the desk calls it.
func (e *Engine) reconcile() {
	h := e.revise(func(h *holdings) { h.problems = peering.Check(h.config.Peering, e.rules(h)) })
	if e.options.LogLevel != nil {
		e.options.LogLevel.Set(h.config.Log.Level)
	}
	want, wanted := e.identity(h)
	if h.session != nil && (!wanted || h.session.identity != want) {
		e.endSession(h.session.self != h.self())
	}
	if wanted && e.now.Load().session == nil {
		e.startSession(want)
	}
	if h = e.now.Load(); h.session != nil {
		e.applyTo(h.session, h)
	}
	e.routes.want(hostRoutesOf(h))
}

// identity is that of the session which the holdings call for, if they do.
func (e *Engine) identity(h *holdings) (identity, bool) {
	checksum, ok := h.checksum()
	if !ok || h.self() == 0 || h.self() > h.licensedControllers() {
		return identity{}, false
	}
	return identity{self: h.self(), uuid: h.keys.UUID, checksum: checksum, listen: h.config.Controller.Listen, health: h.config.Health}, true
}

// rules are what this machine and its license make of a peering table.
func (e *Engine) rules(h *holdings) peering.Rules {
	return peering.Rules{Licensed: h.licensedControllers(), Listen: h.config.Controller.Listen, IsLocal: localAddresses()}
}

func (e *Engine) startSession(i identity) {
	h := e.now.Load()
	incarnation, err := e.dir.nextIncarnation()
	if err == nil {
		var s *session
		s, err = startSession(sessionOptions{
			identity: i, keys: h.keys, parameters: h.license.Parameters, incarnation: incarnation, process: e.process,
			log: e.log, events: e.events.add, changed: e.wake, persist: e.persistIncarnation, wrap: e.options.WrapBind, takeLicense: e.takeLicense,
			readdressed: e.reconcileSoon, linkChanged: e.firewall.doubt, packs: newPackKeeper(e.dir.file("clientpacks"), h.keys.UUID, e.log),
		})
		if err == nil {
			e.revise(func(h *holdings) { h.session, h.sessionFail = s, nil })
			return
		}
	}
	e.revise(func(h *holdings) { h.sessionFail = err })
	e.events.add(status.Event{Code: "mesh.failed", Severity: status.Error, Text: "the mesh cannot start: " + err.Error()})
}

// endSession tells the peers and ends every tunnel. withdraw: the ID is given up for good.
func (e *Engine) endSession(withdraw bool) {
	s := e.now.Load().session
	if s == nil {
		return
	}
	s.goodbye(withdraw)
	e.revise(func(h *holdings) { h.session = nil })
	s.stop()
	if err := s.packs.flush(); err != nil {
		e.log.Error("the state of the clientpacks cannot be kept", "error", err)
	}
}

// reconcileSoon is for what changes what this controller tells the mesh, such as its address. It does
// not wait: who calls it may be waited for at the desk.
func (e *Engine) reconcileSoon() {
	go e.desk.do(*e.context.Load(), func() error { e.reconcile(); return nil })
}

// persistIncarnation keeps an incarnation that an older life of this controller had. It runs apart from
// the loop, which waits for no disk.
func (e *Engine) persistIncarnation(incarnation uint64) {
	go func() {
		if err := e.dir.raiseIncarnation(incarnation); err != nil {
			e.log.Error("the incarnation cannot be kept", "error", err)
		}
	}()
}

// applyTo makes a session agree with the holdings.
func (e *Engine) applyTo(s *session, h *holdings) {
	want := runningRows(h)
	for id := 1; id <= maxID; id++ {
		l := s.links.of(id)
		if l != nil && l.address != want[id] {
			s.dropLink(l)
			l = nil
		}
		switch {
		case want[id] == "": // also the own one: whoever takes this controller for another is told
			s.responders.open(s, id)
		case l == nil:
			s.responders.close(id)
			s.addLink(id, want[id], h.config.Tunnels.MTUOf(id))
		default:
			l.setMTU(h.config.Tunnels.MTUOf(id))
		}
	}
	e.applyKernel(s, h)
	s.license.setMine(h.license)
	s.clients.policy.Store(&clients.Policy{
		Licensed: h.licensedControllers(), Draining: h.draining, Takeover: h.config.Clients.Takeover == config.Auto,
	})
	local := e.local(s, h)
	s.do(func(now time.Time) { s.core.SetLocal(local, now) })
}

// runningRows are the addresses of the rows that run: within the license, and not refused on this
// machine.
func runningRows(h *holdings) (rows [maxID + 1]string) {
	for id, row := range h.config.Peering.Rows() {
		if row.Kind == peering.Address && id <= h.licensedControllers() {
			rows[id] = row.Address
		}
	}
	for _, p := range h.problems.Errors() {
		for _, id := range p.Rows {
			rows[id] = ""
		}
	}
	return rows
}

func (s *session) addLink(id int, address string, mtu int) {
	l := openPeerLink(s, id, address, mtu)
	s.do(func(now time.Time) {
		s.links.set(id, l)
		s.core.SetPeers(s.links.ids(), now)
		s.hearLinks(now)
	})
}

// dropLink ends a link. The peer is told first.
func (s *session) dropLink(l *peerLink) {
	others := slices.DeleteFunc(s.links.ids(), func(id int) bool { return id == l.id })
	s.do(func(now time.Time) { s.core.SetPeers(others, now) })
	time.Sleep(lingerAtLeast)
	s.do(func(time.Time) { s.links.set(l.id, nil) })
	l.close()
}

// local is what this controller tells the mesh of itself.
func (e *Engine) local(s *session, h *holdings) mesh.Local {
	l := mesh.Local{
		Name: h.name(), Version: e.options.Version, TopologyName: h.topologyName(), Checksum: s.checksum,
		ClientEndpoint: e.clientEndpoint(s, h), Draining: h.draining, LicensedControllers: h.licensedControllers(),
		Addresses: slices.DeleteFunc([]string{privateAddress(h), publicAddress(s)}, func(a string) bool { return a == "" }),
	}
	for _, r := range h.config.Routes {
		if r.Advertise && !r.Disabled && e.routeProblem(h, r) == "" {
			l.Routes = append(l.Routes, mesh.Advertisement{Prefix: r.CIDR, Metric: uint32(r.Metric)})
		}
	}
	return l
}

// name is what this controller is called; without a name it is called like its machine.
func (h *holdings) name() string {
	if h.config.Controller.Name != "" {
		return h.config.Controller.Name
	}
	machine, _ := os.Hostname() // unknown: it has no name
	short, _, _ := strings.Cut(machine, ".")
	return short
}

// topologyName is the label shown for the topology.
func (h *holdings) topologyName() string {
	name := h.config.Controller.Topology
	if h.keys != nil {
		name = cmp.Or(name, h.keys.Topology)
	}
	return name
}

// clientEndpoint is where clientpacks say that this controller is; empty: not known.
func (e *Engine) clientEndpoint(s *session, h *holdings) string {
	named := cmp.Or(h.config.Clients.Endpoint, publicAddress(s))
	if h.config.Controller.Listen.IsValid() {
		named = cmp.Or(named, h.config.Controller.Listen.String())
	}
	if named == "" {
		return ""
	}
	if _, _, err := net.SplitHostPort(named); err == nil {
		return named
	}
	return net.JoinHostPort(named, strconv.Itoa(tunnel.ClientPort))
}

// publicAddress is the address that peers see this controller at; empty: not known.
func publicAddress(s *session) string {
	if s == nil || !s.sightings.address().IsValid() {
		return ""
	}
	return s.sightings.address().String()
}

// privateAddress is the address that this controller has itself: the one it listens on, else the one
// from which it would send into the world.
func privateAddress(h *holdings) string {
	if listen := h.config.Controller.Listen; listen.IsValid() {
		return listen.String()
	}
	if addr, ok := outgoingAddress(); ok {
		return addr.String()
	}
	return ""
}
