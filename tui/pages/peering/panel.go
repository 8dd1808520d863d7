package peering

import (
	"fmt"
	"strings"
	"time"

	"vns3/status"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// Patience is how long after a save a row may be tried before it counts as not reached.
const Patience = 10 * time.Second

// shownFor is how long the panel stays unless it is closed before.
const shownFor = 5 * time.Minute

// outcome is the verdict on one row after a save.
type outcome uint8

const (
	trying outcome = iota
	reached
	around // reached through another controller
	notReached
)

// Panel is what Runtime Status shows after a save of the peering table: whether each controller that
// was given an address was reached. It is empty before the first save, once it was dismissed
// (Context.SavedPeering zero) and some minutes later.
func Panel(c *page.Context, width int) []string {
	t, s := c.Theme, c.Snapshot
	if c.SavedPeering.IsZero() || s.At.Sub(c.SavedPeering) > shownFor {
		return nil
	}
	var rows []string
	counts := map[outcome]int{}
	for _, peer := range s.Peers {
		if peer.Self || peer.State == status.NotSet {
			continue
		}
		verdict, words := judge(s, peer, s.At.Sub(c.SavedPeering))
		counts[verdict]++
		glyph := map[outcome]string{
			trying: t.Accent.Render(t.Glyph.Half), reached: t.Good.Render(t.Glyph.Up),
			around: t.Warn.Render(t.Glyph.Half), notReached: t.Bad.Render(t.Glyph.Down),
		}[verdict]
		rows = append(rows, text.Hang(fmt.Sprintf(" %s #%d ", glyph, peer.ID), peer.Address+"  "+words, width)...)
	}
	title := t.Good.Render(t.Glyph.OK) + " " + t.Strong.Render("Peering saved")
	all := counts[trying] + counts[reached] + counts[around] + counts[notReached]
	switch {
	case all == 0:
		title += t.Dim.Render("  no other controller is set")
	case !s.Controller.KeysetPresent:
		title += t.Dim.Render("  waiting for keyset")
	default:
		title += t.Dim.Render(fmt.Sprintf("  %d of %d reached", counts[reached]+counts[around], all))
	}
	return append([]string{text.Sides(title, t.Dim.Render("esc close"), width)}, rows...)
}

// judge says of one row, so long after the save, whether its controller was reached, and if not why.
func judge(s *status.Snapshot, p status.Peer, after time.Duration) (outcome, string) {
	switch {
	case p.State == status.Up || p.State == status.Suspect:
		return reached, "reached, " + text.Ms(p.RTTms)
	case len(p.Path) > 2:
		return around, fmt.Sprintf("reached via #%d; %s", p.NextHop, why(s, p))
	case !s.Controller.KeysetPresent:
		return trying, "waiting for keyset"
	case failing(p):
		return notReached, "not reached: " + why(s, p)
	case after < Patience:
		return trying, fmt.Sprintf("trying … %ds", int(after/time.Second))
	}
	return notReached, "not reached: " + why(s, p)
}

// failing says that a check found an error, so there is nothing to wait for.
func failing(p status.Peer) bool {
	for _, c := range p.Checks {
		if c.Verdict == "error" {
			return true
		}
	}
	return false
}

// why is the reason in words, with what to do.
func why(s *status.Snapshot, p status.Peer) string {
	switch reason, remedy := cause(s, p); {
	case reason == "":
		return "no answer yet"
	case remedy == "":
		return reason
	default:
		return strings.TrimSuffix(reason, ".") + ". " + remedy
	}
}
