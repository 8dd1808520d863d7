// Package lab runs the real binary on machines of its own: each controller lives in a network
// namespace, and all are joined by one router in another, at which a test can drop, delay or narrow
// what passes. Nothing leaves these namespaces, and everything ends with the test.
//
// A test package that uses it calls Main from its TestMain.
package lab

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vns3/control"
	"vns3/engine/api/client"
	"vns3/internal/netns"
	"vns3/status"
)

// Token is the security token of every topology made here.
const Token = "correct-horse-battery-staple"

// Patience is how long Until waits where a test gives no time of its own.
const Patience = 20 * time.Second

// Binary is the program under test; Main builds it.
var Binary string

// Main builds the binary, runs the tests of a package and exits.
func Main(m *testing.M) {
	dir, err := os.MkdirTemp("", "vns3-lab")
	if err == nil {
		Binary = filepath.Join(dir, "vns3")
		var out []byte
		out, err = exec.Command("go", "build", "-o", Binary, "vns3").CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "the program under test cannot be built:", err)
		os.Exit(1)
	}
	netns.Main(m)
}

// Lab is a set of machines round one router.
type Lab struct {
	t        testing.TB
	Router   *netns.Namespace
	Machines []*Machine // in order of ID
	dir      string
}

// New makes n machines, ID 1 first. Machine i has the address 10.0.i.2 in a network of its own.
func New(t testing.TB, n int) *Lab {
	t.Helper()
	l := &Lab{t: t, Router: netns.New(t), dir: t.TempDir()}
	l.Router.Forward()
	for i := 1; i <= n; i++ {
		l.Add()
	}
	return l
}

// Add makes one more machine, with the next ID.
func (l *Lab) Add() *Machine {
	l.t.Helper()
	id := len(l.Machines) + 1
	m := &Machine{lab: l, t: l.t, ID: id, NS: netns.New(l.t), Address: fmt.Sprintf("10.0.%d.2", id), Dir: filepath.Join(l.dir, fmt.Sprint("machine", id))}
	if err := os.MkdirAll(m.Dir, 0o700); err != nil {
		l.t.Fatal(err)
	}
	netns.Connect(
		netns.End{NS: l.Router, Name: fmt.Sprint("to", id), Addresses: []string{fmt.Sprintf("10.0.%d.1/24", id)}},
		netns.End{NS: m.NS, Name: "eth0", Addresses: []string{m.Address + "/24"}},
	)
	m.NS.Route("default", fmt.Sprintf("10.0.%d.1", id))
	l.Machines = append(l.Machines, m)
	return m
}

// Of returns the machine with the ID.
func (l *Lab) Of(id int) *Machine { return l.Machines[id-1] }

// Drop makes the router drop what is sent from one machine to another, until Heal. Each rule is a pair
// of IDs, or of IDs and a further nftables match.
func (l *Lab) Drop(rules ...Rule) {
	l.t.Helper()
	var b strings.Builder
	b.WriteString("table inet faults {\nchain forward { type filter hook forward priority 0;\n")
	for _, r := range rules {
		fmt.Fprintf(&b, "ip saddr %s ip daddr %s %s drop\n", l.Of(r.From).Address, l.Of(r.To).Address, r.Match)
	}
	b.WriteString("}\n}\n")
	l.Router.Flush()
	l.Router.Rules(b.String())
}

// Rule is a direction in which the router drops.
type Rule struct {
	From, To int
	Match    string // further nftables match, such as "udp dport 1195" or "numgen random mod 100 < 20"
}

// Both drops in both directions between two machines.
func Both(a, b int) []Rule { return []Rule{{From: a, To: b}, {From: b, To: a}} }

// Heal removes all faults of the router.
func (l *Lab) Heal() {
	l.t.Helper()
	l.Router.Flush()
}

// Mesh writes the files of all machines, starts them, makes the keyset on the first and fetches it on
// the others, and returns when every link is up.
func (l *Lab) Mesh() {
	l.t.Helper()
	for _, m := range l.Machines {
		m.Configure(l.Table(m.ID), "")
		m.Start()
	}
	l.Keys()
	for _, m := range l.Machines {
		m.Until(Patience, "all links up", AllUp(len(l.Machines)-1))
	}
}

