//go:build linux

package computer_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"vns3/internal/computer"
	"vns3/internal/netns"
)

func TestMain(m *testing.M) { netns.Main(m) }

// A computer runs services, keeps its disk over a reboot, and shows this machine nothing of it.
func TestBoot(t *testing.T) {
	c := computer.Boot(t, netns.New(t), "boot", t.TempDir())
	do := func(line string) string {
		t.Helper()
		out, err := c.Command(line).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s\n%s", line, err, out, c.Console())
		}
		return strings.TrimSpace(string(out))
	}
	if program := do("cat /proc/1/comm"); program != "systemd" {
		t.Errorf("process 1 is %s", program)
	}
	do("systemctl start dbus.service && touch /etc/computer-was-here")
	c.Reboot()
	do("test -e /etc/computer-was-here")
	t.Log(do("systemctl list-units --state=running,failed --no-legend"))
}

// The control group of a computer whose test was killed is removed when the next one boots; that of one
// whose test runs stays.
func TestStale(t *testing.T) {
	if err := computer.Possible(); err != nil {
		computer.Boot(t, netns.New(t), "stale") // says why it does not run
	}
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	stale, alive := fmt.Sprintf("vns3-%d-stale", dead.Process.Pid), fmt.Sprintf("vns3-%d-alive", os.Getpid())
	groups := func(script string) string {
		t.Helper()
		out, err := exec.Command("unshare", "--mount", "sh", "-c", "mount -t cgroup2 cgroup2 /mnt && cd /mnt && "+script).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", script, err, out)
		}
		return string(out)
	}
	groups("mkdir -p " + stale + "/init.scope " + alive)
	t.Cleanup(func() { groups("rmdir " + alive) })
	computer.Boot(t, netns.New(t), "next")
	if there := groups("ls -d vns3-*"); strings.Contains(there, stale) || !strings.Contains(there, alive) {
		t.Errorf("there are\n%swant %s gone and %s there", there, stale, alive)
	}
}
