package api

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"io"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vns3/control"
	"vns3/internal/lab"
	"vns3/internal/netns"
	"vns3/status"
)

// TestBadInput proves that whatever is sent to the API of a controller in a mesh, its tunnels do not
// notice: no link changes its state and no packet of a stream is lost, and that no goroutine is left. Which answer each route gives to
// which input is proven where the API is. It runs beside no other test: it is about a stream.
func TestBadInput(t *testing.T) {
	l := lab.New(t, 2)
	l.Mesh()
	one, two := l.Of(1), l.Of(2)
	before := one.Status()
	password := must[control.AccessPasswordSet](t, one, control.AccessPassword{}).Password
	dial := dialIn(one.NS)
	c := callerAt(t, newProduct(t), one.Address+":8000", password, dial)
	lost := stream(t, one, two.Status().Controller.OverlayAddress)

	for _, method := range []string{"GET", "PUT", "POST", "DELETE", "PATCH"} {
		for path := range c.product.doc.Paths.Map() {
			path = strings.NewReplacer("{peer_id}", "77", "{route_id}", "77", "{token_id}", "77", "{clientpack_name}", "none").Replace(path)
			for _, body := range []string{"{", `{"nothing":1}`, `{"id":1e300}`, `{"token":"` + strings.Repeat("x", 1<<20) + `"}`} {
				a, err := c.send(method, path, body)
				if err != nil || a.status >= 500 || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
					t.Errorf("%s %s %.20s: %d %.200s, %v", method, path, body, a.status, a.body, err)
				}
			}
		}
	}
	flood(t, dial, one.Address+":8000", password)
	c.object("GET", "/config", nil)
	if n := lost(); n > 0 {
		t.Errorf("%d packets of the stream are lost", n)
	}
	c.http.CloseIdleConnections()
	one.Until(lab.Patience, "no more goroutines than at a controller that nobody attacked", func(s *status.Snapshot) bool {
		return s.System.Goroutines <= two.Status().System.Goroutines+5
	})
	after := one.Status()
	if a, b := lab.Peer(before, 2), lab.Peer(after, 2); b.State != status.Up || !a.Since.Equal(b.Since) {
		t.Errorf("the link was %s since %v and is %s since %v", a.State, a.Since, b.State, b.Since)
	}
	if after.Peering.Table != before.Peering.Table || after.Config.AppliedAt != before.Config.AppliedAt {
		t.Errorf("the configuration was changed: %v", after.Peering.Table)
	}
}

// dialIn opens connections inside a namespace.
func dialIn(ns *netns.Namespace) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (conn net.Conn, err error) {
		ns.Run(func() { conn, err = new(net.Dialer).DialContext(ctx, network, address) })
		return conn, err
	}
}

// stream sends 100 echo requests a second from a controller's host until lost is called, which tells how
// many were not answered, before the last one that was.
func stream(t *testing.T, from *lab.Machine, to string) (lost func() int) {
	t.Helper()
	ping := from.NS.Command("ping", "-i", "0.01", "-W", "5", to)
	var out bytes.Buffer
	ping.Stdout, ping.Stderr = &out, &out
	if err := ping.Start(); err != nil {
		t.Fatal(err)
	}
	end := sync.OnceFunc(func() {
		_ = ping.Process.Signal(os.Interrupt)
		_ = ping.Wait() // its output says how it went
	})
	t.Cleanup(end)
	return func() int {
		end()
		answered, last := 0, 0
		for _, reply := range answers.FindAllStringSubmatch(out.String(), -1) {
			seq, _ := strconv.Atoi(reply[1])
			answered, last = answered+1, max(last, seq)
		}
		if answered == 0 {
			t.Errorf("no echo request was answered:\n%s", out.String())
		}
		return last - answered
	}
}

var answers = regexp.MustCompile(`icmp_seq=(\d+) ttl=`)

// flood opens 200 connections at once that send nothing, half a request, a header or a body without end, or
// that read nothing.
func flood(t *testing.T, dial func(context.Context, string, string) (net.Conn, error), address, password string) {
	t.Helper()
	known := "Host: x\r\nAuthorization: Basic " + base64.StdEncoding.EncodeToString([]byte("api:"+password)) + "\r\n"
	begins := []string{
		"",
		"PUT /api/license HTTP/1.1\r\nHost: x\r\n",
		"GET /api/config HTTP/1.1\r\nX: " + strings.Repeat("y", 1<<20),
		"PUT /api/license HTTP/1.1\r\n" + known + "Content-Length: 1000000000\r\n\r\n" + strings.Repeat("z", 2<<20),
		strings.Repeat("GET /api/openapi.json HTTP/1.1\r\n"+known+"\r\n", 100),
	}
	var flooding sync.WaitGroup
	for n := range 200 {
		flooding.Go(func() {
			raw, err := dial(t.Context(), "tcp", address)
			if err != nil {
				return // beyond the limit of connections
			}
			defer raw.Close()
			conn := tls.Client(raw, &tls.Config{InsecureSkipVerify: true})
			raw.SetDeadline(time.Now().Add(2 * time.Second))
			_, _ = io.WriteString(conn, begins[n%len(begins)]) // the other side may have had enough
		})
	}
	flooding.Wait()
}
