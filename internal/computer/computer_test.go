//go:build linux

package computer_test

import (
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
