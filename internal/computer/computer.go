//go:build linux

// Package computer boots systemd on computers of a test's own: process 1 of namespaces, on a copy-on-write
// view of this system, with a network namespace that the test gives. What a test installs on one is
// installed there only, and everything is gone with the test. It needs root, and systemd to be installed;
// it never touches the systemd of this machine.
package computer

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"vns3/internal/netns"
)

//go:embed boot.sh
var bootScript string

// patience is how long a computer may take to boot.
const patience = 90 * time.Second

// T is who a computer belongs to: a *testing.T.
type T interface {
	netns.T
	Logf(format string, args ...any)
	TempDir() string
}

// Computer is a machine that runs systemd.
type Computer struct {
	t      T
	name   string
	net    *netns.Namespace
	disk   string
	layers []string
	run    *exec.Cmd
	ended  chan struct{}
}

// Possible says why no computer can be booted here; nil: it can.
func Possible() error {
	if os.Getuid() != 0 || inUserNamespace() {
		return fmt.Errorf("only root of the machine can boot systemd: run the tests as root")
	}
	for _, program := range []string{"/lib/systemd/systemd", "/dev/net/tun"} {
		if _, err := os.Stat(program); err != nil {
			return fmt.Errorf("%s is not there: install systemd", program)
		}
	}
	return nil
}

func inUserNamespace() bool {
	ids, err := os.ReadFile("/proc/self/uid_map")
	return err != nil || strings.Join(strings.Fields(string(ids)), " ") != "0 0 4294967295"
}

// Boot boots a computer in a network namespace and returns when systemd has started everything. Each
// layer is a directory of this system that has to be seen on it although it is a mount, or below /tmp.
func Boot(t T, net *netns.Namespace, name string, layers ...string) *Computer {
	t.Helper()
	if err := Possible(); err != nil {
		fmt.Fprintf(os.Stderr, "\nNOT RUN: %s: %v\n\n", t.Name(), err)
		t.SkipNow()
	}
	if err := clearStale(); err != nil {
		t.Fatalf("what earlier tests left behind stays: %v", err)
	}
	c := &Computer{t: t, name: fmt.Sprintf("vns3-%d-%s", os.Getpid(), name), net: net, disk: t.TempDir(), layers: layers}
	t.Cleanup(c.Off)
	c.boot()
	return c
}

// On says that the computer was not switched off.
func (c *Computer) On() bool { return c.run != nil }

// Off switches the computer off, as a power failure would.
func (c *Computer) Off() {
	c.t.Helper()
	if c.run == nil {
		return
	}
	_ = c.run.Process.Kill() // it may have ended
	<-c.ended
	c.run = nil
	if err := withGroups(`find "$0" -depth -type d -exec rmdir {} +`, c.name); err != nil {
		c.t.Errorf("%s: its control group stays: %v", c.name, err)
	}
}

// clearStale removes the control groups of computers whose test was killed: its process is gone, and so
// are they.
func clearStale() error {
	return withGroups(`for group in vns3-*-*; do
		pid=${group#vns3-}; pid=${pid%%-*}
		[ ! -d "$group" ] || [ -d "/proc/$pid" ] || find "$group" -depth -type d -exec rmdir {} +
	done`)
}

// withGroups runs a script in the root of this machine's control groups.
func withGroups(script string, args ...string) error {
	run := exec.Command("unshare", append([]string{"--mount", "sh", "-c", "mount -t cgroup2 cgroup2 /mnt && cd /mnt && " + script}, args...)...)
	if out, err := run.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// Reboot switches the computer off and on.
func (c *Computer) Reboot() {
	c.t.Helper()
	c.Off()
	c.boot()
}

func (c *Computer) boot() {
	c.t.Helper()
	c.run = c.net.Command("sh", append([]string{"-c", bootScript, "boot.sh", c.disk}, c.layers...)...)
	c.run.Env = append(os.Environ(), "COMPUTER="+c.name)
	c.run.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
	}
	console, err := os.Create(filepath.Join(c.disk, "console"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer console.Close()
	c.run.Stdout, c.run.Stderr = console, console
	started, ended := make(chan error), make(chan struct{})
	c.ended = ended
	run := c.run
	go func() {
		runtime.LockOSThread() // the death signal comes when this thread ends
		err := run.Start()
		started <- err
		if err == nil {
			_ = run.Wait() // it is killed
		}
		close(ended)
	}()
	if err := <-started; err != nil {
		c.t.Fatalf("%s cannot be booted: %v", c.name, err)
	}
	c.awaitBoot()
}

// awaitBoot waits until systemd has done what it was to do. It has no way to tell that before it
// can be asked, so it is asked again and again.
func (c *Computer) awaitBoot() {
	c.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		out, _ := c.Command("systemctl is-system-running").Output() // it fails while systemd starts
		state := strings.TrimSpace(string(out))
		if state == "running" || state == "degraded" {
			return
		}
		select {
		case <-c.ended:
			c.t.Fatalf("%s does not boot:\n%s", c.name, c.Console())
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("%s is still %q after %v:\n%s", c.name, state, patience, c.Console())
		}
	}
}

// Console is what the computer wrote to its console.
func (c *Computer) Console() string {
	raw, _ := os.ReadFile(filepath.Join(c.disk, "console")) // none: it wrote nothing
	return string(raw)
}

// Command returns a command that a shell of the computer runs.
func (c *Computer) Command(line string) *exec.Cmd {
	cmd := exec.Command("nsenter", "--target", fmt.Sprint(c.run.Process.Pid), "--mount", "--uts", "--ipc", "--net",
		"--pid", "--cgroup", "--root", "--wd", "bash", "-c", line)
	return cmd
}
