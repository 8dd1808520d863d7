//go:build linux

package main

import (
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"vns3/internal/lab"
	"vns3/internal/netns"
)

// shape is how the machines of a bed are joined.
type shape int

const (
	direct     shape = iota // two controllers, host to host
	throughOne              // client – controller – client
	throughTwo              // client – controller – controller – client
	meshOfNine              // nine controllers, each with all others
)

var shapeNames = [...]string{"direct", "one", "two", "mesh"}

var shapeTitles = [...]string{"two hosts, direct", "client – one controller – client", "client – two controllers – client", "mesh of nine, all pairs at once"}

func (s shape) String() string { return shapeNames[s] }

// machines is how many there are.
func (s shape) machines() int { return [...]int{2, 3, 4, 9}[s] }

// patience is how long a system may take until its machines reach each other.
const patience = 60 * time.Second

// bed is a set of machines in namespaces of their own on which one system runs. In all shapes but the
// mesh they stand in a row, each joined to the next by a veth pair; in the mesh all are joined to a
// router.
type bed struct {
	*lab.Scope
	shape    shape
	machines []*machine
	router   *netns.Namespace // of the mesh; nil: none
}

// machine is one of a bed.
type machine struct {
	*netns.Namespace
	bed     *bed
	dir     string
	links   []string     // names of its underlay interfaces
	left    string       // underlay address on the side of the machine before it; in the mesh its only one
	right   string       // on the side of the machine behind it
	overlay netip.Addr   // set by the system; the underlay's own where there is none
	pids    []int        // processes that carry packets
	ended   <-chan error // of the last process
}

// newBed makes the machines.
func newBed(s *lab.Scope, shape shape) *bed {
	b := unjoined(s, shape)
	if shape == meshOfNine {
		b.joinRound()
	} else {
		b.joinRow()
	}
	return b
}

// newRoutedBed makes two machines with a router between them.
func newRoutedBed(s *lab.Scope) *bed {
	b := unjoined(s, direct)
	b.joinRound()
	return b
}

func unjoined(s *lab.Scope, shape shape) *bed {
	b := &bed{Scope: s, shape: shape}
	for i := range shape.machines() {
		m := &machine{Namespace: netns.New(s), bed: b, dir: filepath.Join(s.TempDir(), fmt.Sprint(i+1))}
		if err := os.Mkdir(m.dir, 0o700); err != nil {
			s.Fatal(err)
		}
		b.machines = append(b.machines, m)
	}
	return b
}

func (b *bed) joinRow() {
	for i, m := range b.machines[1:] {
		before := b.machines[i]
		before.right, m.left = fmt.Sprintf("10.%d.0.1", i+1), fmt.Sprintf("10.%d.0.2", i+1)
		netns.Connect(netns.End{NS: before.Namespace, Name: "right", Addresses: []string{before.right + "/24"}},
			netns.End{NS: m.Namespace, Name: "left", Addresses: []string{m.left + "/24"}})
		before.links, m.links = append(before.links, "right"), append(m.links, "left")
	}
	if last := len(b.machines) - 1; last > 1 { // the ends reach every address of their neighbours
		b.machines[0].Route("default", b.machines[1].left)
		b.machines[last].Route("default", b.machines[last-1].right)
	}
}

func (b *bed) joinRound() {
	b.router = netns.New(b)
	b.router.Forward()
	for i, m := range b.machines {
		gateway := fmt.Sprintf("10.0.%d.1", i+1)
		m.left = fmt.Sprintf("10.0.%d.2", i+1)
		m.right = m.left
		netns.Connect(netns.End{NS: b.router, Name: fmt.Sprint("to", i+1), Addresses: []string{gateway + "/24"}},
			netns.End{NS: m.Namespace, Name: "eth0", Addresses: []string{m.left + "/24"}})
		m.Route("default", gateway)
		m.links = []string{"eth0"}
	}
}

// ends are the machines between which the load goes.
func (b *bed) ends() (from, to *machine) { return b.machines[0], b.machines[len(b.machines)-1] }

// middle are the machines in between: the controllers that client servers are attached to.
func (b *bed) middle() []*machine { return b.machines[1 : len(b.machines)-1] }

