package engine

import (
	"fmt"
	"slices"
	"time"

	"vns3/control"
	"vns3/keyset"
	"vns3/status"
)

// checks are what works and what does not with one peer, in the order in which one would look.
func (v *sessionView) checks(l *peerLink, findings []status.Finding) []status.Check {
	f, state, device := l.facts.Load(), v.links[l.id], v.devices[l.id]
	wrong := map[string]status.Check{}
	for _, finding := range findings {
		if c := findingCheck(finding); finding.Peer == l.id {
			if _, first := wrong[c.What]; !first {
				wrong[c.What] = c
			}
		}
	}
	up := state.State.Usable()
	var all []status.Check
	add := func(what string, known bool, text, evidence string) {
		c, bad := wrong[what]
		switch {
		case bad:
			c.Evidence = evidence
			delete(wrong, what)
		case known:
			c = status.Check{What: what, Verdict: verdictOK, Text: text, Evidence: evidence}
		default:
			c = status.Check{What: what, Verdict: verdictUnknown, Text: "not known yet"}
		}
		all = append(all, c)
	}
	where := place{id: l.id, self: v.Self, addr: f.candidate}
	add("name", f.candidate.IsValid(), l.address+" leads to an address", addressesText(f.addrs))
	outside := reportCheck(f.report, where)
	add("port", up || (!f.probedAt.IsZero() && outside.Verdict == verdictOK), "answers", outside.Evidence)
	proved := up || f.report.ID == l.id
	add("keyset", proved, "the same keyset", "")
	add("id", proved, fmt.Sprintf("it is controller %d", l.id), "")
	add("peered", up, "both tables list each other", "")
	add("key", up, "the tunnel has a session", handshakeText(device.LastHandshake, v.at))
	record, known := v.record(l.id)
	add("checksum", known && record.Checksum == v.session.checksum, "equal", keyset.Checksum(record.Checksum).String())
	add("clock", up, "agrees", fmt.Sprintf("%+.1f ms", milliseconds(state.ClockOffset)))
	add("mtu", state.MTU > 0, fmt.Sprintf("%d bytes inside the tunnel", state.MTU), fmt.Sprintf("%d configured", l.mtu.Load()))
	add("loss", up, "none worth a word", fmt.Sprintf("%.1f %% towards us, %.1f %% towards it", state.Loss*100, state.LossThere*100))
	for _, finding := range findings { // what has no place of its own in the list
		if c := findingCheck(finding); finding.Peer == l.id {
			if rest, still := wrong[c.What]; still {
				all = append(all, rest)
				delete(wrong, c.What)
			}
		}
	}
	return all
}

// peerChecks are checks, and what this host's own firewall does with the peer's packets.
func (e *Engine) peerChecks(v *sessionView, l *peerLink, findings []status.Finding) []status.Check {
	all := v.checks(l, findings)
	told := slices.ContainsFunc(findings, func(f status.Finding) bool { return f.Peer == l.id && f.Code == status.FirewallBlocks })
	if c, known := e.linkPassage(v, l); known && !told {
		all = append(all, c)
	}
	return all
}

func handshakeText(at, now time.Time) string {
	if at.IsZero() {
		return "no handshake yet"
	}
	return fmt.Sprintf("last handshake %v ago", now.Sub(at).Round(time.Second))
}

// examine is the doctor's report on the whole controller, worst first.
func (e *Engine) examine() control.Report {
	h, now := e.now.Load(), time.Now()
	var v *sessionView
	if h.session != nil {
		v = h.session.view(now)
	}
	findings := e.findings(h, v, now)
	report := control.Report{OK: true}
	add := func(subject string, c status.Check) {
		report.Findings = append(report.Findings, control.Finding{Subject: subject, Check: c})
		report.OK = report.OK && c.Verdict != verdictError
	}
	for _, f := range findings {
		if f.Peer == 0 || v == nil || v.session.links.of(f.Peer) == nil {
			add(subjectOf(f), findingCheck(f))
		}
	}
	if h.file.Err == nil {
		add("configuration", status.Check{What: "file", Verdict: verdictOK, Text: "valid and applied", Evidence: h.file.Path})
	}
	if v != nil {
		v.session.links.each(func(l *peerLink) {
			for _, c := range e.peerChecks(v, l, findings) {
				add(fmt.Sprintf("peer %d", l.id), c)
			}
		})
		for _, client := range v.clientsStatus(h) {
			for _, c := range v.clientChecks(client, findings) {
				add("client "+client.Name, c)
			}
		}
	}
	own := e.firewallStatus(h, v)
	if own.Problem != "" {
		add("this controller", status.Check{What: "firewall", Verdict: verdictUnknown, Text: unread(own.Problem)})
	}
	for _, port := range own.Ports {
		if port.Peer == 0 {
			add("this controller", port.Check)
		}
	}
	slices.SortStableFunc(report.Findings, func(a, b control.Finding) int { return verdictRank(a.Verdict) - verdictRank(b.Verdict) })
	return report
}

func subjectOf(f status.Finding) string {
	switch {
	case f.Client != "":
		return "client " + f.Client
	case f.Peer != 0:
		return fmt.Sprintf("controller %d", f.Peer)
	default:
		return "this controller"
	}
}

func verdictRank(verdict string) int {
	return slices.Index([]string{verdictError, verdictWarning, verdictUnknown, verdictOK}, verdict)
}

func checksumText(c [20]byte) string {
	if c == [20]byte{} {
		return ""
	}
	return keyset.Checksum(c).String()
}
