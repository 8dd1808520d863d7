package api_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"vns3/control"
	"vns3/engine/api"
	"vns3/engine/api/apitest"
)

// fill puts something into the variables of a path.
func fill(path string) string {
	for _, variable := range []string{"{peer_id}", "{route_id}", "{token_id}"} {
		path = strings.ReplaceAll(path, variable, "1")
	}
	path = strings.ReplaceAll(path, "{clientpack_name}", "100_127_252_1")
	return strings.ReplaceAll(path, "{action...}", "config/reload")
}

// served is true for paths that answer without the envelope.
func own(path string) bool {
	return !strings.HasPrefix(path, "/api/") || path == "/api/openapi.json"
}

// badInput is one way to be wrong.
type badInput struct {
	name   string
	status func(api.RouteInfo) int // what must come; 0: does not apply to the route
	header http.Header
	method string
	path   func(string) string
	body   func(api.RouteInfo) string
}

func always(status int) func(api.RouteInfo) int { return func(api.RouteInfo) int { return status } }

// ifArgs applies to routes that take arguments of a kind, in a body that is JSON.
func ifArgs(status int, kind string) func(api.RouteInfo) int {
	return func(r api.RouteInfo) int {
		for _, a := range r.Args {
			if (kind == "" || a.Kind == kind) && !strings.Contains(r.Path, "{"+a.Name+"}") && !r.Raw && !own(r.Path) {
				return status
			}
		}
		return 0
	}
}

