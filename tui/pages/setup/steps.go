package setup

import (
	"fmt"
	"strings"

	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// step is one line of the checklist.
type step struct {
	title string
	done  bool
	page  page.ID // where it is done
	is    string  // how it stands, once it is its turn
	also  string  // a second line
	wants string  // what it will be, while it waits
}

// number of the steps, as the list shows them.
const (
	engine = iota
	licensing
	keys
	peers
	compare
	count
)

// Progress says how many of the steps are done.
func Progress(s *status.Snapshot) (done, all int) {
	for _, st := range steps(s, false, false) {
		if st.done {
			done++
		}
	}
	return done, count
}

// steps derives the checklist from what is; join says that the keys exist elsewhere already, inside that
// the engine is in this console.
func steps(s *status.Snapshot, join, inside bool) [count]step {
	return [count]step{
		engine:    engineStep(s, inside),
		licensing: licenseStep(s, join),
		keys:      keysStep(s, join),
		peers:     peersStep(s),
		compare:   compareStep(s),
	}
}

// next is the first step that is not done; a controller that joins gets its license with the keys.
func next(all [count]step, join bool) int {
	for i, st := range all {
		if st.done || i == licensing && join && !all[keys].done {
			continue
		}
		return i
	}
	return count
}

func engineStep(s *status.Snapshot, inside bool) step {
	st := step{title: "Engine", done: true, page: page.Runtime, is: "runs by itself; this console is attached"}
	switch mode := s.Controller.Mode; {
	case mode == status.Console && inside:
		st.is, st.also = "runs inside this console and ends with it", "s  hand it to systemd, so that it stays"
	case mode == status.Console:
		st.is = "runs inside another console, ends with it"
	case mode == status.Demo:
		st.is = "a demonstration inside this console"
	}
	return st
}

func licenseStep(s *status.Snapshot, join bool) step {
	l := s.Controller.License
	st := step{title: "License", done: l.Licensed && l.Finalized, page: page.License}
	switch {
	case st.done:
		st.is = figures.Count(l.Controllers, "controller") + ", " + text.Thousands(l.Clientpacks) + " clientpacks"
		if l.Community {
			st.is = "community: " + st.is
		}
	case l.Licensed:
		st.is, st.also = "installed. enter: set the overlay parameters", "its own are the default; they stay for good"
	case join:
		st.is = "comes with the keys"
	default:
		st.is, st.also = "none. enter: use the community license", "(9 controllers, 1,000 packs), or a file"
	}
	return st
}

func keysStep(s *status.Snapshot, join bool) step {
	k := s.Keyset
	st := step{title: "Keyset", done: s.Controller.KeysetPresent, page: page.Keyset, wants: "Generate Keyset, once"}
	switch {
	case st.done && k.Source != "" && k.Source != "generated":
		st.is = "fetched from " + k.Source
	case st.done:
		st.is = "generated here"
	case join:
		st.is, st.also = "enter: Fetch Keyset", "from the controller that has them"
	default:
		st.is, st.also = "enter: Generate Keyset", "once, on this controller; the others fetch"
	}
	return st
}

func peersStep(s *status.Snapshot) step {
	others := addresses(s)
	st := step{title: "Peering", done: s.Controller.Peered, page: page.Peering, wants: `choose "this instance"`}
	switch {
	case !st.done:
		st.is, st.also = `enter: choose "this instance"`, "and give the addresses of the others"
	case others == 0:
		st.is = fmt.Sprintf("this is controller %d, the only one so far", s.Controller.ID)
	default:
		st.is = fmt.Sprintf("this is controller %d, with %s", s.Controller.ID, figures.Count(others, "peer"))
	}
	return st
}

// compareStep is done when every peer's checksum is known and equal: it stays done when a peer goes
// down later.
func compareStep(s *status.Snapshot) step {
	st := step{title: "Compare", page: page.Runtime, wants: "peers up, checksums equal"}
	var silent, other []string
	for _, p := range s.Peers {
		switch {
		case p.Self || p.State == status.NotSet:
		case p.ChecksumEqual == nil:
			silent = append(silent, fmt.Sprintf("#%d", p.ID))
		case !*p.ChecksumEqual:
			other = append(other, fmt.Sprintf("#%d", p.ID))
		}
	}
	switch {
	case !s.Controller.KeysetPresent || !s.Controller.Peered:
	case len(other) > 0:
		st.is, st.also = "another checksum on "+strings.Join(other, " "), "remove the keyset there, and fetch ours"
	case len(silent) > 0:
		st.is, st.also = "waiting for "+strings.Join(silent, " "), "enter: see why on Runtime Status"
	default:
		st.done, st.is = true, "topology checksum equal on all"
		if addresses(s) == 0 {
			st.is = "nothing to compare yet: no peers"
		}
	}
	return st
}

// addresses counts the rows of the table that name a peer.
func addresses(s *status.Snapshot) int {
	n := 0
	for _, p := range s.Peers {
		if !p.Self && p.State != status.NotSet {
			n++
		}
	}
	return n
}
