package commands

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"vns3/status"
)

var stateGlyphs = map[status.PeerState]string{
	status.Up: "●", status.Suspect: "◐", status.Init: "◐", status.Down: "✗", status.Unresolved: "✗", status.NotSet: "·",
}

// writeStatus writes a snapshot to be read at a glance: what is wrong first.
func writeStatus(out io.Writer, s *status.Snapshot) error {
	var b strings.Builder
	for _, w := range s.Warnings {
		fmt.Fprintf(&b, "%s %s\n  do: %s\n", severityGlyph(w.Severity), w.Text, w.Remedy)
	}
	c := s.Controller
	fmt.Fprintf(&b, "controller  %s  %s  vns3 %s, %s\n", idText(c.ID), orDash(c.Name), c.Version, c.Mode)
	fmt.Fprintf(&b, "topology    %s  overlay %s  VIP %s\n", orDash(c.TopologyName), orDash(c.OverlayAddress), orDash(c.VIP))
	fmt.Fprintf(&b, "checksum    %s\n", checksumLine(s))
	if c.License.Licensed {
		fmt.Fprintf(&b, "license     %d controllers, %d clientpacks\n", c.License.Controllers, c.License.Clientpacks)
	}
	writePeers(&b, s)
	_, err := io.WriteString(out, b.String())
	return err
}

func writePeers(b *strings.Builder, s *status.Snapshot) {
	var rows []status.Peer
	for _, p := range s.Peers {
		if !p.Self && p.State != status.NotSet {
			rows = append(rows, p)
		}
	}
	if len(rows) == 0 {
		b.WriteString("peers       none\n")
		return
	}
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "peer\taddress\tstate\tRTT\tloss\tMTU\tpath")
	for _, p := range rows {
		fmt.Fprintf(w, "#%d\t%s\t%s %s %s\t%.1f ms\t%.1f %%\t%d\t%s\n", p.ID, p.Address, stateGlyphs[p.State], p.State, ageText(s.At, p.Since), p.RTTms, p.Loss*100, p.MTU, pathText(p))
	}
	w.Flush()
}

func pathText(p status.Peer) string {
	switch {
	case len(p.Path) == 0:
		return "none"
	case len(p.Path) == 2:
		return "direct"
	default:
		return fmt.Sprintf("via #%d", p.Path[1])
	}
}

func checksumLine(s *status.Snapshot) string {
	if s.Controller.TopologyChecksum == "" {
		return "none: no keyset"
	}
	var equal, differ []string
	for _, p := range s.Peers {
		if p.ChecksumEqual == nil {
			continue
		}
		if *p.ChecksumEqual {
			equal = append(equal, fmt.Sprintf("#%d", p.ID))
		} else {
			differ = append(differ, fmt.Sprintf("#%d", p.ID))
		}
	}
	text := s.Controller.TopologyChecksum
	if len(equal) > 0 {
		text += "  equal on " + strings.Join(equal, " ")
	}
	if len(differ) > 0 {
		text += "  DIFFERS on " + strings.Join(differ, " ")
	}
	return text
}

func severityGlyph(s status.Severity) string {
	switch s {
	case status.Error:
		return "✗"
	case status.Warn:
		return "⚠"
	default:
		return "·"
	}
}

func ageText(now, since time.Time) string {
	if since.IsZero() {
		return ""
	}
	return now.Sub(since).Round(time.Second).String()
}

func idText(id int) string {
	if id == 0 {
		return "no ID yet"
	}
	return fmt.Sprintf("#%d", id)
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
