package api

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"vns3/engine/enginetest"
	"vns3/status"
)

// TestBadInput proves that whatever is sent to the API of a controller in a mesh, its tunnels do not
// notice: no link changes its state and no packet of a stream is lost. Which answer each route gives to
// which input is proven where the API is.
func TestBadInput(t *testing.T) {
	t.Parallel()
	all := enginetest.Mesh(t, 2, "")
	s := &site{newCaller(t, newProduct(t), all[0]), all[0], 1}
	before := s.Snapshot().Peers[1]
	pack := s.object("POST", "/clientpacks/next_available", nil)
	client := attach(t, string(s.do("GET", fmt.Sprintf("/clientpack?name=%v&fileformat=conf", pack["name"]), nil).body))
	for _, c := range all {
		client.ping(netip.MustParseAddr(c.Snapshot().Controller.OverlayAddress))
	}
	lost := make(chan int)
	stop := make(chan struct{})
	go func() { lost <- client.stream(netip.MustParseAddr(all[1].Snapshot().Controller.OverlayAddress), stop) }()

	for _, method := range []string{"GET", "PUT", "POST", "DELETE", "PATCH"} {
		for path := range s.product.doc.Paths.Map() {
			path = strings.NewReplacer("{peer_id}", "77", "{route_id}", "77", "{token_id}", "77", "{clientpack_name}", "none").Replace(path)
			for _, body := range []string{"{", "[1]", `{"nothing":1}`, `{"id":1e300}`, strings.Repeat("[", 100_000), `{"token":"` + strings.Repeat("x", 1<<20) + `"}`} {
				a, err := s.send(method, path, body)
				if err != nil || a.status >= 500 || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
					t.Errorf("%s %s %.20s: %d %.200s, %v", method, path, body, a.status, a.body, err)
				}
			}
		}
	}
	flood(t, s)
	s.object("GET", "/config", nil)
	close(stop)
	if n := <-lost; n != 0 {
		t.Errorf("%d packets of the stream were lost", n)
	}
	if after := s.Snapshot().Peers[1]; after.State != status.Up || !after.Since.Equal(before.Since) {
		t.Errorf("the link was %s since %v and is %s since %v", before.State, before.Since, after.State, after.Since)
	}
	if s.Snapshot().Controller.ID != 1 || s.Snapshot().Peering.Table[2].Address != all[1].Address.String() {
		t.Errorf("the peering table was changed: %v", s.Snapshot().Peering.Table)
	}
}

// flood opens many connections at once that send nothing, half a request, a header without end, or that
// read nothing.
func flood(t *testing.T, s *site) {
	t.Helper()
	var flooding sync.WaitGroup
	address := strings.TrimPrefix(s.base, "https://")
	for n := range 200 {
		flooding.Go(func() {
			conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp", address, &tls.Config{InsecureSkipVerify: true})
			if err != nil {
				return // beyond the limit of connections
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(2 * time.Second))
			text := [...]string{"", "PUT /api/license HTTP/1.1\r\nHost: x\r\n", "GET /api/config HTTP/1.1\r\nX: " + strings.Repeat("y", 1<<20), strings.Repeat("GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", 100)}[n%4]
			_, _ = io.WriteString(conn, text) // the other side may have had enough
		})
	}
	flooding.Wait()
}
