package api_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"vns3/engine/api"
	"vns3/engine/api/apitest"
	"vns3/status"
	"vns3/status/statustest"
)

// leavesNothing fails a test after which more goroutines run than before, when all that it started has
// ended. Call it first.
func leavesNothing(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		waitFor(t, "the last goroutine", func() bool { return runtime.NumGoroutine() <= before })
	})
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

// socketConn is the same on the local socket.
func socketConn(t *testing.T, site *apitest.Site) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", site.Socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}

// readFailure reads an answer from a raw connection, as the routes below a path give it.
func readFailure(t *testing.T, conn net.Conn, path string, want int) {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%s: no answer: %v", path, err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	if response.StatusCode != want {
		t.Errorf("%s: answered %d %s, want %d", path, response.StatusCode, body, want)
	}
	refusalIn(t, path, answer{response.StatusCode, response.Header, body})
}

// readsBody is true for routes that look at what a request brings.
func readsBody(r api.RouteInfo) bool { return !own(r.Path) || strings.HasPrefix(r.Path, "/local/do/") }

// everyRoute attacks all routes at once, over HTTPS and on the local socket, each on a connection of its own:
// what attack writes comes after the request line and the credentials. judge then looks at what comes back.
func everyRoute(t *testing.T, site *apitest.Site, attack func(io.Writer), judge func(net.Conn, api.RouteInfo)) {
	t.Helper()
	conns := map[net.Conn]api.RouteInfo{}
	for _, route := range site.Server.Routes() {
		for _, conn := range []net.Conn{rawConn(t, site), socketConn(t, site)} {
			conns[conn] = route
			go func() { // the answer may come before all is written
				fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Basic %s\r\n", route.Method, fill(route.Path), basic())
				attack(conn)
			}()
		}
	}
	for conn, route := range conns {
		judge(conn, route)
	}
}

// ends proves that the other side closes a connection, whatever comes before.
func ends(t *testing.T, conn net.Conn, route api.RouteInfo) {
	t.Helper()
	if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%s %s: the connection stays open", route.Method, route.Path)
	}
}

// A header flood is answered 431 by every route.
func TestHeaderFlood(t *testing.T) {
	leavesNothing(t)
	site, _ := finished(t)
	flood := strings.Repeat("X-Flood: "+strings.Repeat("y", 1000)+"\r\n", 100)
	everyRoute(t, site, func(w io.Writer) { io.WriteString(w, flood) }, func(conn net.Conn, route api.RouteInfo) {
		readFailure(t, conn, "", 431)
		ends(t, conn, route)
	})
}

// A header that stops arriving ends the connection, on every route.
func TestStuckHeader(t *testing.T) {
	leavesNothing(t)
	site, c := hasty(t)
	everyRoute(t, site, func(io.Writer) {}, func(conn net.Conn, route api.RouteInfo) { ends(t, conn, route) })
	c.ok("GET", "/api/config", nil)
}

// A body that never ends is cut off by its size: every route that takes one answers 413.
func TestEndlessBody(t *testing.T) {
	leavesNothing(t)
	site, _ := finished(t)
	chunk := "10000\r\n" + strings.Repeat("x", 0x10000) + "\r\n"
	everyRoute(t, site, func(w io.Writer) {
		for _, err := io.WriteString(w, "Transfer-Encoding: chunked\r\n\r\n"); err == nil; {
			_, err = io.WriteString(w, chunk)
		}
	}, cutOff(t, 413))
}

// A body that stops arriving is cut off when the patience ends: every route that takes one answers 408.
func TestStuckBody(t *testing.T) {
	leavesNothing(t)
	site, _ := hasty(t)
	everyRoute(t, site, func(w io.Writer) { io.WriteString(w, "Content-Length: 100\r\n\r\nnot all of it") }, cutOff(t, 408))
}

// cutOff reads the refusal of a route that takes a body, or the answer of one that does not look at it. The
// connection ends, but for that of a stream, which the reader ends.
func cutOff(t *testing.T, status int) func(net.Conn, api.RouteInfo) {
	return func(conn net.Conn, route api.RouteInfo) {
		t.Helper()
		if route.Path == "/local/stream" {
			conn.Close()
			return
		}
		if readsBody(route) {
			readFailure(t, conn, route.Path, status)
		}
		ends(t, conn, route)
	}
}

// hasty is finished for a server that waits half a second for a request, and three times that for its answer
// to be taken.
func hasty(t *testing.T) (*apitest.Site, *caller) {
	t.Helper()
	site := apitest.Start(t, apitest.SiteOptions{Tune: func(s *api.Server) { s.SetPatience(500 * time.Millisecond) }})
	c := callerOf(t, site)
	setUp(c, site)
	return site, c
}

// Clients that read nothing, of an answer or of a stream, hold up nobody, and are cut off on every route
// although they stay.
func TestClientReadsNothing(t *testing.T) {
	leavesNothing(t)
	site, c := hasty(t)
	c.http.CloseIdleConnections()
	before := runtime.NumGoroutine()
	for _, route := range site.Server.Routes() {
		secure := rawConn(t, site)
		secure.NetConn().(*net.TCPConn).SetReadBuffer(4096)
		for _, conn := range []net.Conn{secure, socketConn(t, site)} {
			for range 20 {
				fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Basic %s\r\n\r\n", route.Method, fill(route.Path), basic())
			}
		}
	}
	for range 20 {
		c.ok("PUT", "/api/config", m{"controller_name": "still here"})
	}
	waitFor(t, "the last of them to be cut off", func() bool {
		site.Edit(func(s *status.Snapshot) { *s = *statustest.Crowd() }) // for the stream
		c.http.CloseIdleConnections()
		return runtime.NumGoroutine() <= before
	})
}

// 200 connections at once are all answered, whatever they ask for, and as many on the local socket.
func TestManyConnections(t *testing.T) {
	leavesNothing(t)
	site, c := finished(t)
	routes := site.Server.Routes()
	var calling sync.WaitGroup
	for n := range 200 {
		calling.Go(func() {
			route := routes[n%len(routes)]
			for _, client := range []*http.Client{site.Client(t), site.SocketClient(t)} { // connections of its own
				request, _ := http.NewRequest(route.Method, c.base+fill(route.Path), nil)
				if client.Transport.(*http.Transport).TLSClientConfig == nil {
					request.URL.Scheme = "http"
				}
				request.Header = c.header.Clone()
				response, err := client.Do(request)
				if err != nil {
					t.Error(err)
					return
				}
				defer response.Body.Close()
				if response.StatusCode >= 500 {
					t.Errorf("%s %s was answered %d", route.Method, route.Path, response.StatusCode)
				}
			}
		})
	}
	calling.Wait()
	c.ok("GET", "/api/config", nil)
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
			for _, conn := range []net.Conn{rawConn(t, site), socketConn(t, site)} {
				go io.WriteString(conn, bad.text) // the answer may come before all is written
				readFailure(t, conn, "", bad.want)
			}
		})
	}
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

// After a server ended no goroutine of it is left, whatever its clients did.
func TestNothingIsLeft(t *testing.T) {
	leavesNothing(t)
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
}
