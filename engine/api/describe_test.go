package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"vns3/engine/api"
	"vns3/engine/api/apitest"
	"vns3/status"
	"vns3/status/statustest"
)

// product is every path and method of the product's API that vns3 has.
var product = map[string]string{
	"/config":  "GET PUT",
	"/license": "GET PUT", "/license/upgrade": "PUT", "/license/parameters": "PUT",
	"/keyset":  "GET PUT",
	"/peering": "GET PUT", "/peering/self": "PUT", "/peering/peers": "POST", "/peering/peers/{peer_id}": "DELETE PUT",
	"/status": "GET", "/status/clients": "GET", "/status/connected_subnets": "GET", "/status/system": "GET", "/status/link_history": "GET", "/status/task": "GET",
	"/clientpacks": "GET PUT", "/clientpacks/{clientpack_name}": "GET", "/clientpack": "GET PUT", "/clientpack/{clientpack_name}": "DELETE GET POST PUT",
	"/clientpacks/next_available": "POST", "/clientpacks/add_clientpacks": "POST", "/client/reset": "POST", "/clients/reset_all": "POST",
	"/routes": "GET POST", "/routes/{route_id}": "DELETE", "/routes/{route_id}/enable": "PUT", "/routes/{route_id}/disable": "PUT",
	"/access/token": "POST", "/access/tokens": "GET", "/access/token/{token_id}": "DELETE GET PUT",
	"/api_password": "PUT", "/admin_ui": "PUT", "/server": "PUT",
}

// Every path of the product is served with its methods, and under /api/ nothing else.
func TestProductPaths(t *testing.T) {
	site := apitest.Start(t, apitest.SiteOptions{})
	got := map[string]map[string]bool{}
	for _, r := range site.Server.Routes() {
		if path, ok := strings.CutPrefix(r.Path, "/api"); ok && path != "/openapi.json" {
			if got[path] == nil {
				got[path] = map[string]bool{}
			}
			got[path][r.Method] = true
		}
	}
	for path, methods := range product {
		for _, method := range strings.Fields(methods) {
			if !got[path][method] {
				t.Errorf("%s %s is not served", method, path)
			}
			delete(got[path], method)
		}
		if len(got[path]) == 0 {
			delete(got, path)
		}
	}
	if len(got) > 0 {
		t.Errorf("served and not of the product: %v", got)
	}
}

// The description is served, and whatever it describes exists: no described call is a 404 or 405.
func TestDescribedIsServed(t *testing.T) {
	_, c := finished(t)
	a := c.do("GET", "/api/openapi.json", nil)
	var doc struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal(a.body, &doc); err != nil || a.status != 200 {
		t.Fatalf("GET /api/openapi.json: %d, %v", a.status, err)
	}
	calls := 0
	for path, methods := range doc.Paths {
		for method := range methods {
			calls++
			if path == "/local/stream" {
				continue // it does not end
			}
			name := strings.ReplaceAll(fill(path), "{action}", "check")
			a := c.do(strings.ToUpper(method), name, nil)
			if a.status == 405 || a.status == 404 && !strings.Contains(path, "token_id") || a.status >= 500 {
				t.Errorf("%s %s is described and answered %d %s", method, path, a.status, a.body)
			}
		}
	}
	if calls < 50 {
		t.Errorf("only %d calls are described", calls)
	}
}

// Every metric of the table is exposed, parses with Prometheus's own parser, keeps to its conventions,
// and there are not more series when there are more clients.
func TestMetrics(t *testing.T) {
	site, c := finished(t)
	series := func(snap *status.Snapshot) (map[string]bool, int) {
		site.Edit(func(s *status.Snapshot) { *s = *snap })
		request, _ := http.NewRequest("GET", c.base+"/metrics", nil)
		request.Header = c.header.Clone()
		response, err := c.http.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		parser := expfmt.NewTextParser(model.UTF8Validation)
		families, err := parser.TextToMetricFamilies(response.Body)
		if err != nil || response.StatusCode != 200 {
			t.Fatalf("GET /metrics: %d, %v", response.StatusCode, err)
		}
		names, n := map[string]bool{}, 0
		for name, family := range families {
			names[name] = true
			n += len(family.GetMetric())
			if family.GetHelp() == "" || strings.HasSuffix(name, "_total") != (family.GetType().String() == "COUNTER") {
				t.Errorf("%s: help %q, type %s", name, family.GetHelp(), family.GetType())
			}
		}
		return names, n
	}
	names, _ := series(statustest.Three())
	for _, metric := range api.Metrics() {
		if !names[metric.Name] {
			t.Errorf("%s is not exposed", metric.Name)
		}
	}
	if _, n := series(statustest.Crowd()); n > 300 {
		t.Errorf("%d series with many clients: want a bounded number", n)
	}
}

// The fixed snapshots of the console are replies of the API too: all of them are as described.
func TestSnapshotsAsDescribed(t *testing.T) {
	site, c := finished(t)
	for _, snap := range []*status.Snapshot{statustest.Three(), statustest.Nine(), statustest.Crowd(), statustest.Degraded(), statustest.Routed(), statustest.Unlicensed(), statustest.NoKeyset()} {
		site.Edit(func(s *status.Snapshot) { *s = *snap })
		for path, methods := range product {
			if strings.HasPrefix(methods, "GET") && !strings.Contains(path, "{") {
				if a := c.do("GET", "/api"+path, nil); a.status >= 500 {
					t.Errorf("GET %s: %d %s", path, a.status, a.body)
				}
			}
		}
		c.do("GET", "/local/snapshot", nil)
	}
}
