// Package lab runs the real binary on machines of its own: each controller lives in a network
// namespace, and all are joined by one router in another, at which a test can drop, delay or narrow
// what passes. Nothing leaves these namespaces, and everything ends with the test.
//
// A test package that uses it calls Main from its TestMain.
package lab

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vns3/internal/netns"
)

// Token is the security token of every topology made here.
const Token = "correct-horse-battery-staple"

// Patience is how long Until waits where a test gives no time of its own.
const Patience = 20 * time.Second

// Binary is the program under test; Main builds it.
var Binary string

// labsAtOnce is how many tests with a lab run at the same time, whatever the number of processors: they
// mostly wait.
const labsAtOnce = "3"

// Main builds the binary, runs the tests of a package and exits.
func Main(m *testing.M) {
	err := takeTurn()
	if err == nil {
		err = Build()
	}
	if err == nil {
		err = flag.Set("test.parallel", labsAtOnce) // before the command line is read, which prevails
	}
	if err != nil {
		Clear()
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := netns.Run(m)
	Clear()
	os.Exit(code)
}

// Build builds the program under test in a directory of its own.
func Build() error {
	dir, err := os.MkdirTemp("", "vns3-lab")
	if err != nil {
		return err
	}
	Binary = filepath.Join(dir, "vns3")
	if out, err := exec.Command("go", "build", "-o", Binary, "vns3").CombinedOutput(); err != nil {
		return fmt.Errorf("the program under test cannot be built: %w\n%s", err, out)
	}
	return nil
}

// Clear removes what Build made.
func Clear() {
	if Binary != "" {
		os.RemoveAll(filepath.Dir(Binary))
	}
}

// T is who a lab belongs to: a *testing.T, or whatever else ends what it began.
type T interface {
	netns.T
	Failed() bool
	Logf(format string, args ...any)
	TempDir() string
}

// Lab is a set of machines round one router.
type Lab struct {
	t        T
	Router   *netns.Namespace
	Machines []*Machine // in order of ID
	dir      string
}

// New makes n machines, ID 1 first. Machine i has the address 10.0.i.2 in a network of its own.
func New(t T, n int) *Lab {
	t.Helper()
	l := &Lab{t: t, Router: netns.New(t), dir: t.TempDir()}
	l.Router.Forward()
	for i := 1; i <= n; i++ {
		l.Add()
	}
	return l
}

// Host is a place for a controller: a namespace, and the address in it that the others reach.
type Host struct {
	NS      *netns.Namespace
	Address string
}

// On makes a machine of each host, ID 1 first. How they are joined is the caller's doing.
func On(t T, hosts ...Host) *Lab {
	t.Helper()
	l := &Lab{t: t, dir: t.TempDir()}
	for _, h := range hosts {
		l.settle(h)
	}
	return l
}

// settle makes a machine of a host, with the next ID.
func (l *Lab) settle(h Host) *Machine {
	l.t.Helper()
	id := len(l.Machines) + 1
	m := &Machine{lab: l, t: l.t, ID: id, NS: h.NS, Address: h.Address, Dir: filepath.Join(l.dir, fmt.Sprint("machine", id))}
	if err := os.MkdirAll(m.Dir, 0o700); err != nil {
		l.t.Fatal(err)
	}
	l.Machines = append(l.Machines, m)
	return m
}

// Add makes one more machine beside the router, with the next ID.
func (l *Lab) Add() *Machine {
	l.t.Helper()
	id := len(l.Machines) + 1
	m := l.settle(Host{netns.New(l.t), fmt.Sprintf("10.0.%d.2", id)})
	netns.Connect(
		netns.End{NS: l.Router, Name: fmt.Sprint("to", id), Addresses: []string{fmt.Sprintf("10.0.%d.1/24", id)}},
		netns.End{NS: m.NS, Name: "eth0", Addresses: []string{m.Address + "/24"}},
	)
	m.NS.Route("default", fmt.Sprintf("10.0.%d.1", id))
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
	}
	l.Start()
	for _, m := range l.Machines {
		m.Until(Patience, "all links up", AllUp(len(l.Machines)-1))
	}
}

// Start starts all machines, makes the keyset on the first and fetches it on the others.
func (l *Lab) Start() {
	l.t.Helper()
	for _, m := range l.Machines {
		m.Start()
	}
	l.Keys()
}

// Keys makes the keyset on the first machine and fetches it on the others.
func (l *Lab) Keys() {
	l.t.Helper()
	l.Generate(l.Machines[0])
	for _, m := range l.Machines[1:] {
		l.Fetch(m)
	}
}

// Generate makes the keyset on a machine.
func (l *Lab) Generate(m *Machine) {
	l.t.Helper()
	m.Must("keyset", "generate", "--topology", "Lab", "--token-file", l.tokenFile())
}

// Fetch fetches the keyset from the first machine.
func (l *Lab) Fetch(m *Machine) {
	l.t.Helper()
	m.Must("keyset", "fetch", "--source", l.Machines[0].Address, "--token-file", l.tokenFile())
}

func (l *Lab) tokenFile() string {
	l.t.Helper()
	path := filepath.Join(l.dir, "token")
	if err := os.WriteFile(path, []byte(Token+"\n"), 0o600); err != nil {
		l.t.Fatal(err)
	}
	return path
}

// Behind makes a machine a router to a network of its own, such as "192.168.77", with one server in it,
// and returns the server's address.
func (l *Lab) Behind(m *Machine, network string) string {
	l.t.Helper()
	server := netns.New(l.t)
	netns.Connect(
		netns.End{NS: m.NS, Name: "lan0", Addresses: []string{network + ".1/24"}},
		netns.End{NS: server, Name: "eth0", Addresses: []string{network + ".2/24"}},
	)
	server.Route("default", network+".1")
	m.NS.Forward()
	return network + ".2"
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
