package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"vns3/peering"
)

const (
	peeringTable = "peering"
	routeKey     = "route"
)

// maxProblems bounds what is told of a file that is no configuration at all.
const maxProblems = 100

// Parse reads the bytes of a configuration file. Its error is Problems: everything that is wrong, with
// places; the Config then has what could be read. License and addresses of this machine are not known
// here: the peering table is checked again where they are.
func Parse(data []byte) (Config, error) {
	raw, places, syntax := decodeFile(data)
	if syntax != nil {
		return Default(), Problems{*syntax}
	}
	r := reader{config: Default(), places: places}
	r.table(nil, raw)
	r.together()
	if len(r.problems) == 0 {
		return r.config, nil
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return r.config, r.problems
}

// reader turns a raw file into a Config and collects what is wrong.
type reader struct {
	config   Config
	places   *document
	problems Problems
}

func (r *reader) refuse(path []string, f *fault) {
	if len(r.problems) == maxProblems {
		return
	}
	line, column := r.places.place(path)
	r.problems = append(r.problems, Problem{
		Line: line, Column: column, Key: keyName(path), Reason: f.reason, Remedy: f.remedy,
	})
}

// table reads every key of a table of the file.
func (r *reader) table(path []string, table map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(table)) {
		r.entry(append(slices.Clone(path), name), table[name])
	}
}

func (r *reader) entry(path []string, value any) {
	if len(path) == 1 && path[0] == routeKey {
		r.routes(value)
		return
	}
	if key, at, ok := lookUp(path); ok {
		if bad := key.read(&r.config, at, value); bad != nil {
			r.refuse(path, bad)
		}
		return
	}
	if !isTable(path) {
		r.refuse(path, unknown(path))
		return
	}
	table, ok := value.(map[string]any)
	if !ok {
		r.refuse(path, refused(fmt.Sprintf("write [%s] on a line of its own, its keys below it", dotted(path)), "is %s, not a table", typeName(value)))
		return
	}
	r.table(path, table)
}

func (r *reader) routes(value any) {
	elements, _ := value.([]any)
	if elements == nil {
		r.refuse([]string{routeKey}, refused("write [[route]] above the keys of each route", "is %s, not a list of routes", typeName(value)))
	}
	for i, element := range elements {
		path := []string{routeKey, strconv.Itoa(i)}
		r.config.Routes = append(r.config.Routes, Route{})
		table, ok := element.(map[string]any)
		if !ok {
			r.refuse(path, refused("write [[route]] above the keys of each route", "is %s, not a route", typeName(element)))
			continue
		}
		r.table(path, table)
		if _, ok := table["cidr"]; !ok {
			r.refuse(path, refused("write its destination, such as cidr = \"192.168.10.0/24\"", "has no cidr"))
		}
	}
}

// together checks what single keys do not tell.
func (r *reader) together() {
	r.peering()
	r.health()
	api := r.config.API
	switch {
	case api.TLSCert != "" && api.TLSKey == "":
		r.refuse([]string{"api", "tls_cert"}, refused("add api.tls_key, or remove it", "is set without api.tls_key"))
	case api.TLSCert == "" && api.TLSKey != "":
		r.refuse([]string{"api", "tls_key"}, refused("add api.tls_cert, or remove it", "is set without api.tls_cert"))
	}
	seen := map[Route]int{}
	for i, route := range r.config.Routes {
		same := Route{CIDR: route.CIDR, Gateway: route.Gateway, Interface: route.Interface, Metric: route.Metric}
		first, twice := seen[same]
		if twice && route.CIDR.IsValid() {
			r.refuse([]string{routeKey, strconv.Itoa(i)}, refused("remove one, or give it another metric", "is the same route as %s", keyName([]string{routeKey, strconv.Itoa(first)})))
			continue
		}
		seen[same] = i
	}
}

// peering applies the rules of the table that need neither license nor addresses of this machine.
func (r *reader) peering() {
	for _, p := range peering.Check(r.config.Peering, peering.Rules{Listen: r.config.Controller.Listen}).Errors() {
		row := strconv.Itoa(p.Rows[len(p.Rows)-1])
		r.refuse([]string{peeringTable, row}, &fault{p.Text, p.Remedy})
	}
}

// health checks that the times of a link are in the order in which they strike.
func (r *reader) health() {
	h := r.config.Health
	for _, rule := range []struct {
		key    string
		broken bool
		bound  string
	}{
		{"interval", h.Interval < minInterval, "must be at least " + showPeriod(minInterval)},
		{"suspect_after", h.SuspectAfter < 2*h.Interval, "must be at least twice health.interval, which is " + showPeriod(h.Interval)},
		{"down_after", h.DownAfter <= h.SuspectAfter, "must be more than health.suspect_after, which is " + showPeriod(h.SuspectAfter)},
		{"hold_up_max", h.HoldUpMax < h.HoldUp, "must be at least health.hold_up, which is " + showPeriod(h.HoldUp)},
	} {
		if rule.broken {
			r.refuse([]string{"health", rule.key}, refused("change one of them", "%s", rule.bound))
		}
	}
}

// lookUp is the entry of the schema for a path of the file.
func lookUp(path []string) (Key, member, bool) {
	for _, key := range schema {
		if at, ok := match(key.path, path); ok {
			return key, at, true
		}
	}
	return Key{}, member{}, false
}

// match says whether a path is one of a key, and of which member.
func match(parts, path []string) (at member, ok bool) {
	if len(parts) != len(path) {
		return at, false
	}
	for i, part := range parts {
		if part == "*" {
			at.name = path[i]
		} else if part != path[i] {
			return at, false
		}
	}
	if len(parts) > 1 && parts[0] == routeKey {
		at.route, _ = strconv.Atoi(path[1])
	}
	return at, true
}

// isTable says whether keys may stand below a path.
func isTable(path []string) bool {
	for _, key := range schema {
		parts := key.path
		if len(parts) > len(path) {
			if _, ok := match(parts[:len(path)], path); ok {
				return true
			}
		}
	}
	return false
}