// offload switches the offloads of the whole underlay.
func (b *bed) offload(on bool) {
	for i, m := range b.machines {
		for _, link := range m.links {
			m.SetOffload(link, on)
		}
		if b.router != nil {
			b.router.SetOffload(fmt.Sprint("to", i+1), on)
		}
	}
}

// controllers are the machines that are compared: all but those that stand for client servers.
func (b *bed) controllers() []*machine {
	if b.shape == throughOne || b.shape == throughTwo {
		return b.middle()
	}
	return b.machines
}

// pids are the processes that carry packets, on all controllers.
func (b *bed) pids() []int {
	var all []int
	for _, m := range b.controllers() {
		all = append(all, m.pids...)
	}
	return all
}

// reach waits until all pairs of ends answer each other's pings.
func (b *bed) reach() {
	talkers := b.machines
	if b.shape != meshOfNine {
		from, to := b.ends()
		talkers = []*machine{from, to}
	}
	for _, from := range talkers {
		for _, to := range talkers {
			if from != to {
				b.until(fmt.Sprintf("%v answers %v", to.overlay, from.overlay), func() bool {
					return from.Command("ping", "-c1", "-W1", to.overlay.String()).Run() == nil
				})
			}
		}
	}
}

// until waits for something.
func (b *bed) until(what string, holds func() bool) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !holds(); <-tick.C {
		for i, m := range b.machines {
			if err, ended := m.hasEnded(); ended {
				b.Fatalf("machine %d: its program ended: %v\n%s", i+1, err, m.log())
			}
		}
		if time.Now().After(end) {
			b.Fatalf("not within %v: %s\n%s", patience, what, b.machines[0].log())
		}
	}
}

// address is one that the machine has in the underlay.
func (m *machine) address() string { return cmp.Or(m.left, m.right) }

// path is a file of the machine.
func (m *machine) path(name string) string { return filepath.Join(m.dir, name) }

// write writes a file of the machine and returns its path.
func (m *machine) write(name, text string) string {
	path := m.path(name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		m.bed.Fatal(err)
	}
	return path
}

// start runs a program that carries packets, until the bed's end.
func (m *machine) start(program string, args ...string) {
	log, err := os.OpenFile(m.path("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		m.bed.Fatal(err)
	}
	cmd := m.Command(program, args...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, m.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a ctrl+c is ours to act on
	err = netns.Start(cmd)
	log.Close()
	if err != nil {
		m.bed.Fatal(err)
	}
	ended := make(chan error, 1)
	gone := make(chan struct{})
	go func() { ended <- cmd.Wait(); close(gone) }()
	m.pids, m.ended = append(m.pids, cmd.Process.Pid), ended
	m.bed.Cleanup(func() { _ = cmd.Process.Kill(); <-gone }) // it may have ended by itself
}

func (m *machine) hasEnded() (error, bool) {
	select {
	case err := <-m.ended:
		return err, true
	default:
		return nil, false
	}
}

// log is the end of what the machine's programs have written.
func (m *machine) log() string {
	raw, _ := os.ReadFile(m.path("log")) // none: nothing was written
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

// device waits for an interface that a program makes, and gives it an address, an MTU (bytes; 0: as it
// is) and routes.
func (m *machine) device(name string, address netip.Prefix, mtu int, routes ...string) {
	m.bed.until("the interface "+name, func() bool { return m.Command("ip", "link", "show", name).Run() == nil })
	m.Do("ip", "address", "replace", address.String(), "dev", name)
	if mtu > 0 {
		m.SetMTU(name, mtu)
	}
	m.SetUp(name, true)
	for _, r := range routes {
		m.Do("ip", "route", "replace", r, "dev", name)
	}
	m.overlay = address.Addr()
}

// missing says which of the programs are not installed; empty: none.
func missing(programs ...string) string {
	absent := slices.DeleteFunc(slices.Clone(programs), func(p string) bool {
		_, err := exec.LookPath(p)
		return err == nil
	})
	if len(absent) == 0 {
		return ""
	}
	return strings.Join(absent, " and ") + " not installed"
}
