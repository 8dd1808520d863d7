package api_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"vns3/engine/api/apitest"
)

// The documented order of calls, as clients make it: from an unconfigured controller, over both
// restarts, to a mesh. Every answer is held against the description.
func TestDocumentedOrder(t *testing.T) {
	first := apitest.Start(t, apitest.SiteOptions{Controller: apitest.Options{Name: "first"}})
	c := callerOf(t, first)

	unlicensed := c.object("GET", "/api/config", nil)
	c.want("config while unlicensed", unlicensed, map[string]any{
		"licensed": false, "topology_checksum": "", "controller_name": "first", "private_ipaddress": "10.0.1.10",
		"public_ipaddress": "203.0.113.7", "ntp_hosts": "0.pool.ntp.org",
		"asn": nil, "manager_id": nil, "overlay_ipaddress": nil, "peered": nil,
	})
	if v, _ := unlicensed["vns3_version"].(string); !strings.HasPrefix(v, "6.0.0-20") || len(v) != len("6.0.0-20261123") {
		t.Errorf("vns3_version is %q", v)
	}
	for _, path := range []string{"/api/license", "/api/keyset", "/api/peering", "/api/status", "/api/clientpacks", "/api/routes"} {
		c.refused("GET", path, nil, 403, "PrerequisiteError", "Must be licensed first.")
	}
	c.refused("PUT", "/api/keyset", map[string]any{"token": "t0ken"}, 403, "PrerequisiteError", "Must be licensed first.")
	c.want("PUT /config", c.object("PUT", "/api/config", map[string]any{"topology_name": "Acme", "controller_name": "One", "ntp_hosts": "a.example b.example"}),
		map[string]any{"topology_name": "Acme", "controller_name": "One", "ntp_hosts": "a.example b.example"})

	c.refused("PUT", "/api/license", "nonsense", 400, "APIArgumentError", "Bad license")
	put := c.object("PUT", "/api/license", apitest.LicenseText(4, 8))
	c.want("PUT /license", put, map[string]any{"license": "accepted", "finalized": false, "license_present": true})
	topology := put["default_topology"].(map[string]any)
	c.want("default_topology", topology, map[string]any{"total_clients": 8, "overlay_max_clients": 8, "overlay_subnet": "100.127.252.0/22"})
	c.want("its first manager", topology["managers"].([]any)[0].(map[string]any), map[string]any{
		"manager_id": 1, "asn": 65001, "overlay_ipaddress": map[string]any{"ip_address": "100.127.255.253", "octets": []int{100, 127, 255, 253}},
	})
	c.want("GET /license", c.object("GET", "/api/license", nil), map[string]any{"finalized": false, "license_present": true, "custom_addressing": false})
	c.want("PUT /license/parameters/", c.object("PUT", "/api/license/parameters/", map[string]any{"default": true}),
		map[string]any{"license": "accepted", "finalized": true})
	waitRestart(t, c)

	c.want("GET /keyset", c.object("GET", "/api/keyset", nil), map[string]any{"keyset_present": false, "in_progress": false})
	c.refused("PUT", "/api/keyset", nil, 400, "APIArgumentError", "token is missing")
	c.want("PUT /keyset", c.object("PUT", "/api/keyset", map[string]any{"token": "t0ken", "topology_name": "Acme", "sealed_network": false}),
		map[string]any{"keyset_present": false, "in_progress": true})
	waitFor(t, "the keyset", func() bool { return c.object("GET", "/api/keyset", nil)["keyset_present"] == true })
	c.refused("PUT", "/api/keyset", map[string]any{"token": "t0ken"}, 400, "APIBadRequestError", "Keyset already exists.")
	c.want("PUT /peering/self", c.object("PUT", "/api/peering/self", map[string]any{"id": "1"}), map[string]any{"peered": true, "id": 1})

	second := fetchKeyset(t, first)
	d := callerOf(t, second)
	d.object("PUT", "/api/peering/self", map[string]any{"id": 2, "force": true})
	if one, two := c.object("GET", "/api/keyset", nil), d.object("GET", "/api/keyset", nil); one["checksum"] != two["checksum"] {
		t.Errorf("checksums differ: %v and %v", one["checksum"], two["checksum"])
	}
	peerInParallel(c, d)
}

// fetchKeyset plays a second controller that polls as clients do: PUT /keyset again and again.
func fetchKeyset(t *testing.T, from *apitest.Site) *apitest.Site {
	t.Helper()
	second := apitest.Start(t, apitest.SiteOptions{Controller: apitest.Options{
		Hold: true,
		Fetch: func(source, token string) (apitest.Keys, error) {
			keys, ok := from.Keys()
			if !ok || token != keys.Token {
				return keys, errors.New("the token is wrong")
			}
			return keys, nil
		},
	}})
	c := callerOf(t, second)
	ask := map[string]any{"source": from.Addr(), "token": "wrong"}
	started := c.object("PUT", "/api/keyset", ask)
	c.refused("PUT", "/api/keyset", ask, 400, "APIBadRequestError", "Keyset setup in progress.")
	c.refused("GET", "/api/keyset", nil, 403, "PrerequisiteError", "Must be licensed first.")
	second.Finish()

	ask["token"] = "t0ken"
	if again := c.object("PUT", "/api/keyset", ask); again["in_progress"] != true || again["started_at_i"] == nil || started["started_at_i"] == nil {
		t.Errorf("after a failure PUT /keyset says %v", again)
	}
	second.Finish()
	// Until the restart is over: it exists, and yet there is no license.
	c.refused("PUT", "/api/keyset", ask, 400, "APIBadRequestError", "Keyset already exists.")
	c.refused("GET", "/api/keyset", nil, 403, "PrerequisiteError", "Must be licensed first.")
	waitRestart(t, c)
	c.want("GET /keyset after the restart", c.object("GET", "/api/keyset", nil), map[string]any{"keyset_present": true})
	return second
}

// peerInParallel posts every peer of every controller at once, twice.
func peerInParallel(callers ...*caller) {
	var posting sync.WaitGroup
	for _, c := range callers {
		self := int(c.object("GET", "/api/peering", nil)["id"].(float64))
		for id := 1; id <= 4; id++ {
			for range 2 {
				if id == self {
					continue
				}
				posting.Go(func() {
					c.do("POST", "/api/peering/peers", map[string]any{"id": id, "name": fmt.Sprintf("10.0.%d.10", id)})
				})
			}
		}
	}
	posting.Wait()
	for _, c := range callers {
		rows := c.object("GET", "/api/peering", nil)["managers"].(map[string]any)
		for id, row := range rows {
			if r := row.(map[string]any); r["self"] != true && r["address"] != "10.0."+id+".10" {
				c.Errorf("after parallel posts row %s is %v", id, r)
			}
		}
	}
}

// waitRestart sees the listener go, really, and come back.
func waitRestart(t *testing.T, c *caller) {
	t.Helper()
	for _, up := range []bool{false, true} {
		waitFor(t, fmt.Sprintf("the listener, up=%v", up), func() bool {
			c.http.CloseIdleConnections()
			request, _ := http.NewRequestWithContext(t.Context(), "GET", c.base+"/api/config", nil)
			request.Header = c.header.Clone()
			response, err := c.http.Do(request)
			if err == nil {
				response.Body.Close()
			}
			return (err == nil) == up
		})
	}
}

// waitFor polls, as clients do, until something is so.
func waitFor(t *testing.T, what string, so func() bool) {
	t.Helper()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for deadline := time.Now().Add(20 * time.Second); !so(); <-poll.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
