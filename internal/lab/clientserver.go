package lab

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
	"syscall"
	"time"

	"vns3/control"
	"vns3/internal/netns"
	"vns3/status"
)

// Both let answers in and nothing else; the first also hides the client server's address and port.
const (
	Masquerade      = "table ip nat { chain out { type nat hook postrouting priority 100; oifname \"eth0\" masquerade random; }; }\n" + EstablishedOnly
	EstablishedOnly = `table ip filter { chain in { type filter hook forward priority 0; policy drop; ct state established,related accept; iifname "inside" accept; }; }`
)

// ClientServer is a machine beside the controllers' router, on which a stock WireGuard program or the
// agent runs.
type ClientServer struct {
	t       T
	NS      *netns.Namespace
	Box     *netns.Namespace // router before it: eth0 leads away, inside to it; nil: none
	Pack    string           // name of its clientpack
	Overlay netip.Addr
	Device  string // its tunnel
	dir     string
	run     *exec.Cmd
	ended   chan struct{}
}

// Client makes the n-th machine for a client server beside the router.
func (l *Lab) Client(n int) *ClientServer {
	l.t.Helper()
	c := l.client()
	l.besideRouter(c.NS, n)
	return c
}

// ClientBeyond is Client with a box in between that has these nftables rules.
func (l *Lab) ClientBeyond(n int, rules string) *ClientServer {
	l.t.Helper()
	c := l.client()
	c.Box = netns.New(l.t)
	l.besideRouter(c.Box, n)
	inner := fmt.Sprintf("10.8.%d.", n)
	netns.Connect(netns.End{NS: c.Box, Name: "inside", Addresses: []string{inner + "1/24"}},
		netns.End{NS: c.NS, Name: "eth0", Addresses: []string{inner + "2/24"}})
	c.Box.Forward()
	c.NS.Route("default", inner+"1")
	l.Router.Route(inner+"0/24", fmt.Sprintf("10.9.%d.2", n))
	if rules != "" {
		c.Box.Rules(rules)
	}
	return c
}

// ClientFar is Client so far away that a round trip takes that long.
func (l *Lab) ClientFar(n int, rtt time.Duration) *ClientServer {
	l.t.Helper()
	if rtt == 0 {
		return l.Client(n)
	}
	c := l.ClientBeyond(n, "")
	delay(l.t, c.Box, rtt/2, "eth0", "inside")
	return c
}

func (l *Lab) client() *ClientServer {
	return &ClientServer{t: l.t, NS: netns.New(l.t), dir: l.t.TempDir()}
}

func (l *Lab) besideRouter(ns *netns.Namespace, n int) {
	network := fmt.Sprintf("10.9.%d.", n)
	netns.Connect(netns.End{NS: ns, Name: "eth0", Addresses: []string{network + "2/24"}},
		netns.End{NS: l.Router, Name: fmt.Sprintf("c%d", n), Addresses: []string{network + "1/24"}})
	ns.Route("default", network+"1")
}

// Spot is where it is in the overlay.
func (c *ClientServer) Spot() Spot { return Spot{c.NS, c.Overlay} }

// start runs a program until the lab ends.
func (c *ClientServer) start(name string, args ...string) {
	c.t.Helper()
	log, err := os.Create(c.logPath())
	if err != nil {
		c.t.Fatal(err)
	}
	c.run = c.NS.Command(name, args...)
	c.run.Stderr = log
	if err := netns.Start(c.run); err != nil {
		c.t.Fatal(err)
	}
	run, ended := c.run, make(chan struct{})
	c.ended = ended
	go func() {
		_ = run.Wait() // how it ended is the test's to judge
		log.Close()
		close(ended)
	}()
	c.t.Cleanup(func() {
		_ = run.Process.Kill() // it may have ended
		<-ended
	})
}

func (c *ClientServer) logPath() string { return filepath.Join(c.dir, "log") }

// Log is what its program has logged.
func (c *ClientServer) Log() string {
	raw, _ := os.ReadFile(c.logPath()) // none: nothing was logged
	return string(raw)
}

