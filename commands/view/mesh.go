package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vns3/status"
	"vns3/status/figures"
)

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

// Mesh is every controller, and every link as a matrix: from each row to each column.
func Mesh(s *status.Snapshot) string {
	if len(s.Controllers) == 0 {
		return "The mesh does not run: " + whyNoMesh(s) + ".\n"
	}
	var b strings.Builder
	b.WriteString("CONTROLLERS\n" + controllers(s))
	if len(s.Controllers) > 1 {
		b.WriteString("\nLINKS, round trip in ms\n" + matrix(s))
		b.WriteString("\n  ● up  ◐ suspect or lossy  → one way  ✗ down  · no link\n")
	}
	if round := detours(s); round != "" {
		b.WriteString("\nPATHS THAT GO ROUND\n" + round)
	}
	return b.String()
}

func whyNoMesh(s *status.Snapshot) string {
	switch {
	case !s.Controller.KeysetPresent:
		return "there is no keyset"
	case s.Controller.ID == 0:
		return "no row of the peering table says \"this instance\""
	default:
		return "no engine runs"
	}
}

func controllers(s *status.Snapshot) string {
	t := table{columns: []column{
		{head: "ID"}, {head: "NAME", gives: true}, {head: "STATE"}, {head: "CLIENTS", right: true},
		{head: "CHECKSUM"}, {head: "VERSION"}, {head: "ADDRESS"},
	}}
	for _, c := range s.Controllers {
		t.add(fmt.Sprintf("#%d", c.ID), orDash(c.Name), controllerState(s, c), fmt.Sprint(c.Clients),
			equality(s.Controller.TopologyChecksum, c.Checksum), orDash(c.Version), orDash(first(c.Addresses)))
	}
	return t.String()
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func controllerState(s *status.Snapshot, c status.MeshController) string {
	switch {
	case !c.Reachable && !c.Self:
		return bad + " lost " + figures.Since(s.At, c.LastHeard)
	case c.Draining:
		return doubtful + " draining"
	case c.Self:
		return good + " here"
	default:
		return good + " reached"
	}
}

func equality(ours, theirs string) string {
	switch theirs {
	case "":
		return dash
	case ours:
		return "equal"
	default:
		return bad + " differs"
	}
}

// lossy is the share of lost packets from which a link that is up is shown as doubtful.
const lossy = 0.05

func matrix(s *status.Snapshot) string {
	known := map[[2]int]status.Link{}
	for _, l := range s.Links {
		known[[2]int{l.From, l.To}] = l
	}
	t := table{columns: []column{{head: "FROM"}}}
	for _, c := range s.Controllers {
		t.columns = append(t.columns, column{head: fmt.Sprintf("#%d", c.ID), right: true})
	}
	for _, from := range s.Controllers {
		row := []string{fmt.Sprintf("#%d", from.ID)}
		for _, to := range s.Controllers {
			l, there := known[[2]int{from.ID, to.ID}]
			row = append(row, cell(l, there))
		}
		t.add(row...)
	}
	return t.String()
}

// cell is one direction of a link in at most six columns.
func cell(l status.Link, there bool) string {
	switch {
	case !there || l.From == l.To:
		return none
	case l.State == status.Init:
		return "→"
	case l.State == status.Suspect, l.State == status.Up && l.Loss >= lossy:
		return doubtful + milliseconds(l.RTTms)
	case l.State == status.Up:
		return good + milliseconds(l.RTTms)
	default:
		return bad
	}
}

func milliseconds(ms float64) string {
	if ms < 10 {
		return fmt.Sprintf("%.1f", ms)
	}
	return fmt.Sprintf("%.0f", ms)
}

// detours are the peers that this controller reaches through others, or not at all.
func detours(s *status.Snapshot) string {
	var b strings.Builder
	for _, p := range s.Peers {
		switch {
		case p.Self || p.State == status.NotSet || len(p.Path) == 2:
		case len(p.Path) == 0:
			fmt.Fprintf(&b, "  %s #%d → #%d  none: %s\n", bad, s.Controller.ID, p.ID, reason(p))
		default:
			fmt.Fprintf(&b, "  %s %s  the direct link is %s\n", doubtful, figures.IDs(p.Path, " → "), stateWords[p.State])
		}
	}
	return b.String()
}

func reason(p status.Peer) string {
	i := slices.IndexFunc(p.Checks, func(c status.Check) bool { return c.Verdict == verdictError })
	if i >= 0 {
		return p.Checks[i].Text
	}
	return "it is " + stateWords[p.State]
}

// Event is one event as a line.
func Event(e status.Event) string {
	return Hang(fmt.Sprintf("%s %s ", e.At.Local().Format("2006-01-02 15:04:05.000"), severityGlyph(e.Severity)), e.Text)
}