// Keys makes the keyset on the first machine and fetches it on the others.
func (l *Lab) Keys() {
	l.t.Helper()
	token := filepath.Join(l.dir, "token")
	if err := os.WriteFile(token, []byte(Token+"\n"), 0o600); err != nil {
		l.t.Fatal(err)
	}
	l.Machines[0].Must("keyset", "generate", "--topology", "Lab", "--token-file", token)
	for _, m := range l.Machines[1:] {
		m.Must("keyset", "fetch", "--source", l.Machines[0].Address, "--token-file", token)
	}
}

// Table is the [peering] of a machine: all others by address.
func (l *Lab) Table(self int) map[int]string {
	rows := map[int]string{}
	for _, m := range l.Machines {
		rows[m.ID] = m.Address
	}
	rows[self] = "this instance"
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

// Machine is one controller's machine.
type Machine struct {
	lab     *Lab
	t       testing.TB
	ID      int
	NS      *netns.Namespace
	Address string
	Dir     string
	Program string   // instead of Binary
	Prefix  []string // command that runs the program, such as unshare
	run     *exec.Cmd
	ended   chan struct{}
	log     *os.File
	backend *client.Client
}

// ConfigPath is the machine's configuration file.
func (m *Machine) ConfigPath() string { return filepath.Join(m.Dir, "vns3.toml") }

// DataDir is the machine's data directory.
func (m *Machine) DataDir() string { return filepath.Join(m.Dir, "data") }

// Configure writes the machine's file. extra is further TOML.
func (m *Machine) Configure(rows map[int]string, extra string) {
	m.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "[controller]\nname = \"vns3-%d\"\ndata_dir = %q\n\n[peering]\n", m.ID, m.DataDir())
	for id := 1; id <= 9; id++ {
		if rows[id] != "" {
			fmt.Fprintf(&b, "%d = %q\n", id, rows[id])
		}
	}
	b.WriteString(extra)
	temp := m.ConfigPath() + ".new"
	if err := os.WriteFile(temp, []byte(b.String()), 0o600); err != nil {
		m.t.Fatal(err)
	}
	if err := os.Rename(temp, m.ConfigPath()); err != nil {
		m.t.Fatal(err)
	}
}

// Start runs the engine, headless, and returns when it answers.
func (m *Machine) Start() {
	m.t.Helper()
	m.StartOnly()
	m.Connect()
}

