//go:build linux

package clients

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vns3/control"
	"vns3/internal/lab"
	"vns3/internal/netns"
	"vns3/status"
)

// client is a machine with a stock WireGuard program.
type client struct {
	t       *testing.T
	ns      *netns.Namespace
	pack    string // name
	overlay netip.Addr
	device  string
	dir     string
	process *exec.Cmd
}

// newClient makes the n-th machine beside the router of a lab and starts WireGuard in it.
func newClient(t *testing.T, l *lab.Lab, n int) *client {
	t.Helper()
	ns := netns.New(t)
	network := fmt.Sprintf("10.9.%d.", n)
	netns.Connect(netns.End{NS: ns, Name: "eth0", Addresses: []string{network + "2/24"}},
		netns.End{NS: l.Router, Name: fmt.Sprintf("c%d", n), Addresses: []string{network + "1/24"}})
	ns.Route("default", network+"1")
	c := &client{t: t, ns: ns, device: fmt.Sprintf("wgt%x", rand.Uint32()), dir: t.TempDir()}
	c.start()
	return c
}

// start runs wireguard-go; it ends with the test.
func (c *client) start() {
	c.t.Helper()
	c.process = c.ns.Command("wireguard-go", "-f", c.device)
	if err := c.process.Start(); err != nil {
		c.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { c.process.Wait(); close(done) }()
	c.t.Cleanup(func() { c.process.Process.Kill(); <-done })
	socket := "/var/run/wireguard/" + c.device + ".sock"
	c.t.Cleanup(func() { os.Remove(socket) })
	// wg removes a socket on which nobody listens yet, so it must not be the first to try.
	until(c.t, "the WireGuard program answers", func() bool {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// load configures the client from an exported clientpack, as wg-quick would.
func (c *client) load(pack, conf string) {
	c.t.Helper()
	path := filepath.Join(c.dir, "wg.conf")
	if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
		c.t.Fatal(err)
	}
	stripped := c.ns.Do("wg-quick", "strip", path)
	bare := filepath.Join(c.dir, "bare.conf")
	if err := os.WriteFile(bare, []byte(stripped), 0o600); err != nil {
		c.t.Fatal(err)
	}
	c.ns.Do("wg", "setconf", c.device, bare)
	c.pack, c.overlay = pack, netip.MustParseAddr(strings.ReplaceAll(pack, "_", "."))
	c.ns.Do("ip", "address", "replace", c.overlay.String()+"/32", "dev", c.device)
	c.ns.Do("ip", "link", "set", c.device, "mtu", "1420", "up")
	for _, line := range strings.Split(conf, "\n") {
		if allowed, ok := strings.CutPrefix(line, "AllowedIPs = "); ok {
			for _, prefix := range strings.Split(allowed, ", ") {
				c.ns.Do("ip", "route", "replace", prefix, "dev", c.device)
			}
		}
	}
}

// join hands out a clientpack at a controller and loads it.
func (c *client) join(m *lab.Machine) {
	c.t.Helper()
	out := do[control.PackHandedOut](c.t, m, control.PackNext{})
	c.load(out.Name, export(c.t, m, out.Name))
}

// joinAt is join with a clientpack that is assigned to the controller.
func (c *client) joinAt(m *lab.Machine, controller int) {
	c.t.Helper()
	for {
		out := do[control.PackHandedOut](c.t, m, control.PackNext{})
		m.Until(lab.Patience, "the pack is known", func(s *status.Snapshot) bool { return of(s, out.Name).CheckedOut })
		if of(m.Status(), out.Name).Assigned == controller {
			c.load(out.Name, export(c.t, m, out.Name))
			return
		}
	}
}

func (c *client) ping(to netip.Addr) error {
	return c.ns.Command("ping", "-c1", "-W1", to.String()).Run()
}

// reach pings until there is an answer.
func (c *client) reach(to netip.Addr) {
	c.t.Helper()
	until(c.t, fmt.Sprintf("%v answers %v", to, c.overlay), func() bool { return c.ping(to) == nil })
}

// udp opens a socket of the client on its overlay address.
func (c *client) udp() *net.UDPConn {
	c.t.Helper()
	var conn *net.UDPConn
	var err error
	c.ns.Run(func() { conn, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(c.overlay, 0))) })
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close() })
	return conn
}

func do[R any](t *testing.T, m *lab.Machine, q control.Request) R {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), lab.Patience)
	defer cancel()
	reply, err := control.Do[R](ctx, m.Backend(), q)
	if err != nil {
		t.Fatalf("controller %d: %v", m.ID, err)
	}
	return reply
}

// finish waits for a task and returns its record.
func finish(t *testing.T, m *lab.Machine, started control.TaskStarted) status.Task {
	t.Helper()
	var task status.Task
	m.Until(time.Minute, "the task ends", func(s *status.Snapshot) bool {
		for _, r := range s.Tasks {
			if r.ID == started.Task {
				task = r
			}
		}
		return task.State == status.Done || task.State == status.Failed
	})
	return task
}

// export is the configuration of a clientpack, once the endpoint of every controller is known.
func export(t *testing.T, m *lab.Machine, pack string) string {
	t.Helper()
	until(t, "the endpoints of all controllers are known", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), lab.Patience)
		defer cancel()
		file, err := control.Do[control.PackFile](ctx, m.Backend(), control.PackExport{Name: pack, Format: "conf"})
		return err == nil && strings.Count(string(file.Data), "[Peer]") == min(len(m.Status().Controllers), 4)
	})
	return string(do[control.PackFile](t, m, control.PackExport{Name: pack, Format: "conf"}).Data)
}

// of is a client as a snapshot shows it.
func of(s *status.Snapshot, pack string) status.Client {
	for _, c := range s.Clients {
		if c.Name == pack {
			return c
		}
	}
	return status.Client{}
}

// heldBy waits until a controller knows that another one holds a client.
func heldBy(m *lab.Machine, c *client, controller int) status.Client {
	c.t.Helper()
	s := m.Until(lab.Patience, fmt.Sprintf("client %s is held by %d", c.pack, controller), func(s *status.Snapshot) bool {
		k := of(s, c.pack)
		return k.Connected && k.ControllerID == controller
	})
	return of(s, c.pack)
}

// until waits for something outside of all snapshots.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(lab.Patience); ; <-tick.C {
		if holds() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", lab.Patience, what)
		}
	}
}
