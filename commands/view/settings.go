package view

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"vns3/control"
	"vns3/peering"
	"vns3/status"
	"vns3/status/figures"
)

// Peering is the peering table, with what is staged and what a fetched keyset brought.
func Peering(s *status.Snapshot) string {
	var b strings.Builder
	states := map[int]status.Peer{}
	for _, p := range s.Peers {
		states[p.ID] = p
	}
	t := table{columns: []column{{head: "ID"}, {head: "ROW", gives: true}, {head: "STATE"}}}
	if s.Peering.Staged != nil {
		t.columns = append(t.columns, column{head: "STAGED"})
	}
	for id, row := range s.Peering.Table.Rows() {
		staged := ""
		if s.Peering.Staged != nil && s.Peering.Staged[id] != row {
			staged = s.Peering.Staged[id].String()
		}
		p, shown := states[id]
		if !shown && row.Kind == peering.NotSet && staged == "" {
			continue
		}
		state := ""
		if shown && row.Kind == peering.Address {
			state = linkWord(p, s.At)
		}
		t.add([]string{fmt.Sprintf("#%d", id), row.String(), state, staged}[:len(t.columns)]...)
	}
	if len(t.rows) == 0 {
		b.WriteString("No row is set.\n")
	} else {
		b.WriteString(t.String())
	}
	if licensed := s.Controller.License; licensed.Licensed {
		fmt.Fprintf(&b, "Your license allows %s in this topology.\n", figures.Count(licensed.Controllers, "controller"))
	}
	if s.Suggestion != nil {
		b.WriteString("\n" + suggestion(s.Suggestion))
	}
	return b.String()
}

// starting is how long a row that was just set may take until its link is up, and is not called down.
const starting = 5 * time.Second

func linkWord(p status.Peer, now time.Time) string {
	if p.State == status.Down && p.LastHandshake.IsZero() && now.Sub(p.Since) < starting {
		return "· starts"
	}
	return stateGlyphs[p.State] + " " + stateWords[p.State]
}

func suggestion(g *status.Suggestion) string {
	var b strings.Builder
	b.WriteString(Hang("", "The keyset came with the peering table of "+g.From+". To take it:"))
	words := []string{"vns3 peering set"}
	for id, row := range g.Table.Rows() {
		if row.Kind != peering.NotSet {
			text := row.String()
			if row.Kind == peering.Self {
				text = "self"
			}
			words = append(words, fmt.Sprintf("%d=%s", id, text))
		}
	}
	b.WriteString("  " + strings.Join(words, " ") + "\n")
	for _, id := range slices.Sorted(maps.Keys(g.Notes)) {
		b.WriteString(Hang(fmt.Sprintf("  #%d ", id), g.Notes[id]))
	}
	return b.String()
}

// Keyset is what may be shown of a keyset.
func Keyset(s *status.Snapshot) string {
	if !s.Keyset.Present {
		return "No keyset. Generate it on the first controller, fetch it on the others.\n"
	}
	var b strings.Builder
	fields(&b,
		[2]string{"topology", s.Controller.TopologyName},
		[2]string{"checksum", checksum(s)},
		[2]string{"keyset", s.Keyset.UUID},
		[2]string{"made", s.Keyset.CreatedAt.UTC().Format(time.DateOnly)},
		[2]string{"source", s.Keyset.Source},
		[2]string{"fetch", fetchText(s)},
	)
	return b.String()
}

func fetchText(s *status.Snapshot) string {
	f := s.Fetch
	switch {
	case s.Controller.StartedAt.IsZero():
		return "no engine runs, so none can fetch from here"
	case f.Open && f.Failures == 0:
		return "open: other controllers may fetch from here"
	case f.Open:
		return fmt.Sprintf("open; %s, the last from %s", figures.Count(f.Failures, "wrong token"), f.LastFrom)
	default:
		return bad + " closed: " + figures.Count(f.Failures, "wrong token") + "; open it again with vns3 keyset rearm"
	}
}

// License is a license as installed, with the overlay that it stands for.
func License(l control.LicenseShown) string {
	var b strings.Builder
	p := l.Parameters
	overlay := ""
	if p.Subnet.IsValid() {
		overlay = fmt.Sprintf("%v, VIP %v", p.Subnet, p.VIP)
	}
	fields(&b,
		[2]string{"topology", l.Topology},
		[2]string{"allows", LicenseLine(l.License)},
		[2]string{"signer", l.Signer},
		[2]string{"overlay", overlay},
		[2]string{"sha1", l.SHA1},
	)
	if len(p.Controllers) > 0 {
		t := table{columns: []column{{head: "CONTROLLER"}, {head: "OVERLAY ADDRESS"}, {head: "ASN", right: true}}}
		for _, c := range p.Controllers {
			t.add(fmt.Sprintf("#%d", c.ID), c.Address.String(), fmt.Sprint(c.ASN))
		}
		b.WriteString("\n" + t.String())
	}
	return b.String()
}

// Config is which file holds, and what it says of this controller.
func Config(s *status.Snapshot) string {
	state := good + " valid and applied"
	switch {
	case s.Config.Error != "":
		state = bad + " not in use: " + s.Config.Error
	case s.Config.Defaults:
		state = none + " not there: built-in defaults"
	case s.Config.AppliedAt.IsZero():
		state = good + " valid"
	}
	if !s.Config.Writable {
		state += ", not writable"
	}
	var b strings.Builder
	fields(&b,
		[2]string{"file", s.Config.Path},
		[2]string{"state", state},
		[2]string{"name", s.Controller.Name},
		[2]string{"topology", s.Controller.TopologyName},
		[2]string{"ntp_hosts", strings.Join(s.Controller.NTPHosts, ", ")},
		[2]string{"theme", s.Config.Console.Theme},
		[2]string{"mouse", fmt.Sprint(s.Config.Console.Mouse)},
		[2]string{"ascii", fmt.Sprint(s.Config.Console.ASCII)},
		[2]string{"keys", keys(s.Config.Console.Keys)},
		[2]string{"data", s.Controller.DataDir},
	)
	return b.String()
}

// keys are the keys that the file gives to actions of the console.
func keys(changed map[string][]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		all = append(all, name+" "+strings.Join(changed[name], " "))
	}
	return strings.Join(all, ", ")
}
