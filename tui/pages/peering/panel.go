package peering

import (
	"fmt"
	"strings"
	"time"

	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/text"
	"vns3/tui/page"
	"vns3/tui/theme"
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

// Saved is what Runtime Status shows after a save of the peering table: whether each controller that
// was given an address was reached. It is empty before the first save, once it was dismissed
// (Context.SavedPeering zero) and some minutes later.
type Saved struct {
	Lines []string
	told  []told
}

// told is the verdict on one row.
type told struct {
	peer           status.Peer
	verdict        outcome
	words          string // with the reason
	reason, remedy string
}

// Panel judges every row, in as many words as fit into lines of width cells and about height lines.
func Panel(c *page.Context, width, height int) Saved {
	s := c.Snapshot
	if c.SavedPeering.IsZero() || s.At.Sub(c.SavedPeering) > shownFor {
		return Saved{}
	}
	var rows []told
	for _, peer := range s.Peers {
		if !peer.Self && peer.State != status.NotSet {
			rows = append(rows, judge(s, peer, s.At.Sub(c.SavedPeering)))
		}
	}
	title := text.Sides(panelTitle(c, rows), c.Theme.Dim.Render("esc close"), width)
	whole, brief := []string{title}, []string{title}
	for _, r := range rows {
		head := fmt.Sprintf(" %s #%d ", r.verdict.sign(c.Theme), r.peer.ID)
		whole = append(whole, text.Hang(head, r.sentence(true), width)...)
		brief = append(brief, text.Hang(head, r.sentence(false), width)...)
	}
	switch {
	case len(whole) <= height:
		return Saved{whole, rows}
	case len(brief) <= height:
		return Saved{brief, nil}
	}
	return Saved{append([]string{title}, together(c.Theme, rows, width)...), nil}
}

// Tells says that the panel has everything that a warning says.
func (s Saved) Tells(w status.Warning) bool {
	for _, r := range s.told {
		if r.peer.ID == w.Peer && (w.Text == r.reason && w.Remedy == r.remedy || r.verdict == around && w.Code == string(status.PeerVia)) {
			return true
		}
	}
	return false
}

func panelTitle(c *page.Context, rows []told) string {
	t, reachable := c.Theme, 0
	for _, r := range rows {
		if r.verdict == reached || r.verdict == around {
			reachable++
		}
	}
	title := t.Good.Render(t.Glyph.OK) + " " + t.Strong.Render("Peering saved")
	switch {
	case len(rows) == 0:
		return title + t.Dim.Render("  no other controller is set")
	case !c.Snapshot.Controller.KeysetPresent:
		return title + t.Dim.Render("  waiting for keyset")
	}
	return title + t.Dim.Render(fmt.Sprintf("  %d of %d reached", reachable, len(rows)))
}

// together are the verdicts where there is no room for a line for each row: what is wrong first.
func together(t *theme.Theme, rows []told, width int) []string {
	var lines []string
	for _, verdict := range []outcome{notReached, around, trying, reached} {
		var ids []int
		for _, r := range rows {
			if r.verdict == verdict {
				ids = append(ids, r.peer.ID)
			}
		}
		if len(ids) > 0 {
			lines = append(lines, text.Hang(" "+verdict.sign(t)+" ", verdict.String()+": "+figures.IDs(ids, " "), width)...)
		}
	}
	return lines
}

func (o outcome) String() string {
	return [...]string{"trying", "reached", "reached through another controller", "not reached"}[o]
}

func (o outcome) sign(t *theme.Theme) string {
	switch o {
	case reached:
		return t.Good.Render(t.Glyph.Up)
	case around:
		return t.Warn.Render(t.Glyph.Half)
	case notReached:
		return t.Bad.Render(t.Glyph.Down)
	}
	return t.Accent.Render(t.Glyph.Half)
}

// sentence is the verdict with its address, where the reason has not got it, and with what to do.
func (r told) sentence(remedy bool) string {
	words := r.words
	if !strings.Contains(words, r.peer.Address) {
		words = r.peer.Address + "  " + words
	}
	if remedy && r.remedy != "" {
		words += ". " + strings.TrimSuffix(text.Sentence(r.remedy), ".") + "."
	}
	return words
}

// judge says of one row, so long after the save, whether its controller was reached, and if not why.
func judge(s *status.Snapshot, p status.Peer, after time.Duration) told {
	r := told{peer: p}
	why := func() string {
		r.reason, r.remedy = cause(s, p)
		if r.reason == "" {
			return "no answer yet"
		}
		return strings.TrimSuffix(strings.TrimPrefix(r.reason, fmt.Sprintf("#%d: ", p.ID)), ".")
	}
	switch {
	case p.State == status.Up || p.State == status.Suspect:
		r.verdict, r.words = reached, "reached, "+text.Ms(p.RTTms)
	case len(p.Path) > 2:
		r.verdict, r.words = around, fmt.Sprintf("reached via #%d; %s", p.NextHop, why())
	case !s.Controller.KeysetPresent:
		r.verdict, r.words = trying, "waiting for keyset"
	case failing(p) || after >= Patience:
		r.verdict, r.words = notReached, "not reached: "+why()
	default:
		r.verdict, r.words = trying, fmt.Sprintf("trying … %ds", int(after/time.Second))
	}
	return r
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
