package api

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"os"
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
// notice: no link changes its state and no packet of a stream is lost. Which answer each route gives to
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
	flood(t, dial, one.Address+":8000")
	c.object("GET", "/config", nil)
	if summary := lost(); !strings.Contains(summary, " 0% packet loss") {
		t.Errorf("the stream: %s", summary)
	}
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

// stream sends 100 echo requests a second from a controller's host until lost is called, which returns
// ping's summary.
func stream(t *testing.T, from *lab.Machine, to string) (lost func() string) {
	t.Helper()
	ping := from.NS.Command("ping", "-q", "-i", "0.01", "-W", "5", to)
	var out bytes.Buffer
	ping.Stdout, ping.Stderr = &out, &out
	if err := ping.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	end := func() string {
		if !ended {
			ended = true
			_ = ping.Process.Signal(os.Interrupt) // ping then waits for no more answers
			_ = ping.Wait()                       // its summary says how it went
		}
		return out.String()
	}
	t.Cleanup(func() { end() })
	return end
}

// flood opens many connections at once that send nothing, half a request, a header without end, or that
// read nothing.
func flood(t *testing.T, dial func(context.Context, string, string) (net.Conn, error), address string) {
	t.Helper()
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
			text := [...]string{"", "PUT /api/license HTTP/1.1\r\nHost: x\r\n", "GET /api/config HTTP/1.1\r\nX: " + strings.Repeat("y", 1<<20), strings.Repeat("GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", 100)}[n%4]
			_, _ = io.WriteString(conn, text) // the other side may have had enough
		})
	}
	flooding.Wait()
}
