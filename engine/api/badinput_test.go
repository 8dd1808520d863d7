package api_test

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

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
// nothing is left running.
func TestBadInput(t *testing.T) {
	site, c := finished(t)
	made := c.object("POST", "/api/access/token", nil)
	if _, err := site.Access.ExpireToken(control.AccessTokenExpire{ID: int(made["id"].(float64)), Expired: true}); err != nil {
		t.Fatal(err)
	}
	for _, bad := range badInputs(made["token"].(string)) {
		t.Run(bad.name, func(t *testing.T) {
			c := *c
			c.T = t
			good := c.header
			for _, route := range site.Server.Routes() {
				want := bad.status(route)
				if want == 0 {
					continue
				}
				method, path, body := route.Method, fill(route.Path), any(nil)
				if strings.Contains(route.Path, "...") && want == 404 {
					continue // its rest is free
				}
				if bad.method != "" {
					method = bad.method
				}
				if bad.path != nil {
					path = bad.path(path)
				}
				if bad.body != nil {
					body = bad.body(route)
				}
				c.header = good
				if bad.header != nil {
					c.header = bad.header.Clone()
					if want == 403 {
						c.header.Set("Authorization", good.Get("Authorization"))
					}
				}
				a := c.do(method, path, body)
				if a.status != want {
					t.Errorf("%s %s: %d %.200s, want %d", method, path, a.status, a.body, want)
					continue
				}
				if strings.HasPrefix(path, "/local/") {
					var refused control.Error
					if json.Unmarshal(a.body, &refused) != nil || refused.Kind == "" || refused.Reason == "" {
						t.Errorf("%s %s: %s is no control error", method, path, a.body)
					}
					continue
				}
				failureIn(t, a)
			}
		})
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

// rawConn is a TLS connection on which a test writes what it likes.
func rawConn(t *testing.T, site *apitest.Site) *tls.Conn {
	t.Helper()
	conn, err := tls.Dial("tcp", site.Addr(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}

// readFailure reads an answer from a raw connection.
func readFailure(t *testing.T, conn net.Conn, want int) {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	if response.StatusCode != want {
		t.Errorf("answered %d %s, want %d", response.StatusCode, body, want)
	}
	failureIn(t, answer{response.StatusCode, response.Header, body})
}

// A header flood, a request line that is none and a host that is none are answered in JSON, by the
// listener and by the local socket alike.
func TestMalformedRequests(t *testing.T) {
	site := apitest.Start(t, apitest.SiteOptions{})
	for name, bad := range map[string]struct {
		text string
		want int
	}{
		"a header flood":    {"GET /api/config HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-Flood: "+strings.Repeat("y", 1000)+"\r\n", 100), 431},
		"a long header":     {"GET /api/config HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("y", 100_000), 431},
		"not HTTP":          {"HELLO\r\n\r\n", 400},
		"no host":           {"GET /api/config HTTP/1.1\r\n\r\n", 400},
		"a bad header name": {"GET /api/config HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n", 400},
	} {
		t.Run(name, func(t *testing.T) {
			unix, err := net.Dial("unix", site.Socket)
			if err != nil {
				t.Fatal(err)
			}
			defer unix.Close()
			unix.SetDeadline(time.Now().Add(20 * time.Second))
			for _, conn := range []net.Conn{rawConn(t, site), unix} {
				go io.WriteString(conn, bad.text) // the answer may come before all is written
				readFailure(t, conn, bad.want)
			}
		})
	}
}

// A body that never ends is cut off, by size or by time.
func TestEndlessBody(t *testing.T) {
	site := apitest.Start(t, apitest.SiteOptions{})
	head := "PUT /api/license HTTP/1.1\r\nHost: x\r\nAuthorization: Basic " + basic() + "\r\nTransfer-Encoding: chunked\r\n\r\n"
	conn := rawConn(t, site)
	go func() {
		chunk := "10000\r\n" + strings.Repeat("x", 0x10000) + "\r\n"
		for _, err := io.WriteString(conn, head); err == nil; {
			_, err = io.WriteString(conn, chunk)
		}
	}()
	readFailure(t, conn, 413)
}

// A body that stops arriving is answered when the patience ends.
func TestStuckBody(t *testing.T) {
	ended := make(chan struct{})
	site := apitest.Start(t, apitest.SiteOptions{Tune: func(s *api.Server) { s.SetPatience(200 * time.Millisecond) }})
	conn := rawConn(t, site)
	go func() {
		defer close(ended)
		io.WriteString(conn, "PUT /api/license HTTP/1.1\r\nHost: x\r\nAuthorization: Basic "+basic()+"\r\nContent-Length: 100\r\n\r\nnot all of it")
	}()
	readFailure(t, conn, 408)
	<-ended
}

func basic() string {
	r, _ := http.NewRequest("GET", "http://x", nil)
	r.SetBasicAuth("api", apitest.Password)
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Basic ")
}

// 200 connections at once are all served; what is beyond the limit is closed, and its place is free
// again when others go.
func TestManyConnections(t *testing.T) {
	site := apitest.Start(t, apitest.SiteOptions{})
	c := callerOf(t, site)
	var calling sync.WaitGroup
	for range 200 {
		calling.Go(func() {
			client := site.Client(t) // a connection of its own
			request, _ := http.NewRequest("GET", c.base+"/api/config", nil)
			request.Header = c.header.Clone()
			response, err := client.Do(request)
			if err != nil {
				t.Error(err)
				return
			}
			defer response.Body.Close()
			if response.StatusCode != 200 {
				t.Errorf("one of 200 was answered %d", response.StatusCode)
			}
		})
	}
	calling.Wait()
}

// Idle strangers cannot take every place, and a place is given back.
func TestConnectionLimit(t *testing.T) {
	site := apitest.Start(t, apitest.SiteOptions{Serve: func(o *api.Options) { o.MaxConns = 8 }})
	c := callerOf(t, site)
	var idle []net.Conn
	for range 4 { // half of the places for one address
		idle = append(idle, rawConn(t, site))
	}
	if conn, err := tls.Dial("tcp", site.Addr(), &tls.Config{InsecureSkipVerify: true}); err == nil {
		conn.Close()
		t.Error("a fifth connection from one address was served")
	}
	for _, conn := range idle {
		conn.Close()
	}
	waitFor(t, "a free place", func() bool {
		request, _ := http.NewRequest("GET", c.base+"/api/config", nil)
		request.Header = c.header.Clone()
		response, err := c.http.Do(request)
		if err == nil {
			response.Body.Close()
		}
		return err == nil
	})
}

// A client that reads nothing, of an answer or of a stream, holds up nobody.
func TestClientReadsNothing(t *testing.T) {
	site, c := finished(t)
	for _, path := range []string{"/local/stream", "/api/clientpacks"} {
		conn := rawConn(t, site)
		for range 20 {
			fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Basic %s\r\n\r\n", path, basic())
		}
	}
	for range 20 {
		c.ok("PUT", "/api/config", m{"controller_name": "still here"})
	}
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

// After a server ended no goroutine of it is left, whatever its clients did.
func TestNothingIsLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("serve", func(t *testing.T) {
		site := apitest.Start(t, apitest.SiteOptions{})
		c := callerOf(t, site)
		c.ok("GET", "/api/config", nil)
		conn := rawConn(t, site)
		fmt.Fprintf(conn, "GET /local/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Basic %s\r\n\r\n", basic())
		if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		half := rawConn(t, site)
		io.WriteString(half, "PUT /api/license HTTP/1.1\r\nHost: x\r\n")
		silent, err := net.Dial("tcp", site.Addr()) // no handshake
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { silent.Close() })
	})
	waitFor(t, "the last goroutine", func() bool { return runtime.NumGoroutine() <= before })
}
