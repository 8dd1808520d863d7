package runtime

import (
	"fmt"

	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/client"
	"vns3/tui/component/findings"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// fact draws a labelled value of a detail, wrapped beside its label.
func fact(c *page.Context, width int, label, value string) []string {
	if value == "" {
		return nil
	}
	return text.Hang(c.Theme.Dim.Render(text.Fit(label, 11)), value, width)
}

func peerTitle(c *page.Context, id int) string {
	for _, m := range c.Snapshot.Controllers {
		if m.ID == id && m.Name != "" {
			return fmt.Sprintf("Peer #%d %s", id, m.Name)
		}
	}
	return fmt.Sprintf("Peer #%d", id)
}

// peerDetail is everything about a peer: its state, what the doctor found wrong, its figures, and then
// what the doctor found right.
func peerDetail(c *page.Context, id, width int) []string {
	for _, p := range c.Snapshot.Peers {
		if p.ID == id {
			wrong, right := findings.Split(p.Checks)
			lines := peerHead(c, p, width)
			if len(wrong) > 0 {
				lines = append(append(append(lines, ""), findings.Lines(c.Theme, wrong, width)...), "")
			}
			lines = append(append(lines, peerFacts(c, p, width)...), "")
			return append(lines, findings.Lines(c.Theme, right, width)...)
		}
	}
	return []string{"This row is no longer in the peering table."}
}

// peerHead is the state of a peer and the reason for it.
func peerHead(c *page.Context, p status.Peer, width int) []string {
	t, now := c.Theme, c.Now()
	glyph, word, style := peerState(t, p)
	state := style.Render(glyph + " " + word)
	if !p.Since.IsZero() {
		state += fmt.Sprintf(" since %s, %s", text.Clock(now, p.Since), figures.Since(now, p.Since))
	}
	lines := fact(c, width, "state", state)
	if p.Reason != "" {
		lines = append(lines, fact(c, width, "reason", reason(p.Reason))...)
	}
	return lines
}

// peerFacts are the figures of a peer.
func peerFacts(c *page.Context, p status.Peer, width int) []string {
	t, now := c.Theme, c.Now()
	var lines []string
	add := func(label, value string) { lines = append(lines, fact(c, width, label, value)...) }
	add("address", p.Address)
	if p.Resolved != "" {
		add("in use", p.Resolved)
	}
	add("overlay", p.OverlayAddress)
	if len(p.Path) > 0 {
		add("path", figures.IDs(p.Path, " "+t.Glyph.Arrow+" "))
	} else {
		add("path", "none: it cannot be reached")
	}
	if p.RTTms > 0 {
		add("round trip", fmt.Sprintf("%s, jitter %s  ", text.Ms(p.RTTms), text.Ms(p.JitterMs))+rttLine(t, p, max(min(30, width-38), 4)))
		add("loss", text.Percent(p.Loss))
	}
	add("traffic", fmt.Sprintf("%s sent, %s received%s", figures.Bytes(p.TxBytes), figures.Bytes(p.RxBytes), rate(c, p.ID)))
	add("handshake", figures.Since(now, p.LastHandshake))
	if p.MTU > 0 {
		add("MTU", fmt.Sprintf("%d in use, %d configured", p.MTU, p.ConfiguredMTU))
	}
	if p.TopologyChecksum != "" {
		add("checksum", p.TopologyChecksum)
		verdict := t.Good.Render("equal to ours")
		if p.TopologyChecksum != c.Snapshot.Controller.TopologyChecksum {
			verdict = t.Bad.Render(t.Glyph.Down + " differs from ours")
		}
		add(" ", verdict)
	}
	return lines
}

// rate is what we send to a peer now.
func rate(c *page.Context, id int) string {
	for _, l := range c.Snapshot.Links {
		if l.From == c.Snapshot.Controller.ID && l.To == id {
			return fmt.Sprintf(", sending %s bit/s", text.Rate(l.TxRate))
		}
	}
	return ""
}

// clientDetail is everything about a client.
func clientDetail(c *page.Context, name string, width int) []string {
	return client.Facts(c, name, width, func(of *status.Client) string {
		glyph, style := clientSign(c.Theme, of)
		state := "connected"
		if !of.Connected {
			state = "not connected"
		}
		if !of.Enabled {
			state += ", its clientpack is disabled"
		}
		return style.Render(glyph + " " + state)
	})
}
