//go:build linux

package netns

import (
	"errors"
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

// inside marks the test binary that runs in a user namespace, and in a network namespace that comes with
// it: tests on 127.0.0.0/8 need its loopback interface.
const inside = "VNS3_TEST_USER_NAMESPACE"

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
	if os.Geteuid() == 0 {
		if os.Getenv(inside) != "" {
			loopbackUp()
		}
		return m.Run()
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	runtime.LockOSThread() // the death signal comes when this thread ends
	if err := cmd.Start(); err != nil {
		forbidden = fmt.Errorf("not root, and this system forbids user namespaces (%w): run the tests as root", err)
		return m.Run()
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return max(exit.ExitCode(), 1)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