// stock runs wireguard-go.
func (c *ClientServer) stock() {
	c.t.Helper()
	c.Device = fmt.Sprintf("wgt%x", rand.Uint32()) // its control socket is visible to all namespaces
	socket := "/var/run/wireguard/" + c.Device + ".sock"
	c.t.Cleanup(func() { os.Remove(socket) })
	c.start("wireguard-go", "-f", c.Device)
	// wg removes a socket on which nobody listens yet, so it must not be the first to try.
	Await(c.t, "the WireGuard program answers", func() bool {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// Load configures the stock WireGuard program from an exported clientpack, as wg-quick would.
func (c *ClientServer) Load(pack, conf string) {
	c.t.Helper()
	if c.run == nil {
		c.stock()
	}
	bare := c.write("bare.conf", c.NS.Do("wg-quick", "strip", c.write("wg.conf", conf)))
	c.NS.Do("wg", "setconf", c.Device, bare)
	c.is(pack)
	c.NS.Do("ip", "address", "flush", "dev", c.Device)
	c.NS.Do("ip", "address", "replace", c.Overlay.String()+"/32", "dev", c.Device)
	c.NS.Do("ip", "link", "set", c.Device, "mtu", "1420", "up")
	for _, line := range strings.Split(conf, "\n") {
		if allowed, ok := strings.CutPrefix(line, "AllowedIPs = "); ok {
			for _, prefix := range strings.Split(allowed, ", ") {
				c.NS.Do("ip", "route", "replace", prefix, "dev", c.Device)
			}
		}
	}
}

func (c *ClientServer) write(name, text string) string {
	c.t.Helper()
	path := filepath.Join(c.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
	return path
}

func (c *ClientServer) is(pack string) {
	c.Pack, c.Overlay = pack, netip.MustParseAddr(strings.ReplaceAll(pack, "_", "."))
}

// Agent runs the agent with an exported clientpack, and returns when its interface has the address.
func (c *ClientServer) Agent(pack, conf string) {
	c.t.Helper()
	c.is(pack)
	c.Device = "agent0"
	c.start(Binary, "client", c.write("wg.conf", conf), "--interface", c.Device)
	Await(c.t, "the agent's interface has its address", func() bool {
		out, err := c.NS.Command("ip", "-4", "-o", "address", "show", "dev", c.Device).CombinedOutput()
		return err == nil && strings.Contains(string(out), c.Overlay.String())
	})
}

// Terminate asks its program to end, waits for that, and returns the exit code.
func (c *ClientServer) Terminate() int {
	c.t.Helper()
	if err := c.run.Process.Signal(syscall.SIGTERM); err != nil {
		c.t.Fatal(err)
	}
	return c.End()
}

// End waits until its program has ended and returns the exit code.
func (c *ClientServer) End() int {
	c.t.Helper()
	select {
	case <-c.ended:
	case <-time.After(Patience):
		c.t.Fatalf("the program at %v does not end:\n%s", c.Overlay, c.Log())
	}
	return c.run.ProcessState.ExitCode()
}

// JoinAt attaches a stock client with a clientpack that is assigned to the controller.
func (c *ClientServer) JoinAt(m *Machine, controller int) {
	c.t.Helper()
	c.Load(m.HandOut(func(k status.Client) bool { return k.Assigned == controller }))
}

// Ping asks once for an echo.
func (c *ClientServer) Ping(to netip.Addr) error {
	return c.NS.Command("ping", "-c1", "-W1", to.String()).Run()
}

// Reach pings until there is an answer.
func (c *ClientServer) Reach(to netip.Addr) {
	c.t.Helper()
	Await(c.t, fmt.Sprintf("%v answers %v", to, c.Overlay), func() bool { return c.Ping(to) == nil })
}

// HandOut hands out clientpacks until one is good, and exports it.
func (m *Machine) HandOut(good func(status.Client) bool) (pack, conf string) {
	m.t.Helper()
	for {
		var name string
		Await(m.t, "a clientpack is handed out, once the controllers are level", func() bool {
			ctx, cancel := context.WithTimeout(context.Background(), Patience)
			defer cancel()
			out, err := control.Do[control.PackHandedOut](ctx, m.Backend(), control.PackNext{})
			name = out.Name
			return err == nil
		})
		s := m.Until(Patience, "the pack is known", func(s *status.Snapshot) bool { return ClientOf(s, name).CheckedOut })
		if good(ClientOf(s, name)) {
			return name, m.Export(name)
		}
	}
}

// Export is the configuration of a clientpack, once the endpoint of every controller is known.
func (m *Machine) Export(pack string) string {
	m.t.Helper()
	var file control.PackFile
	Await(m.t, "the endpoints of all controllers are known", func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), Patience)
		defer cancel()
		var err error
		file, err = control.Do[control.PackFile](ctx, m.Backend(), control.PackExport{Name: pack, Format: "conf"})
		return err == nil && strings.Count(string(file.Data), "# vns3 controller ") == len(m.Status().Controllers)
	})
	return string(file.Data)
}

// Do asks the machine's engine for something that has to succeed.
func Do[R any](m *Machine, q control.Request) R {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	reply, err := control.Do[R](ctx, m.Backend(), q)
	if err != nil {
		m.t.Fatalf("machine %d: %v", m.ID, err)
	}
	return reply
}

// Finish waits for a task and returns its record.
func (m *Machine) Finish(started control.TaskStarted) (task status.Task) {
	m.t.Helper()
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

// ClientOf is a client server as a snapshot shows it.
func ClientOf(s *status.Snapshot, pack string) status.Client {
	for _, c := range s.Clients {
		if c.Name == pack {
			return c
		}
	}
	return status.Client{}
}

// HeldBy waits until the controller knows that another one holds a client server, and returns what it
// knows.
func (m *Machine) HeldBy(c *ClientServer, controllers ...int) status.Client {
	m.t.Helper()
	s := m.Until(Patience, fmt.Sprintf("client %s is held by one of %v", c.Pack, controllers), func(s *status.Snapshot) bool {
		k := ClientOf(s, c.Pack)
		for _, id := range controllers {
			if k.Connected && k.ControllerID == id {
				return true
			}
		}
		return false
	})
	return ClientOf(s, c.Pack)
}

// Await waits for something that no snapshot tells.
func Await(t T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(Patience); !holds(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", Patience, what)
		}
	}
}
