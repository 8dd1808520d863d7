package view

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"vns3/control"
	"vns3/status"
	"vns3/status/figures"
)

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
			traffic = figures.Bytes(c.RxBytes) + "/" + figures.Bytes(c.TxBytes)
		}
		t.add(c.Name, packState(c), at, orDash(c.Endpoint), figures.Age(s.At, c.LastHandshake), traffic, packNotes(c))
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
		state, ends, used := good+" valid", figures.Span(token.ExpiresAt.Sub(now)), "never"
		if token.Expired {
			state, ends = bad+" expired", dash
		}
		if !token.LastUsed.IsZero() {
			used = figures.Age(now, token.LastUsed) + " ago"
		}
		t.add(fmt.Sprint(token.ID), orDash(token.Name), state, ends, used, token.CreatedAt.Local().Format(time.DateOnly))
	}
	return t.String()
}
