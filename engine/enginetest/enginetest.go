// Package enginetest runs real controllers inside a test: real sockets and real tunnels on loopback
// addresses that nobody else uses, a configuration file and a data directory that end with the test.
package enginetest

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vns3/control"
	"vns3/engine"
	"vns3/engine/api"
	"vns3/engine/config"
	"vns3/peering"
	"vns3/status"
)

// Token is the security token of every topology made here.
const Token = "correct-horse-battery-staple"

// patience is how long a test waits for what should take an instant.
const patience = 30 * time.Second

// Controller is a controller that runs inside the test.
type Controller struct {
	*engine.Engine
	Address netip.Addr
	Config  string // path of its configuration file
	timing  api.RestartTiming
	stop    func()
}

// Settings are what controllers of a test differ in.
type Settings struct {
	Extra  string            // further TOML of the file
	Timing api.RestartTiming // of the API's listener; zero: an instant
}

// Network draws a /24 of loopback addresses for one test, so that tests that run at the same time do
// not meet.
func Network() netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{127, byte(1 + rand.IntN(254)), byte(rand.IntN(256)), 0}), 24)
}

// instant is a restart of the API's listener that a test need not wait for.
var instant = api.RestartTiming{Settle: time.Millisecond, SettleKeyset: 10 * time.Millisecond, Down: 50 * time.Millisecond}

// Start runs a controller on the n-th address of the network. extra is further TOML of its file.
func Start(t testing.TB, network netip.Prefix, n int, extra string) *Controller {
	t.Helper()
	return StartWith(t, network, n, Settings{Extra: extra})
}

// StartWith is Start with more settings.
func StartWith(t testing.TB, network netip.Prefix, n int, with Settings) *Controller {
	t.Helper()
	octets := network.Addr().As4()
	octets[3] = byte(10 + n)
	dir := t.TempDir()
	c := &Controller{Address: netip.AddrFrom4(octets), Config: filepath.Join(dir, "vns3.toml"), timing: cmp.Or(with.Timing, instant)}
	file := fmt.Sprintf("[controller]\nname = \"controller %d\"\nlisten = \"%v\"\ndata_dir = %q\n%s", n, c.Address, filepath.Join(dir, "data"), with.Extra)
	if err := os.WriteFile(c.Config, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Run(t)
	return c
}

// Run starts the controller again after Stop.
func (c *Controller) Run(t testing.TB) {
	t.Helper()
	e, err := engine.New(engine.Options{
		ConfigPath: c.Config, Env: config.OSEnv(), Mode: status.Headless, Version: "test",
		Log:       slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelInfo})),
		APITiming: c.timing,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	c.Engine = e
	stopped := false
	c.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("controller at %v ended with: %v", c.Address, err)
		}
	}
	t.Cleanup(c.stop)
	select {
	case <-e.Ready():
	case <-time.After(patience):
		t.Fatal("the engine is not ready")
	}
}

// Stop ends the controller as SIGTERM does.
func (c *Controller) Stop() { c.stop() }

// Must carries out an action that has to succeed.
func Must[R any](t testing.TB, c *Controller, q control.Request) R {
	t.Helper()
	reply, err := control.Do[R](t.Context(), c, q)
	if err != nil {
		t.Fatalf("%s at %v: %v", q.Action(), c.Address, err)
	}
	return reply
}

// Task carries out a task and waits for its end.
func Task(t testing.TB, c *Controller, q control.Request) status.Task {
	t.Helper()
	started := Must[control.TaskStarted](t, c, q)
	var task status.Task
	c.Until(t, q.Action()+" has ended", func(s *status.Snapshot) bool {
		for _, one := range s.Tasks {
			if one.ID == started.Task {
				task = one
			}
		}
		return task.State == status.Done || task.State == status.Failed
	})
	return task
}

// Until waits for a snapshot of which the condition holds.
func (c *Controller) Until(t testing.TB, what string, holds func(*status.Snapshot) bool) *status.Snapshot {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s := c.Snapshot()
	for !holds(s) {
		var err error
		if s, err = c.Wait(ctx, s); err != nil {
			last := c.Snapshot()
			t.Fatalf("controller at %v: not within %v: %s; peers %+v; warnings %+v", c.Address, patience, what, last.Peers, last.Warnings)
		}
	}
	return s
}

// Mesh runs n controllers of one topology, its keyset generated on the first and fetched by the
// others, all peered, and returns when every link is up.
func Mesh(t testing.TB, n int, extra string) []*Controller {
	t.Helper()
	network := Network()
	var all []*Controller
	for i := 1; i <= n; i++ {
		all = append(all, Start(t, network, i, extra))
	}
	if task := Task(t, all[0], control.KeysetGenerate{Topology: "Test", Token: Token}); task.State != status.Done {
		t.Fatalf("keyset generate: %s", task.Error)
	}
	for _, c := range all[1:] {
		if task := Task(t, c, control.KeysetFetch{Source: all[0].Address.String(), Token: Token}); task.State != status.Done {
			t.Fatalf("keyset fetch: %s", task.Error)
		}
	}
	for i, c := range all {
		Must[control.Nothing](t, c, control.PeeringSet{Rows: Rows(all, i+1)})
	}
	for _, c := range all {
		c.Until(t, "all links up", AllUp(n-1))
	}
	return all
}

// Rows is the peering table of the controller with the ID.
func Rows(all []*Controller, self int) map[int]peering.Row {
	rows := map[int]peering.Row{}
	for i, c := range all {
		rows[i+1] = peering.Row{Kind: peering.Address, Address: c.Address.String()}
	}
	rows[self] = peering.Row{Kind: peering.Self}
	return rows
}

// AllUp holds where so many links are up.
func AllUp(links int) func(*status.Snapshot) bool {
	return func(s *status.Snapshot) bool {
		up := 0
		for _, p := range s.Peers {
			if !p.Self && p.State == status.Up {
				up++
			}
		}
		return up == links
	}
}

// testWriter sends an engine's log to that of the test.
type testWriter struct{ t testing.TB }

func (w testWriter) Write(line []byte) (int, error) {
	w.t.Logf("%s", line)
	return len(line), nil
}
