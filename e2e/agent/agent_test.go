//go:build linux

// Package agent proves with the real binary that the agent keeps a client server behind a NAT attached.
package agent

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vns3/control"
	"vns3/internal/lab"
	"vns3/internal/netns"
	"vns3/status"
)

func TestMain(m *testing.M) { lab.Main(m) }

// masquerade lets answers in and nothing else, and hides the machine's address and port.
const masquerade = `table ip nat { chain out { type nat hook postrouting priority 100; oifname "eth0" masquerade random; }; }
table ip filter { chain in { type filter hook forward priority 0; policy drop; ct state established,related accept; iifname "inside" accept; }; }`

// aim is what a failover may take, and tolerant what it may on a busy machine.
const (
	aim      = time.Second
	tolerant = 2 * aim
)

// runner is a machine behind a NAT that runs the agent.
type runner struct {
	t          *testing.T
	ns         *netns.Namespace
	name       string // of the clientpack
	overlay    netip.Addr
	controller int // that it first attached to
	process    *exec.Cmd
	ended      chan struct{}
	log        *bytes.Buffer // complete when ended
}

// start makes the n-th such machine and runs the agent on it, which returns attached. further are more
// rules of its NAT, edit changes its clientpack.
func start(t *testing.T, l *lab.Lab, n int, further string, edit func(pack string) string) *runner {
	t.Helper()
	box, ns := netns.New(t), netns.New(t)
	outer, inner := fmt.Sprintf("10.9.%d.", n), fmt.Sprintf("10.8.%d.", n)
	netns.Connect(netns.End{NS: box, Name: "eth0", Addresses: []string{outer + "2/24"}},
		netns.End{NS: l.Router, Name: fmt.Sprintf("c%d", n), Addresses: []string{outer + "1/24"}})
	netns.Connect(netns.End{NS: box, Name: "inside", Addresses: []string{inner + "1/24"}},
		netns.End{NS: ns, Name: "eth0", Addresses: []string{inner + "2/24"}})
	box.Forward()
	box.Route("default", outer+"1")
	ns.Route("default", inner+"1")
	box.Rules(masquerade + "\n" + further)
	name, text := pack(t, l.Of(3))
	path := filepath.Join(t.TempDir(), "wg.conf")
	if err := os.WriteFile(path, []byte(edit(text)), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &runner{t: t, ns: ns, name: name, overlay: netip.MustParseAddr(strings.ReplaceAll(name, "_", ".")), ended: make(chan struct{}), log: &bytes.Buffer{}}
	r.process = ns.Command(lab.Binary, "client", path, "--interface", "agent0")
	r.process.Stderr = r.log
	if err := r.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = r.process.Wait(); close(r.ended) }() // how it ended is the test's to judge
	t.Cleanup(func() {
		_ = r.process.Process.Kill() // it may have ended
		<-r.ended
		if t.Failed() || testing.Verbose() {
			t.Logf("log of the agent at %v:\n%s", r.overlay, r.log)
		}
	})
	r.controller = heldBy(l.Of(1), name, func(int) bool { return true })
	for _, m := range l.Machines {
		heldBy(m, name, func(id int) bool { return id == r.controller })
	}
	r.awaitAddress()
	return r
}

// awaitAddress waits until the agent has given its interface the overlay address: the controllers know
// the client a moment before.
func (r *runner) awaitAddress() {
	r.t.Helper()
	for deadline := time.Now().Add(lab.Patience); ; {
		out, err := r.ns.Command("ip", "-4", "-o", "address", "show", "dev", "agent0").CombinedOutput()
		if err == nil && strings.Contains(string(out), r.overlay.String()) {
			return
		}
		select {
		case <-r.ended:
			r.t.Fatalf("the agent ended:\n%s", r.log)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("the agent's interface has no address: %s", out)
		}
	}
}

