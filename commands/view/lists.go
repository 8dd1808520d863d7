package view

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"vns3/control"
	"vns3/peering"
	"vns3/status"
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
			state = stateGlyphs[p.State] + " " + stateWords[p.State]
		}
		t.add([]string{fmt.Sprintf("#%d", id), row.String(), state, staged}[:len(t.columns)]...)
	}
	if len(t.rows) == 0 {
		b.WriteString("No row is set.\n")
	} else {
		b.WriteString(t.String())
	}
	if licensed := s.Controller.License; licensed.Licensed {
		fmt.Fprintf(&b, "Your license allows %s in this topology.\n", counted(licensed.Controllers, "controller"))
	}
	if s.Suggestion != nil {
		b.WriteString("\n" + suggestion(s.Suggestion))
	}
	return b.String()
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
		return fmt.Sprintf("open; %s, the last from %s", counted(f.Failures, "wrong token"), f.LastFrom)
	default:
		return bad + " closed: " + counted(f.Failures, "wrong token") + "; open it again with vns3 keyset rearm"
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

// Packs are clientpacks, one a line.
func Packs(s *status.Snapshot, clients []status.Client) string {
	if len(clients) == 0 {
		return "No clientpacks to show.\n"
	}
	t := table{columns: []column{
		{head: "CLIENTPACK"}, {head: "STATE"}, {head: "AT"}, {head: "ENDPOINT", gives: true}, {head: "SEEN", right: true},
		{head: "RX/TX", right: true}, {head: "NOTES", gives: true},
	}}
	for _, c := range clients {
		at, traffic := dash, dash
		if c.ControllerID != 0 {
			at = fmt.Sprintf("#%d", c.ControllerID)
		}
		if c.RxBytes+c.TxBytes > 0 {
			traffic = Bytes(c.RxBytes) + "/" + Bytes(c.TxBytes)
		}
		t.add(c.Name, packState(c), at, orDash(c.Endpoint), since(s.At, c.LastHandshake), traffic, packNotes(c))
	}
	return t.String()
}

func packState(c status.Client) string {
	switch {
	case !c.Enabled:
		return bad + " disabled"
	case c.Connected:
		return good + " up"
	case c.CheckedOut:
		return none + " out"
	default:
		return none + " free"
	}
}

func packNotes(c status.Client) string {
	var notes []string
	if c.Outdated {
		notes = append(notes, "export again")
	}
	for _, key := range slices.Sorted(maps.Keys(c.Tags)) {
		notes = append(notes, key+"="+c.Tags[key])
	}
	if !c.Connected && c.Reason != "" {
		notes = append(notes, c.Reason)
	}
	return strings.Join(notes, ", ")
}

// Routes are the routes of this controller first, then those that others advertise.
func Routes(s *status.Snapshot) string {
	if len(s.Routes) == 0 {
		return "No routes.\n"
	}
	t := table{columns: []column{
		{head: "ROUTE", right: true}, {head: "NETWORK"}, {head: "BY"}, {head: "STATE"}, {head: "VIA", gives: true},
		{head: "METRIC", right: true}, {head: "ABOUT", gives: true},
	}}
	var why []string
	sorted := slices.Clone(s.Routes)
	slices.SortStableFunc(sorted, func(x, y status.Route) int {
		return cmp.Or(cmp.Compare(btoi(x.ID == 0), btoi(y.ID == 0)), cmp.Compare(x.ID, y.ID), cmp.Compare(x.CIDR, y.CIDR))
	})
	for _, r := range sorted {
		id, by := dash, "here"
		if r.ID != 0 {
			id = fmt.Sprint(r.ID)
		} else {
			by = fmt.Sprintf("#%d", r.Controller)
		}
		t.add(id, r.CIDR, by, routeState(r), orDash(strings.TrimSpace(r.Gateway+" "+r.Interface)), fmt.Sprint(r.Metric), about(r))
		if r.Enabled && !r.Active && r.Reason != "" {
			why = append(why, Hang("  "+bad+" ", routeName(r)+" is not in use: "+r.Reason))
		}
	}
	text := t.String()
	if len(why) > 0 {
		text += "\n" + strings.Join(why, "")
	}
	return text
}

func routeName(r status.Route) string {
	if r.ID != 0 {
		return fmt.Sprintf("route %d", r.ID)
	}
	return fmt.Sprintf("#%d's route to %s", r.Controller, r.CIDR)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func routeState(r status.Route) string {
	switch {
	case !r.Enabled:
		return none + " disabled"
	case r.Active:
		return good + " in use"
	default:
		return bad + " not in use"
	}
}

func about(r status.Route) string {
	var words []string
	if r.Description != "" {
		words = append(words, r.Description)
	}
	if r.ID != 0 && r.Advertise {
		words = append(words, "advertised")
	}
	return strings.Join(words, ", ")
}

// Tokens are the API's tokens, one a line.
func Tokens(list []control.AccessToken, now time.Time) string {
	if len(list) == 0 {
		return "No API tokens.\n"
	}
	t := table{columns: []column{{head: "ID", right: true}, {head: "NAME", gives: true}, {head: "STATE"}, {head: "ENDS IN", right: true}, {head: "LAST USED"}, {head: "MADE"}}}
	for _, token := range list {
		state, ends, used := good+" valid", Age(token.ExpiresAt.Sub(now)), "never"
		if token.Expired {
			state, ends = bad+" expired", dash
		}
		if !token.LastUsed.IsZero() {
			used = since(now, token.LastUsed) + " ago"
		}
		t.add(fmt.Sprint(token.ID), orDash(token.Name), state, ends, used, token.CreatedAt.Local().Format(time.DateOnly))
	}
	return t.String()
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
		[2]string{"data", s.Controller.DataDir},
	)
	return b.String()
}
