package api

import (
	"net/http"
	"net/url"
	"testing"
)

// Whatever comes as arguments, reading them never panics, and what is accepted has the types and the
// bounds that the route names.
func FuzzArguments(f *testing.F) {
	f.Add("id=2&name=10.0.2.10&overlay_mtu=1400", `{"force":"False"}`)
	f.Add("", `{"id":1e0,"name":"a","overlay_mtu":null}`)
	f.Add("id=_notset", `{"id":99999999999999999999}`)
	f.Add("%zz", `{"id":{"deep":[]}}`)
	known := []arg{
		{name: "id", kind: integer, required: true},
		{name: "name", required: true},
		{name: "overlay_mtu", kind: integer, min: minMTU, max: maxMTU},
		{name: "force", kind: boolean},
		{name: "old", kind: ignored},
	}
	f.Fuzz(func(t *testing.T, query, body string) {
		r := &http.Request{URL: &url.URL{RawQuery: query}}
		a, err := parseArgs(known, r, []byte(body), nil)
		if err != nil {
			if failureOf(err).status != http.StatusBadRequest {
				t.Errorf("refused with %v", err)
			}
			return
		}
		if !a.has("id") || !a.has("name") {
			t.Errorf("accepted %v without what is required", a)
		}
		if mtu := a.int("overlay_mtu"); a.has("overlay_mtu") && (mtu < minMTU || mtu > maxMTU) {
			t.Errorf("accepted an MTU of %d", mtu)
		}
	})
}

// Whatever stands for overlay parameters, reading it never panics and stays within its bound.
func FuzzParameters(f *testing.F) {
	f.Add("172.31.1.0/24", "172.31.1.253", "65001", "172.31.1.1-172.31.1.9,172.31.1.11", "172.31.1.254")
	f.Add("::/0", "::1 ::2", "1 2", "0.0.0.0-255.255.255.255", "::3")
	f.Add("0.0.0.0/0", "1.1.1.1", "1", "255.255.255.250-255.255.255.255", "2.2.2.2")
	f.Fuzz(func(t *testing.T, subnet, managers, asns, clients, vip string) {
		p, err := parameters(args{"subnet": subnet, "managers": managers, "asns": asns, "clients": clients, "my_manager_vip": vip})
		if err == nil && len(p.Clients) > maxClients {
			t.Errorf("%d clients from %q", len(p.Clients), clients)
		}
	})
}

// Matching never panics, whatever path comes.
func FuzzPaths(f *testing.F) {
	f.Add("/api/peering/peers/1")
	f.Add("/local/do/peering/set")
	f.Add("//%2F/..")
	s := new(Server)
	s.routes = s.table()
	f.Fuzz(func(t *testing.T, path string) {
		u, err := url.ParseRequestURI(path)
		if err != nil {
			return
		}
		here, vars := s.at(u)
		if len(here) > 0 && vars == nil {
			t.Errorf("%q has routes and no variables", path)
		}
	})
}
