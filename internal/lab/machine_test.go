//go:build linux

package lab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vns3/internal/netns"
)

func TestMain(m *testing.M) { netns.Main(m) }

// panics marks the test binary that runs again, to die.
const panics = "VNS3_TEST_PANICS"

// What a test has started in a lab ends with it, also where the test panics and clears nothing away.
func TestPanic(t *testing.T) {
	if os.Getenv(panics) != "" {
		dieWithEngine(t)
	}
	dies := exec.Command("/proc/self/exe", "-test.run=^TestPanic$")
	dir := t.TempDir()
	dies.Env = append(os.Environ(), panics+"="+dir, "TMPDIR="+dir) // it clears nothing away
	out, err := dies.CombinedOutput()
	said := regexp.MustCompile(`engine (\d+)`).FindSubmatch(out)
	if err == nil || said == nil {
		t.Fatalf("the test that was to panic: %v\n%s", err, out)
	}
	pid, _ := strconv.Atoi(string(said[1])) // the expression takes digits only
	if !endsWithin(pid, Patience) {
		_ = unix.Kill(pid, unix.SIGKILL)
		t.Error("the engine outlives the test that started it")
	}
}

// dieWithEngine starts what stands for an engine, and panics in a goroutine of its own.
func dieWithEngine(t *testing.T) {
	m := New(t, 1).Of(1)
	m.Program = filepath.Join(os.Getenv(panics), "engine")
	if err := os.WriteFile(m.Program, []byte("#!/bin/sh\necho runs >&2\nexec sleep 600\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	m.StartOnly()
	Await(t, "the engine runs", func() bool { return m.Log() != "" })
	fmt.Println("engine", m.PID())
	go panic("as what a test starts may: nothing is cleared away then")
	select {}
}

// endsWithin waits for the end of a process that need not be a child.
func endsWithin(pid int, limit time.Duration) bool {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return true // it has ended
	}
	defer unix.Close(fd)
	polled := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(polled, int(limit.Milliseconds()))
		if err != unix.EINTR {
			return n == 1
		}
	}
}
