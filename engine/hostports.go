package engine

import (
	"fmt"
	"net"
	"strconv"

	"vns3/engine/firewall"
	"vns3/engine/tunnel"
	"vns3/status"
)

// firewallStatus is what this host's own rules do with each port of this controller.
func (e *Engine) firewallStatus(h *holdings, v *sessionView) status.Firewall {
	_, problem := e.firewall.judge(firewall.Packet{Protocol: "udp"})
	s := status.Firewall{Problem: problem}
	if problem != "" {
		return s
	}
	if v != nil {
		v.session.links.each(func(l *peerLink) {
			c, _ := e.linkPassage(v, l)
			s.Ports = append(s.Ports, status.FirewallPort{Port: fmt.Sprintf("UDP %d", tunnel.LinkPort(l.id)), Peer: l.id, Check: c})
		})
	}
	clients := firewall.Packet{Protocol: "udp", Port: tunnel.ClientPort, To: h.config.Controller.Listen}
	fetch := firewall.Packet{Protocol: "tcp", Port: apiPort(h), To: h.config.Controller.Listen}
	for _, p := range []firewall.Packet{clients, fetch} {
		c, _ := e.passage(p, "")
		if c.Verdict == verdictError {
			c.Verdict = verdictWarning // it may be meant so
		}
		s.Ports = append(s.Ports, status.FirewallPort{Port: portName(p), Check: c})
	}
	return s
}

func portName(p firewall.Packet) string {
	if p.Protocol == "tcp" {
		return fmt.Sprintf("TCP %d", p.Port)
	}
	return fmt.Sprintf("UDP %d", p.Port)
}

func apiPort(h *holdings) int {
	_, text, _ := net.SplitHostPort(h.config.APIAddress())
	port, _ := strconv.Atoi(text)
	return port
}

// linkPassage says whether this host's rules let the packets of a link pass, both ways. Rules that let in
// only what answers us are enough, but the peer must hear us first. known is false where the rules
// could not be read.
func (e *Engine) linkPassage(v *sessionView, l *peerLink) (c status.Check, known bool) {
	peer := l.facts.Load().candidate
	here, there := int(tunnel.LinkPort(l.id)), int(tunnel.LinkPort(v.Self))
	leaves := firewall.Packet{Leaves: true, Protocol: "udp", From: v.session.listen, To: peer, FromPort: here, Port: there}
	comes := firewall.Packet{Protocol: "udp", From: peer, To: v.session.listen, FromPort: there, Port: here}
	answers := comes
	answers.Answers = true
	far := fmt.Sprintf("#%d", l.id)
	c, known = e.passage(comes, far)
	if answer, _ := e.passage(answers, far); c.Verdict == verdictError && answer.Verdict == verdictOK {
		c.Verdict = verdictWarning
		c.Text = fmt.Sprintf("this host lets in %s from %s only in answer to what it sent: %s", portName(comes), far, c.Evidence)
	}
	if out, _ := e.passage(leaves, far); verdictRank(out.Verdict) < verdictRank(c.Verdict) {
		c = out
	}
	return c, known
}

// blockedHere replaces the words for a silent peer by those for the rule of this host that makes it
// silent.
func (e *Engine) blockedHere(v *sessionView, all []status.Finding) {
	for i, f := range all {
		if f.Code != status.PeerSilent && f.Code != status.PeerOneWay {
			continue
		}
		if c, _ := e.linkPassage(v, v.session.links.of(f.Peer)); c.Verdict == verdictError {
			all[i] = status.Finding{Code: status.FirewallBlocks, Peer: f.Peer, Text: c.Text, Remedy: c.Remedy}
		}
	}
}

// passage is what this host's rules do with a packet, as a finding of the doctor. far names the other
// end; empty: anybody.
func (e *Engine) passage(p firewall.Packet, far string) (c status.Check, known bool) {
	c = status.Check{What: "firewall", Verdict: verdictOK}
	verb, way, chain := "lets in", "from", "input"
	if p.Leaves {
		verb, way, chain = "lets out", "to", "output"
	}
	end := ""
	if far != "" {
		end = " " + way + " " + far
	}
	v, problem := e.firewall.judge(p)
	switch {
	case problem != "":
		c.Verdict, c.Text = verdictUnknown, unread(problem)
		return c, false
	case v.Passage == firewall.Open:
		c.Text = fmt.Sprintf("this host %s %s%s", verb, portName(p), end)
	case v.Passage == firewall.Blocked:
		c.Verdict, c.Evidence = verdictError, v.Where
		c.Text = fmt.Sprintf("this host's firewall blocks %s%s: %s", portName(p), end, v.Where)
		c.Remedy = fmt.Sprintf("on this host let %s dport %d pass in chain %s (nft -a list ruleset shows the rule)", p.Protocol, p.Port, chain)
	default:
		c.Verdict, c.Evidence = verdictUnknown, v.Where
		c.Text = fmt.Sprintf("whether this host %s %s%s depends on more than port and address: %s", verb, portName(p), end, v.Where)
	}
	return c, true
}

func unread(problem string) string { return "nftables of this host could not be read: " + problem }