func badInputs(expired string) []badInput {
	json4xx := func(r api.RouteInfo) int {
		if r.Raw || own(r.Path) {
			return 0
		}
		return 400
	}
	every := func(value func(api.ArgInfo) any) func(api.RouteInfo) string {
		return func(r api.RouteInfo) string {
			body := m{}
			for _, a := range r.Args {
				if !strings.Contains(r.Path, "{"+a.Name+"}") {
					body[a.Name] = value(a)
				}
			}
			text, _ := json.Marshal(body)
			return string(text)
		}
	}
	fixed := func(text string) func(api.RouteInfo) string { return func(api.RouteInfo) string { return text } }
	required := func(r api.RouteInfo) int {
		for _, a := range r.Args {
			if a.Required && !strings.Contains(r.Path, "{"+a.Name+"}") {
				return 400
			}
		}
		return 0
	}
	bounded := func(r api.RouteInfo) int {
		for _, a := range r.Args {
			if a.Max != 0 {
				return 400
			}
		}
		return 0
	}
	return []badInput{
		{name: "no credentials", status: always(401), header: http.Header{}},
		{name: "half credentials", status: always(401), header: http.Header{"Authorization": {"Basic !!!"}}},
		{name: "a wrong token", status: always(401), header: http.Header{"Api-Token": {"wrong"}}},
		{name: "an expired token", status: always(401), header: http.Header{"Api-Token": {expired}}},
		{name: "from another site", status: func(r api.RouteInfo) int {
			if r.Method == "GET" {
				return 0
			}
			return 403
		}, header: http.Header{"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}}},
		{name: "a wrong method", status: always(405), method: "PATCH"},
		{name: "an unknown path", status: always(404), path: func(p string) string { return p + "/and/more" }},
		{name: "not JSON", status: json4xx, body: fixed(`{"id":`)},
		{name: "JSON but no object", status: json4xx, body: fixed(`[1,2,3]`)},
		{name: "two objects", status: json4xx, body: fixed(`{} {}`)},
		{name: "deep nesting", status: json4xx, body: fixed(strings.Repeat("[", 200_000))},
		{name: "wrong types", status: ifArgs(400, ""), body: every(func(a api.ArgInfo) any { return m{"wrong": []int{1}} })},
		{name: "a fraction", status: ifArgs(400, "integer"), body: every(func(a api.ArgInfo) any { return 1.5 })},
		{name: "unknown fields", status: json4xx, body: fixed(`{"no_such_argument":1}`)},
		{name: "missing fields", status: required, body: fixed(`{}`)},
		{name: "out of range", status: bounded, body: every(func(a api.ArgInfo) any { return -1 })},
		{name: "far out of range", status: ifArgs(400, "integer"), body: every(func(a api.ArgInfo) any { return json.Number("1e300") })},
		{name: "a body over 1 MiB", status: func(r api.RouteInfo) int {
			if own(r.Path) && !strings.HasPrefix(r.Path, "/local/do/") {
				return 0
			}
			return 413
		}, body: fixed(`{"token":"` + strings.Repeat("x", 1<<20) + `"}`)},
	}
}

// Every route answers every kind of bad input with the documented JSON error, never with a 5xx, and
// nothing is left running: over HTTPS, and on the local socket, which asks for no credentials.
func TestBadInput(t *testing.T) {
	leavesNothing(t)
	site, c := finished(t)
	made := c.object("POST", "/api/access/token", nil)
	if _, err := site.Access.ExpireToken(control.AccessTokenExpire{ID: int(made["id"].(float64)), Expired: true}); err != nil {
		t.Fatal(err)
	}
	for _, bad := range badInputs(made["token"].(string)) {
		t.Run(bad.name, func(t *testing.T) { bad.send(t, c, site.Server.Routes()) })
		if bad.header == nil {
			t.Run(bad.name+", locally", func(t *testing.T) { bad.send(t, c.at(site.SocketClient(t)), site.Server.Routes()) })
		}
	}
}

// send is wrong in this way on every route that it applies to.
func (bad badInput) send(t *testing.T, to *caller, routes []api.RouteInfo) {
	c := *to
	c.T = t
	for _, route := range routes {
		want := bad.status(route)
		if want == 0 || want == 404 && strings.Contains(route.Path, "...") { // its rest is free
			continue
		}
		method, path, body := cmp.Or(bad.method, route.Method), fill(route.Path), any(nil)
		if bad.path != nil {
			path = bad.path(path)
		}
		if bad.body != nil {
			body = bad.body(route)
		}
		c.header = to.header
		if bad.header != nil {
			c.header = bad.header.Clone()
			if want == 403 {
				c.header.Set("Authorization", to.header.Get("Authorization"))
			}
		}
		a := c.do(method, path, body)
		if a.status != want {
			t.Errorf("%s %s: %d %.200s, want %d", method, path, a.status, a.body, want)
			continue
		}
		refusalIn(t, path, a)
	}
}

// Wrong passwords are refused on every route, soon without being looked at; who has proven the
// password is not shut out.
func TestWrongPasswords(t *testing.T) {
	site, c := finished(t)
	good, waits := c.header, 0
	for n, route := range site.Server.Routes() {
		request, _ := http.NewRequest(http.MethodGet, c.base, nil)
		request.SetBasicAuth("api", fmt.Sprintf("wrong password %d", n))
		c.header = request.Header
		a := c.do(route.Method, fill(route.Path), nil)
		if a.status != 401 || !json.Valid(a.body) {
			t.Errorf("%s %s: %d %s", route.Method, route.Path, a.status, a.body)
		}
		if a.header.Get("Retry-After") != "" {
			waits++
		}
	}
	if tried := len(site.Server.Routes()) - waits; tried < 6 || tried > 10 {
		t.Errorf("%d wrong passwords were tried, want 6 and few more", tried)
	}
	c.header = good
	c.ok("GET", "/api/config", nil)
}

// A panic in a handler is a JSON 500 with a reference, and the server goes on.
func TestPanic(t *testing.T) {
	site := apitest.Start(t, apitest.SiteOptions{Backend: func(c *apitest.Controller) control.Backend { return panicking{c} }})
	c := callerOf(t, site)
	a := c.do("PUT", "/api/config", m{"controller_name": "x"})
	if f := failureIn(t, a); a.status != 500 || f.Name != "InternalError" || strings.Contains(f.Message, "boom") {
		t.Errorf("a panic was answered %d %s", a.status, a.body)
	}
	c.ok("GET", "/api/config", nil)
}
