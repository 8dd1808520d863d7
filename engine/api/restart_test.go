package api_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vns3/control"
	"vns3/engine/api"
	"vns3/engine/api/apitest"
)

// During a restart connections are refused and kept-alive ones closed; the local socket goes on, and
// the listener comes back on the same port.
func TestRestart(t *testing.T) {
	site, c := finished(t)
	c.ok("GET", "/api/config", nil)
	kept := rawConn(t, site)
	fmt.Fprintf(kept, "GET /api/config HTTP/1.1\r\nHost: x\r\nAuthorization: Basic %s\r\n\r\n", basic())
	if _, err := kept.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	addr := site.Addr()
	site.Server.Restart(api.Asked)
	site.Server.Restart(api.Asked) // none on top of it

	if _, err := io.Copy(io.Discard, kept); err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the kept-alive connection ended with %v", err)
	}
	var refusal error
	waitFor(t, "a refusal", func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
		}
		refusal = err
		return err != nil
	})
	if !errors.Is(refusal, syscall.ECONNREFUSED) {
		t.Errorf("during the restart: %v, want connection refused", refusal)
	}
	if got := site.Server.Listening(); got != "restarting" && got != "ok" {
		t.Errorf("Listening() = %q", got)
	}
	local := c.at(site.SocketClient(t))
	local.ok("GET", "/api/config", nil)
	waitFor(t, "the listener", func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	waitFor(t, "its word", func() bool { return site.Server.Listening() == "ok" })
	c.ok("GET", "/api/config", nil)
}

// The pace is what public clients were made for: 3 s at least to see the keyset, 3 to 5 s down.
func TestTiming(t *testing.T) {
	pace := api.DefaultTiming
	if pace.SettleKeyset < 3*time.Second || pace.Down < 3*time.Second || pace.Down > 5*time.Second || pace.Settle <= 0 {
		t.Errorf("DefaultTiming is %+v", pace)
	}
}

// Connections of the fetch protocol go to its server, over TLS 1.3 only, and outlive a restart; a
// panic there ends one connection.
func TestFetchConnections(t *testing.T) {
	site := apitest.Start(t, apitest.SiteOptions{Serve: func(o *api.Options) {
		o.Fetch = func(ctx context.Context, conn *tls.Conn) {
			line := make([]byte, 5)
			for {
				if _, err := io.ReadFull(conn, line); err != nil {
					return
				}
				if string(line) == "panic" {
					panic("asked for")
				}
				conn.Write(line)
			}
		}
	}})
	fetch := func(change func(*tls.Config)) (*tls.Conn, error) {
		config := &tls.Config{InsecureSkipVerify: true, NextProtos: []string{api.FetchProtocol}}
		if change != nil {
			change(config)
		}
		conn, err := tls.Dial("tcp", site.Addr(), config)
		if err == nil {
			t.Cleanup(func() { conn.Close() })
			conn.SetDeadline(time.Now().Add(20 * time.Second))
		}
		return conn, err
	}
	echo := func(conn *tls.Conn) {
		t.Helper()
		got := make([]byte, 5)
		io.WriteString(conn, "hello")
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != "hello" {
			t.Errorf("the fetch server answers %q, %v", got, err)
		}
	}
	conn, err := fetch(nil)
	if err != nil {
		t.Fatal(err)
	}
	echo(conn)
	if old, err := fetch(func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }); err == nil {
		if _, err := old.Read(make([]byte, 1)); err == nil {
			t.Error("the fetch is served over TLS 1.2")
		}
	}
	breaking, err := fetch(nil)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(breaking, "panic")
	if _, err := breaking.Read(make([]byte, 1)); err == nil {
		t.Error("a connection goes on after a panic")
	}
	site.Server.Restart(api.ParametersSet)
	waitFor(t, "the restart", func() bool { return site.Server.Listening() == "restarting" })
	echo(conn)
	waitFor(t, "the listener", func() bool { return site.Server.Listening() == "ok" })
	echo(conn)
}

// A port that is taken is tried again, and said, until it is free.
func TestPortTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 1)
	free := sync.OnceFunc(func() { taken.Close() })
	defer free()
	site := apitest.Start(t, apitest.SiteOptions{Serve: func(o *api.Options) {
		o.Listen = []string{taken.Addr().String()}
		report := o.Events
		o.Events = func(e event) {
			report(e)
			if e.Code == "api.not_listening" {
				said <- e.Text
				free()
			}
		}
	}})
	if text := <-said; !strings.Contains(text, taken.Addr().String()) {
		t.Errorf("the event says %q", text)
	}
	callerOf(t, site).ok("GET", "/api/config", nil)
}