// pack hands out a clientpack, and exports it once it names all controllers.
func pack(t *testing.T, m *lab.Machine) (name, text string) {
	t.Helper()
	name = do[control.PackHandedOut](t, m, control.PackNext{}).Name
	var file control.PackFile
	m.Until(lab.Patience, "the endpoints of all controllers are known", func(s *status.Snapshot) bool {
		var err error
		file, err = control.Do[control.PackFile](t.Context(), m.Backend(), control.PackExport{Name: name, Format: "conf"})
		return err == nil && strings.Count(string(file.Data), "# vns3 controller ") == len(s.Controllers)
	})
	return name, string(file.Data)
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

func of(s *status.Snapshot, name string) status.Client {
	for _, c := range s.Clients {
		if c.Name == name {
			return c
		}
	}
	return status.Client{}
}

// heldBy waits until a controller knows that one of those holds a client, and returns its ID.
func heldBy(m *lab.Machine, name string, one func(id int) bool) int {
	s := m.Until(lab.Patience, fmt.Sprintf("client %s is held by the right controller", name), func(s *status.Snapshot) bool {
		k := of(s, name)
		return k.Connected && one(k.ControllerID)
	})
	return of(s, name).ControllerID
}

// stream sends 1,000 packets a second from one machine to another until end is closed, and returns how
// long no packet arrived at most.
func stream(t *testing.T, from, to *runner) (end func() (sent, arrived int, gap time.Duration)) {
	t.Helper()
	source, sink := from.udp(), to.udp()
	target := net.UDPAddrFromAddrPort(netip.AddrPortFrom(to.overlay, uint16(sink.LocalAddr().(*net.UDPAddr).Port)))
	var sent, arrived int
	var gap time.Duration
	first, stop := make(chan struct{}), make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		buf := make([]byte, 2000)
		last := time.Time{}
		for {
			if _, err := sink.Read(buf); err != nil {
				return
			}
			now := time.Now()
			if arrived++; arrived == 1 {
				close(first)
			} else {
				gap = max(gap, now.Sub(last))
			}
			last = now
		}
	})
	running.Go(func() {
		began, tick := time.Now(), time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-stop:
				return
			}
			for due := int(time.Since(began).Milliseconds()); sent < due; sent++ {
				source.WriteToUDP(make([]byte, 200), target) // a full queue is a lost packet
			}
		}
	})
	select {
	case <-first:
	case <-time.After(lab.Patience):
		t.Error("no packet of the stream arrived")
	}
	return func() (int, int, time.Duration) {
		close(stop)
		sink.Close()
		running.Wait()
		return sent, arrived, gap
	}
}

// udp opens a socket on the overlay address.
func (r *runner) udp() *net.UDPConn {
	r.t.Helper()
	var conn *net.UDPConn
	var err error
	r.ns.Run(func() { conn, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(r.overlay, 0))) })
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	return conn
}

func unchanged(pack string) string { return pack }

// withoutStandbys leaves out what keeps the NAT open, so that no controller can reach the agent.
func withoutStandbys(pack string) string {
	first := strings.Index(pack, "[Peer]") + 1
	return pack[:first+strings.Index(pack[first:], "[Peer]")]
}

// TestFailoverBehindNAT proves that an agent behind a NAT goes on with another controller within a
// second when its own is killed, also where no controller can reach it, that it stays there when that
// returns, and that it ends cleanly.
func TestFailoverBehindNAT(t *testing.T) {
	t.Run("kept open by standby peers", func(t *testing.T) { failover(t, unchanged) })
	t.Run("reached by no controller", func(t *testing.T) { failover(t, withoutStandbys) })
}

func failover(t *testing.T, edit func(pack string) string) {
	t.Helper()
	l := lab.New(t, 3)
	l.Mesh()
	a := start(t, l, 1, "", edit)
	lost, other := l.Of(a.controller), l.Of(a.controller%3+1)
	b := start(t, l, 2, fmt.Sprintf("table ip aside { chain out { type filter hook forward priority 0; ip daddr %s drop; }; }", lost.Address), edit)
	end := stream(t, a, b)
	lost.Kill()
	holder := heldBy(other, a.name, func(id int) bool { return id != lost.ID })
	lost.Start()
	lost.Until(lab.Patience, "the mesh is whole again", lab.AllUp(2))
	heldBy(lost, a.name, func(id int) bool { return id == holder })
	sent, arrived, gap := end()
	t.Logf("moved to controller %d: %d of %d packets arrived, outage %v (aim %v)", holder, arrived, sent, gap.Round(time.Millisecond), aim)
	if gap > tolerant {
		t.Errorf("the outage was %v", gap)
	}
	if err := a.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-a.ended:
	case <-time.After(lab.Patience):
		t.Fatal("the agent does not end")
	}
	if code := a.process.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the agent ended with %d", code)
	}
	if links := a.ns.Do("ip", "-brief", "link"); strings.Contains(links, "agent0") {
		t.Errorf("its interface is still there:\n%s", links)
	}
}