// StartOnly runs the engine and does not wait for it.
func (m *Machine) StartOnly() {
	m.t.Helper()
	program := m.Program
	if program == "" {
		program = Binary
	}
	command := append(append([]string(nil), m.Prefix...), program, "headless", "--config", m.ConfigPath())
	log, err := os.OpenFile(filepath.Join(m.Dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		m.t.Fatal(err)
	}
	m.run = m.NS.Command(command[0], command[1:]...)
	m.run.Stderr, m.log = log, log
	if err := m.run.Start(); err != nil {
		m.t.Fatal(err)
	}
	run, ended := m.run, make(chan struct{})
	m.ended = ended
	go func() {
		_ = run.Wait() // how it ended is the test's to judge, by its log
		log.Close()
		close(ended)
	}()
	m.t.Cleanup(func() {
		m.disconnect()
		_ = run.Process.Kill() // it may have ended
		<-ended
		if m.t.Failed() {
			m.t.Logf("log of machine %d:\n%s", m.ID, m.Log())
		}
	})
}

// Connect opens the machine's local socket, which must appear within Patience.
func (m *Machine) Connect() {
	m.t.Helper()
	m.disconnect()
	deadline := time.Now().Add(Patience)
	for {
		backend, err := client.Dial(context.Background(), client.Target{Socket: filepath.Join(m.DataDir(), "vns3.sock")})
		if err == nil {
			m.backend = backend
			return
		}
		select {
		case <-m.ended:
			m.t.Fatalf("machine %d: the engine ended:\n%s", m.ID, m.Log())
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			m.t.Fatalf("machine %d: the engine does not answer: %v\n%s", m.ID, err, m.Log())
		}
	}
}

func (m *Machine) disconnect() {
	if m.backend != nil {
		m.backend.Close()
		m.backend = nil
	}
}

// Signal sends the engine a signal.
func (m *Machine) Signal(s syscall.Signal) {
	m.t.Helper()
	if err := m.run.Process.Signal(s); err != nil {
		m.t.Fatalf("machine %d: %v", m.ID, err)
	}
}

// Stop ends the engine with SIGTERM and waits for it.
func (m *Machine) Stop() {
	m.t.Helper()
	m.Signal(syscall.SIGTERM)
	m.Ended()
}

// Kill ends the engine with SIGKILL.
func (m *Machine) Kill() {
	m.t.Helper()
	m.Signal(syscall.SIGKILL)
	m.Ended()
}

// Ended waits for the end of the engine's process.
func (m *Machine) Ended() {
	m.t.Helper()
	m.disconnect()
	select {
	case <-m.ended:
	case <-time.After(Patience):
		m.t.Fatalf("machine %d: the engine does not end:\n%s", m.ID, m.Log())
	}
}

// Log is what the engine has logged.
func (m *Machine) Log() string {
	raw, _ := os.ReadFile(filepath.Join(m.Dir, "log")) // none: nothing was logged
	return string(raw)
}

// CLI runs a command of the program against the machine's engine.
func (m *Machine) CLI(args ...string) (stdout, stderr string, err error) {
	cmd := m.NS.Command(Binary, append([]string{"--config", m.ConfigPath()}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// Must runs a command that has to succeed.
func (m *Machine) Must(args ...string) string {
	m.t.Helper()
	out, errs, err := m.CLI(args...)
	if err != nil {
		m.t.Fatalf("machine %d: vns3 %s: %v\n%s%s", m.ID, strings.Join(args, " "), err, out, errs)
	}
	return out
}

// Backend is the machine's engine.
func (m *Machine) Backend() control.Backend { return m.backend }

// Status is the newest snapshot.
func (m *Machine) Status() *status.Snapshot { return m.backend.Snapshot() }

// Until waits for a snapshot of which the condition holds, and returns it.
func (m *Machine) Until(within time.Duration, what string, holds func(*status.Snapshot) bool) *status.Snapshot {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	s := m.backend.Snapshot()
	for s == nil || !holds(s) {
		next, err := m.backend.Wait(ctx, s)
		if ctx.Err() != nil {
			m.t.Fatalf("machine %d: not within %v: %s\n%s", m.ID, within, what, Describe(m.backend.Snapshot()))
		}
		if err == nil {
			s = next
		}
	}
	return s
}

// Describe is a snapshot in few lines, for failures.
func Describe(s *status.Snapshot) string {
	if s == nil {
		return "no snapshot"
	}
	var b strings.Builder
	for _, p := range s.Peers {
		if p.State != status.NotSet && !p.Self {
			fmt.Fprintf(&b, "#%d %s %s, path %v, mtu %d, loss %.2f, reason %q\n", p.ID, p.Address, p.State, p.Path, p.MTU, p.Loss, p.Reason)
		}
	}
	for _, w := range s.Warnings {
		fmt.Fprintf(&b, "%s %s: %s: %s\n", w.Severity, w.Code, w.Text, w.Remedy)
	}
	return b.String()
}

// Peer is the row with the ID.
func Peer(s *status.Snapshot, id int) status.Peer {
	for _, p := range s.Peers {
		if p.ID == id {
			return p
		}
	}
	return status.Peer{}
}

// Warning is the warning with the code about a peer, if there is one.
func Warning(s *status.Snapshot, code status.Code, peer int) (status.Warning, bool) {
	for _, w := range s.Warnings {
		if w.Code == string(code) && w.Peer == peer {
			return w, true
		}
	}
	return status.Warning{}, false
}