// The socket is for the group only. What a dead engine left is replaced; a living one's, or a file
// that is no socket, is not.
func TestSocketFile(t *testing.T) {
	site := apitest.Start(t, apitest.SiteOptions{})
	if info, err := os.Stat(site.Socket); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("the socket: %v, %v: want mode 0660", info.Mode(), err)
	}
	run := func(path string) error {
		server, err := api.New(api.Options{Backend: site.Controller, Socket: path})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ended := make(chan error, 1)
		go func() { ended <- server.Run(ctx) }()
		select {
		case <-server.Ready():
			cancel()
			return <-ended
		case err := <-ended:
			return err
		}
	}
	if err := run(site.Socket); err == nil || !strings.Contains(err.Error(), "another engine answers") {
		t.Errorf("beside a living engine: %v", err)
	}
	stale := t.TempDir() + "/stale.sock"
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: stale, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	left.Close()
	if err := run(stale); err != nil {
		t.Errorf("on what a dead engine left: %v", err)
	}
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(file); err == nil {
		t.Error("a file was replaced by a socket")
	}
}

// A stream lives longer than a request may take, says so while nothing changes, and shows what does.
func TestStreamLives(t *testing.T) {
	site := apitest.Start(t, apitest.SiteOptions{Tune: func(s *api.Server) { s.SetPatience(100 * time.Millisecond) }})
	request, _ := http.NewRequestWithContext(t.Context(), "GET", site.URL()+"/local/stream", nil)
	request.SetBasicAuth("api", apitest.Password)
	response, err := site.Client(t).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := newLines(response.Body)
	if first := lines.next(t); !strings.Contains(first, `"controller"`) {
		t.Errorf("the first line is %q", first)
	}
	if beat := lines.next(t); beat != "{}" {
		t.Errorf("the second line is %q, want a heartbeat", beat)
	}
	name := "Changed"
	if _, err := site.Controller.Do(t.Context(), control.ConfigSet{Name: &name}); err != nil {
		t.Fatal(err)
	}
	if next := lines.next(t); !strings.Contains(next, `"name":"Changed"`) {
		t.Errorf("the third line is %q", next)
	}
}

// Calls at once that set the own ID all succeed and leave one own row: they go one by one.
func TestParallelSelf(t *testing.T) {
	_, c := finished(t)
	var setting sync.WaitGroup
	for n := range 20 {
		setting.Go(func() {
			if a := c.do("PUT", "/api/peering/self", m{"id": n%4 + 1}); a.status != 200 {
				t.Errorf("PUT self: %d %s", a.status, a.body)
			}
		})
	}
	setting.Wait()
}

// Listen moves the listeners to other addresses with a restart and ends what was connected to the old ones.
// An address that cannot be had is said, and left when another is named. The same addresses are none to move to.
func TestListen(t *testing.T) {
	leavesNothing(t)
	site, c := finished(t)
	old, kept := site.Addr(), rawConn(t, site)
	occupied, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer occupied.Close()
	site.Server.Listen([]string{occupied.Addr().String()})
	waitFor(t, "the reason", func() bool { return strings.Contains(site.Server.Listening(), occupied.Addr().String()) })
	if _, err := io.Copy(io.Discard, kept); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("a connection to the old address stays open")
	}
	both := []string{"127.0.0.1:0", "127.0.0.2:0"}
	site.Server.Listen(both)
	waitFor(t, "two listeners", func() bool { return len(site.Server.Addrs()) == 2 })
	if conn, err := net.Dial("tcp", old); err == nil {
		conn.Close()
		t.Error("the old address still listens")
	}
	now := site.Server.Addrs()
	for _, addr := range now {
		there := *c
		there.base = "https://" + addr.String()
		there.ok("GET", "/api/config", nil)
	}
	site.Server.Listen(both)
	if again := site.Server.Addrs(); !slices.Equal(again, now) || site.Server.Listening() != "ok" {
		t.Errorf("the same addresses began a restart: %v are %v, %s", now, again, site.Server.Listening())
	}
}
