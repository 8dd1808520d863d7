package engine

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"vns3/engine/link"
	"vns3/engine/mesh"
	"vns3/engine/tunnel"
	"vns3/engine/tunnel/probe"
	"vns3/keyset"
	"vns3/peering"
	"vns3/status"
)

const (
	lossyFrom    = 0.05            // a share of lost heartbeats worth a word
	skewFrom     = time.Second     // of two clocks; see the take-over
	flappingHold = 6 * time.Second // a hold that was doubled at least once
)

// findings are all conditions that hold now.
func (e *Engine) findings(h *holdings, v *sessionView, now time.Time) []status.Finding {
	all := e.ownFindings(h, now)
	if v != nil {
		all = append(all, v.findings(h)...)
		e.blockedHere(v, all)
	}
	return all
}

// ownFindings are those of this controller itself: file, license, keys, table, API.
func (e *Engine) ownFindings(h *holdings, now time.Time) (all []status.Finding) {
	add := func(code status.Code, text, remedy string) {
		all = append(all, status.Finding{Code: code, Text: text, Remedy: remedy})
	}
	if err := h.file.Err; err != nil {
		code := status.ConfigRefused
		if h.file.LastGood {
			code = status.ConfigLastGood
		}
		add(code, h.file.Path+": "+err.Error(), "")
	}
	if !h.file.Writable {
		add(status.ConfigReadOnly, h.file.Path+" cannot be written", "")
	}
	state := h.config.Peering.State()
	switch {
	case !h.license.Present:
		add(status.LicenseMissing, "no license is installed", "")
	case h.license.Problem != nil:
		add(status.LicenseExpired, h.license.Problem.Error(), "install the license again")
	case h.license.License.Expired(now):
		add(status.LicenseExpired, fmt.Sprintf("the license expired on %s", h.license.License.Expires.Format(time.DateOnly)), "")
	}
	if state != peering.Empty && h.keys == nil {
		add(status.KeysetMissing, "peering is saved and waits for the keyset", "")
	}
	if h.keysProblem != nil {
		add(status.KeysetMissing, h.keysProblem.Error(), "mend what it names, or remove the keyset and fetch it again")
	}
	for _, p := range h.problems {
		switch p.Code {
		case peering.NoSelf:
			add(status.PeeringIncomplete, p.Text, p.Remedy)
		case peering.BeyondLicense:
			add(status.LicenseExceeded, p.Text, p.Remedy)
		default:
			add(status.PeeringInvalid, p.Text, p.Remedy)
		}
	}
	if h.sessionFail != nil {
		add(status.PeeringInvalid, "the mesh cannot start: "+h.sessionFail.Error(), "")
	}
	if source := e.source.Status(); h.keys != nil && !source.Open {
		add(status.FetchClosed, fmt.Sprintf("%d wrong tokens were tried, the last from %v", source.Failures, source.LastFrom), "")
	}
	if listening := e.api.Listening(); listening != "ok" && listening != "starting" && listening != "restarting" {
		add(status.APIRefused, listening, "")
	}
	if jump, ok := e.clock.finding(now); ok {
		all = append(all, jump)
	}
	if len(h.apiFaults) > 0 {
		add(status.APISetting, strings.Join(h.apiFaults, "; ")+"; the API goes on with what it had", "")
	}
	if h.draining {
		add(status.ControllerDrained, "this controller is draining", "")
	}
	for n, r := range h.config.Routes {
		if reason := e.routeProblem(h, r); reason != "" && !r.Disabled {
			add(status.RouteRefused, fmt.Sprintf("route %d, %v: %s", n+1, r.CIDR, reason), "")
		}
	}
	if text := forwardsNot(h); text != "" {
		add(status.RouteForwarding, text, "")
	}
	return all
}

// findings are those of the mesh as this controller sees it.
func (v *sessionView) findings(h *holdings) (all []status.Finding) {
	if k := v.session.kernel.Load(); k != nil && k.err != nil {
		all = append(all, status.Finding{Code: status.InterfaceRefused, Text: k.err.Error()})
	}
	if v.Stopped {
		all = append(all, status.Finding{
			Code: status.DuplicateID, Peer: v.Self, Text: fmt.Sprintf("another controller with ID %d runs in the mesh and is older; this one has fallen silent", v.Self),
			Remedy: "give this controller another ID, or stop the other one, then restart",
		})
	}
	for _, id := range v.shared {
		all = append(all, status.Finding{
			Code: status.DuplicateID, Peer: id, Text: fmt.Sprintf("two controllers run with ID %d; the elder goes on", id),
			Remedy: "find the clone and give it another ID, or stop it",
		})
	}
	for _, s := range v.strangers {
		if v.session.links.of(s.id) != nil {
			continue // it has a row by now
		}
		all = append(all, status.Finding{
			Code: status.PeerWantsToPeer, Peer: s.id, Text: fmt.Sprintf("controller %d at %v wants to peer and has no row here", s.id, s.from.Addr().Unmap()),
			Remedy: fmt.Sprintf("accept it (vns3 peering accept %d), or remove this controller's row there", s.id),
		})
	}
	v.session.links.each(func(l *peerLink) { all = append(all, v.peerFindings(l)...) })
	return append(all, v.clientFindings(h)...)
}

