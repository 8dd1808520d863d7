package view

import (
	"fmt"

	"vns3/status"
	"vns3/status/figures"
)

func peers(s *status.Snapshot) string {
	t := table{columns: []column{
		{head: "ID"}, {head: "ADDRESS", gives: true}, {head: "STATE"}, {head: "RTT", right: true},
		{head: "LOSS", right: true}, {head: "MTU", right: true}, {head: "PATH"},
	}}
	for _, p := range s.Peers {
		if p.Self || p.State == status.NotSet {
			continue
		}
		rtt, loss, mtu := dash, dash, dash
		if p.Reachable {
			rtt, loss = fmt.Sprintf("%.1f ms", p.RTTms), fmt.Sprintf("%.1f %%", p.Loss*100)
		}
		if p.MTU > 0 {
			mtu = fmt.Sprint(p.MTU)
		}
		state := stateGlyphs[p.State] + " " + stateWords[p.State]
		if !p.Since.IsZero() {
			state += " " + figures.Since(s.At, p.Since)
		}
		t.add(fmt.Sprintf("#%d", p.ID), orDash(p.Address), state, rtt, loss, mtu, path(p))
	}
	if len(t.rows) == 0 {
		return "  none\n"
	}
	return t.String()
}

// path says which way packets to a peer go now.
func path(p status.Peer) string {
	switch {
	case len(p.Path) < 2:
		return "none"
	case len(p.Path) == 2:
		return "direct"
	default:
		return "via " + figures.IDs(p.Path[1:len(p.Path)-1], " ")
	}
}

func clientSummary(s *status.Snapshot) string {
	here, connected, handedOut := 0, 0, 0
	for _, c := range s.Clients {
		if c.CheckedOut {
			handedOut++
		}
		if c.Connected {
			connected++
		}
		if c.Connected && c.ControllerID == s.Controller.ID {
			here++
		}
	}
	return fmt.Sprintf("  %s %d connected in the mesh, %d of them here; %s handed out\n", glyphIf(connected > 0), connected, here, figures.Count(handedOut, "clientpack"))
}

func glyphIf(yes bool) string {
	if yes {
		return good
	}
	return none
}
