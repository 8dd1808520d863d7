//go:build linux

package netns

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"github.com/vishvananda/netlink"
)

// forbidden is why no namespace can be made here.
var forbidden error

// inside marks the test binary that runs again, in a network namespace of its own: tests on 127.0.0.0/8
// need its loopback interface.
const inside = "VNS3_TEST_NAMESPACE"

func loopbackUp() {
	lo, err := netlink.LinkByName("lo")
	if err == nil {
		err = netlink.LinkSetUp(lo)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot bring up the loopback interface:", err)
		os.Exit(1)
	}
}

// Main runs the tests of a package and exits. A caller who is not root gets a user namespace in which
// he is.
func Main(m *testing.M) { os.Exit(Run(m)) }

// Run is Main for those who have something to clear away: it returns the exit code.
func Run(m *testing.M) int {
	if os.Getenv(inside) != "" {
		loopbackUp()
	} else if os.Geteuid() != 0 {
		code, err := again()
		if err == nil {
			return code
		}
		forbidden = fmt.Errorf("not root, and this system forbids user namespaces (%w): run the tests as root", err)
	}
	return m.Run()
}

// Alone gives the whole test binary a network of its own, so that every address of it is free, and reports
// whether it has one. Call it before Main, which it does not return to where the binary runs again.
func Alone() bool {
	if os.Getenv(inside) != "" {
		return true
	}
	code, err := again()
	if err == nil {
		os.Exit(code)
	}
	fmt.Fprintf(os.Stderr, "this system forbids network namespaces (%v): the tests use the network of this machine\n", err)
	return false
}

// again runs the test binary in a network namespace, as root of a user namespace where the caller is not
// root, and returns its exit code.
func again() (int, error) {
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	runtime.LockOSThread() // the death signal comes when this thread ends
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	if cmd.Wait() != nil {
		return max(cmd.ProcessState.ExitCode(), 1), nil
	}
	return 0, nil
}