// peerFindings are what is wrong with one peer: at most one cause for a link that is not up.
func (v *sessionView) peerFindings(l *peerLink) (all []status.Finding) {
	state, f := v.links[l.id], l.facts.Load()
	if cause, ok := v.cause(l, state, f); ok {
		all = append(all, cause)
	}
	if !state.State.Usable() {
		switch path := v.Routes[l.id].Path; {
		case len(path) > 1:
			all = append(all, status.Finding{Code: status.PeerVia, Peer: l.id, Text: fmt.Sprintf("#%d is reached via #%d", l.id, path[0])})
		case !state.HeardAt.IsZero():
			all = append(all, status.Finding{Code: status.PeerLost, Peer: l.id, Text: fmt.Sprintf("#%d is lost: no link and no path leads to it", l.id)})
		}
	}
	add := func(code status.Code, text, remedy string) {
		all = append(all, status.Finding{Code: code, Peer: l.id, Text: text, Remedy: remedy})
	}
	if f.astray && state.State.Usable() {
		add(v.astray(l, f))
	}
	if state.State == link.Suspect {
		add(status.PeerSuspect, fmt.Sprintf("#%d fell silent; traffic goes round it", l.id), "")
	}
	if loss := max(state.Loss, state.LossThere); state.State.Usable() && loss >= lossyFrom {
		add(status.PeerLossy, fmt.Sprintf("the link to #%d loses %.0f %% of its packets", l.id, loss*100), "")
	}
	if state.Held && state.HeldUntil.Sub(v.at) > flappingHold {
		add(status.PeerFlapping, fmt.Sprintf("the link to #%d flaps; it is held back until %s", l.id, state.HeldUntil.Format(time.TimeOnly)), "")
	}
	if configured := int(l.mtu.Load()); state.State.Usable() && state.MTU > 0 && state.MTU < configured {
		add(status.PeerMTU, fmt.Sprintf("the path to #%d carries %d bytes inside the tunnel, %d are configured", l.id, state.MTU, configured), fmt.Sprintf("nothing is lost; peer_mtu = { %d = %d } says that you know", l.id, state.MTU))
	}
	if skew := state.ClockOffset; state.State.Usable() && skew.Abs() >= skewFrom {
		add(status.PeerClock, fmt.Sprintf("the clock of #%d is %s", l.id, skewWords(skew)), "set the clock right (NTP) on the controller that is wrong")
	}
	if record, ok := v.record(l.id); ok && record.Checksum != v.session.checksum && !record.Withdrawn {
		add(status.ChecksumDiffers, fmt.Sprintf("#%d has the topology checksum %v, this controller %v", l.id, keyset.Checksum(record.Checksum), v.session.checksum), "")
	}
	return all
}

// cause is why a link is not up, if it is not.
func (v *sessionView) cause(l *peerLink, state link.Status, f *linkFacts) (status.Finding, bool) {
	switch {
	case f.portErr != nil:
		return status.Finding{Code: status.PortsBusy, Peer: l.id, Text: f.portErr.Error()}, true
	case state.State.Usable():
		return status.Finding{}, false
	case !f.candidate.IsValid() && f.resolveErr != nil:
		return unresolved(l.id, l.address, f.resolveErr), true
	case state.State == link.Init:
		return v.oneWay(l, f), true
	case len(v.behind(f.candidate)) > 1:
		return status.Finding{Code: status.PeerSameAddress, Peer: l.id, Text: fmt.Sprintf("%s lead to one address, %v", controllersText(v.behind(f.candidate)), f.candidate)}, true
	case f.probedAt.IsZero():
		return status.Finding{}, false // nothing is known yet
	}
	report, where := f.report, v.place(l, f)
	if report.Verdict == probe.NoAnswer && v.hearsUs(l.id) {
		return notReached(where, "hears us"), true
	}
	if cause, wrong := diagnose(report, where); wrong {
		return cause, true
	}
	if state.Reason == link.Goodbye {
		return status.Finding{}, false
	}
	// It answers outside the tunnel, with our keyset and our row, and yet there is no session.
	refused := v.at.Sub(time.Unix(0, l.refusedAt.Load())) < heardLately
	if !refused && !where.heard && v.downFor(state) > heardLately { // it would probe us too
		return notReached(where, "answers"), true
	}
	if refused || (v.at.Sub(f.probedAt) < heardLately && v.downFor(state) > clockDoubt) {
		return status.Finding{
			Code: status.PeerClock, Peer: l.id, Text: fmt.Sprintf("#%d answers outside the tunnel, but handshakes are refused: a clock went back", l.id),
			Remedy: "set the clocks right (NTP) on both; the tunnel comes up by itself",
		}, true
	}
	return status.Finding{}, false
}

