package runtime

import (
	"fmt"
	"strings"
	"time"

	"vns3/status"
	"vns3/status/figures"
	same "vns3/tui/component/checksum"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// identity is Controller Status in its parts, so that a small screen can leave the middle one out.
type identity struct {
	name     []string // who it is in the overlay
	facts    []string // addresses, version, license
	checksum []string // whole, and who has the same
}

// newIdentity draws Controller Status.
func newIdentity(c *page.Context, width int) identity {
	t, me := c.Theme, c.Snapshot.Controller
	id := "no ID yet"
	if me.ID != 0 {
		id = fmt.Sprintf("#%d", me.ID)
	}
	up := ""
	if !me.StartedAt.IsZero() {
		up = ", up " + figures.Since(c.Now(), me.StartedAt)
	}
	draining := ""
	if me.Draining {
		draining = "draining"
	}
	return identity{
		name: flow(t, width,
			pair{value: strings.TrimSpace(id + " " + me.Name), style: t.Strong}, pair{value: draining, style: t.Warn},
			pair{label: "overlay", value: me.OverlayAddress}, pair{label: "VIP", value: me.VIP}),
		facts: flow(t, width,
			pair{label: "private", value: me.PrivateAddress}, pair{label: "public", value: me.PublicAddress},
			pair{value: "vns3 " + me.Version + up},
			pair{label: "topology", value: topology(me, width)}, pair{label: "license", value: licence(c.Snapshot)}, pair{label: "clientpacks", value: packs(c.Snapshot)}),
		checksum: checksum(c, width),
	}
}

// topology is the topology's name where there is room for it; the header of the screen has it too.
func topology(me status.Controller, width int) string {
	if width < 90 {
		return ""
	}
	return me.TopologyName
}

// licence says how many of the controllers of the license are set.
func licence(s *status.Snapshot) string {
	l := s.Controller.License
	if !l.Licensed {
		return "none"
	}
	set := 0
	for _, p := range s.Peers {
		if p.Self || p.State != status.NotSet {
			set++
		}
	}
	words := fmt.Sprintf("%d of %s", set, figures.Count(l.Controllers, "controller"))
	if l.Expired {
		words += ", expired"
	}
	return words
}

// packs says how many of the clientpacks of the license are handed out.
func packs(s *status.Snapshot) string {
	if !s.Controller.License.Licensed {
		return ""
	}
	out := 0
	for i := range s.Clients {
		if s.Clients[i].CheckedOut {
			out++
		}
	}
	return fmt.Sprintf("%s of %s out", text.Thousands(out), text.Thousands(s.Controller.License.Clientpacks))
}

// checksum draws the topology checksum whole, and under it who has the same one. With nobody to
// compare with nothing is said.
func checksum(c *page.Context, width int) []string {
	t, sum := c.Theme, c.Snapshot.Controller.TopologyChecksum
	if sum == "" {
		return flow(t, width, pair{label: "checksum", value: "none: there is no keyset yet", style: t.Dim})
	}
	lines := flow(t, width, pair{label: "checksum", value: sum, style: t.Strong})
	if text.Width(lines[0]) > width { // the 40 digits stay in one piece
		lines = []string{" " + t.Dim.Render("checksum"), t.Strong.Render(sum)}
	}
	if alone(c.Snapshot) {
		return lines
	}
	words, equal := same.Words(c.Snapshot)
	sign, style := "= ", t.Good
	if !equal {
		sign, style = t.Glyph.Down+" ", t.Bad
	}
	for i, line := range text.Wrap(words, max(width-12, 8)) {
		if i > 0 {
			sign = "  "
		}
		lines = append(lines, strings.Repeat(" ", 10)+style.Render(sign+line))
	}
	return lines
}

// alone says that no other controller is set.
func alone(s *status.Snapshot) bool {
	for _, p := range s.Peers {
		if !p.Self && p.State != status.NotSet {
			return false
		}
	}
	return true
}

// uptime is a span in seconds in words.
func uptime(seconds int64) string { return figures.Span(time.Duration(seconds) * time.Second) }
