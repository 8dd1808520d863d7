//go:build linux

// Package netns gives a test network namespaces of its own, joined by veth pairs, with routes and
// nftables rules. A namespace has no name and no file: it is gone when the test has closed it and the
// last process in it has ended, also when the test was killed. It never touches the namespace that
// the test was started in.
//
// A test package that uses it calls [Main] from its TestMain: where the caller is not root, the whole
// test binary runs again as root of a user namespace. A program that is no test brings a [T] of its own.
package netns

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// T is who a namespace belongs to: a *testing.T, or whatever else ends what it began. Fatal, Fatalf and
// SkipNow do not return.
type T interface {
	Helper()
	Name() string
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	SkipNow()
	Cleanup(func())
}

// Namespace is a network namespace whose loopback interface is up.
type Namespace struct {
	t  T
	fd int
}

// New makes a namespace that lives until the test ends.
func New(t T) *Namespace {
	t.Helper()
	if forbidden != nil {
		fmt.Fprintf(os.Stderr, "\nNOT RUN: %s: %v\n\n", t.Name(), forbidden)
		t.SkipNow()
	}
	fd, err := create()
	if err != nil {
		t.Fatalf("cannot make a network namespace: %v: run the tests as root", err)
	}
	n := &Namespace{t: t, fd: fd}
	t.Cleanup(func() { unix.Close(fd) })
	n.Sysctl("ipv6/conf/default/accept_dad", "0") // link-local addresses are usable at once too
	n.link("lo", func(h *netlink.Handle, lo netlink.Link) error { return h.LinkSetUp(lo) })
	return n
}

// create makes a namespace on a thread of its own, which ends with the goroutine because it is never
// unlocked.
func create() (int, error) {
	type result struct {
		fd  int
		err error
	}
	made := make(chan result)
	go func() {
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			made <- result{err: err}
			return
		}
		fd, err := current()
		made <- result{fd, err}
	}()
	r := <-made
	return r.fd, r.err
}

// current opens the namespace of the calling thread.
func current() (int, error) {
	return unix.Open(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()), unix.O_RDONLY|unix.O_CLOEXEC, 0)
}

// Run calls fn on the calling goroutine inside the namespace. Sockets that fn opens stay in the
// namespace for ever; goroutines that fn starts are not in it.
func (n *Namespace) Run(fn func()) {
	n.t.Helper()
	runtime.LockOSThread()
	outside, err := current()
	if err != nil {
		n.t.Fatalf("cannot open the thread's network namespace: %v", err)
	}
	defer unix.Close(outside)
	if err := unix.Setns(n.fd, unix.CLONE_NEWNET); err != nil {
		n.t.Fatalf("cannot enter the network namespace: %v", err)
	}
	defer func() {
		if err := unix.Setns(outside, unix.CLONE_NEWNET); err != nil {
			n.t.Errorf("cannot leave the network namespace: %v", err)
			return // the locked thread ends with the goroutine
		}
		runtime.UnlockOSThread()
	}()
	fn()
}

// Command returns a command that runs inside the namespace. The process is the command itself: its
// signals reach it. One that is not waited for at once is started by [Start].
func (n *Namespace) Command(name string, args ...string) *exec.Cmd {
	enter := fmt.Sprintf("--net=/proc/%d/fd/%d", os.Getpid(), n.fd)
	return exec.Command("nsenter", append([]string{enter, name}, args...)...)
}

// Do runs a command inside the namespace and returns its output; a failure ends the test.
func (n *Namespace) Do(name string, args ...string) string {
	n.t.Helper()
	return n.do("", name, args...)
}

// Rules loads nftables rules, as `nft -f` reads them.
func (n *Namespace) Rules(rules string) {
	n.t.Helper()
	n.do(rules, "nft", "-f", "-")
}

// Flush removes all nftables rules.
func (n *Namespace) Flush() {
	n.t.Helper()
	n.Rules("flush ruleset")
}

func (n *Namespace) do(input, name string, args ...string) string {
	n.t.Helper()
	cmd := n.Command(name, args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		n.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Sysctl sets a variable below /proc/sys/net, such as "ipv4/ip_forward".
func (n *Namespace) Sysctl(name, value string) {
	n.t.Helper()
	n.Run(func() {
		if err := os.WriteFile("/proc/sys/net/"+name, []byte(value), 0o644); err != nil {
			n.t.Fatalf("cannot set %s: %v", name, err)
		}
	})
}

// Forward makes the namespace a router for IPv4 and IPv6.
func (n *Namespace) Forward() {
	n.t.Helper()
	n.Sysctl("ipv4/ip_forward", "1")
	n.Sysctl("ipv6/conf/all/forwarding", "1")
}