// astray are the words for a tunnel that is up although its row does not lead to the peer.
func (v *sessionView) astray(l *peerLink, f *linkFacts) (code status.Code, text, remedy string) {
	from, fault := v.devices[l.id].Endpoint.Addr().Unmap(), "does not lead to it"
	if len(f.addrs) == 0 {
		fault = "does not resolve"
	}
	return status.PeerAstray, fmt.Sprintf("the tunnel to #%d is up because #%d reaches us: the row's address, %s, %s", l.id, l.id, l.address, fault),
		fmt.Sprintf("correct row %d (#%d comes from %v); until then only #%d can bring the tunnel up again", l.id, l.id, from, l.id)
}

// hearsUs reports whether a peer that we do not hear says to the mesh that it hears us.
func (v *sessionView) hearsUs(id int) bool {
	for _, d := range v.Directions {
		if d.From == id && d.To == v.Self {
			return d.State == link.Init && v.Routes[id].NextHop != 0
		}
	}
	return false
}

// notReached: the peer does something that shows that it gets our packets, and its own are lost.
func notReached(p place, does string) status.Finding {
	return status.Finding{
		Code: status.PeerOneWay, Peer: p.id, Text: fmt.Sprintf("#%d %s, but does not reach us: packets to our UDP %d are lost", p.id, does, tunnel.LinkPort(p.id)),
		Remedy: p.openHere(),
	}
}

// heardLately is how long a peer's outer probe shows that its packets reach us.
const heardLately = 5 * time.Second

// clockDoubt is how long a peer that answers outside the tunnel may be without a session before its
// clock, or ours, is suspected: the schedule of handshakes has had its turns by then.
const clockDoubt = 8 * time.Second

func (v *sessionView) downFor(s link.Status) time.Duration { return v.at.Sub(s.Since) }

// oneWay: we hear the peer, and it says that it does not hear us.
func (v *sessionView) oneWay(l *peerLink, f *linkFacts) status.Finding {
	p := v.place(l, f)
	p.heard = true
	finding, _ := diagnose(probe.Report{Verdict: probe.NoAnswer}, p)
	return finding
}

// behind are the IDs of the rows that lead to an address now.
func (v *sessionView) behind(addr netip.Addr) (ids []int) {
	v.session.links.each(func(l *peerLink) {
		if addr.IsValid() && l.facts.Load().candidate == addr {
			ids = append(ids, l.id)
		}
	})
	return ids
}

func (v *sessionView) place(l *peerLink, f *linkFacts) place {
	p := place{id: l.id, self: v.Self, addr: f.candidate, observed: publicAddress(v.session)}
	p.heard = v.at.Sub(time.Unix(0, l.probedUs.Load())) < heardLately
	if p.observed == "" && v.session.listen.IsValid() {
		p.observed = v.session.listen.String()
	}
	if p.observed == "" && f.report.Local.IsValid() { // behind a NAT it is not what the peer sees, but a beginning
		p.observed = f.report.Local.String()
	}
	return p
}

// record is what a controller says of itself, if the mesh knows it.
func (v *sessionView) record(id int) (mesh.Record, bool) {
	for _, c := range v.Controllers {
		if c.Record.Origin == id {
			return c.Record, true
		}
	}
	return mesh.Record{}, false
}

func controllersText(ids []int) string {
	text := ""
	for i, id := range ids {
		switch {
		case i == 0:
		case i == len(ids)-1:
			text += " and "
		default:
			text += ", "
		}
		text += fmt.Sprintf("#%d", id)
	}
	return text
}
