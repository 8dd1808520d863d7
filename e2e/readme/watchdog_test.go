package readme

import (
	"os"
	"strings"
	"testing"
	"time"

	"vns3/internal/lab"
)

// TestWatchdog proves that systemd kills an engine that hangs, and starts it again with its keys: one whose
// loop waits for ever while all else of the program goes on, and one whose process stands still.
func TestWatchdog(t *testing.T) {
	const order = "/var/lib/vns3/hang" // a loop that finds this file takes it away and hangs
	hanging := lab.Variant(t, "hanging",
		lab.Change{Package: "vns3/engine", File: "hang.go", New: "package engine\n\nimport \"os\"\n\nfunc hangIfTold() {\n\tif os.Remove(\"" + order + "\") == nil {\n\t\tselect {}\n\t}\n}\n"},
		lab.Change{Package: "vns3/engine", File: "loop.go", Old: "\t\tnow := time.Now()\n\t\ts.links.each(", New: "\t\thangIfTold()\n\t\tnow := time.Now()\n\t\ts.links.each("})
	m := newReader(t).at("10.0.1.10")
	m.receives(hanging, "/root/vns3")
	m.types("mkdir -p /etc/systemd/system/vns3.service.d && printf '[Service]\\nWatchdogSec=2\\n' >/etc/systemd/system/vns3.service.d/soon.conf")
	m.types("sudo /root/vns3 service install")
	m.types(`sudo vns3 keyset generate --topology "Acme overlay"`)
	m.types("sudo vns3 peering set 1=self")
	checksum := m.shows("vns3 keyset show")

	for restarts, hang := range []string{"touch " + order, "systemctl kill --kill-whom=main --signal=SIGSTOP vns3"} {
		before := m.shows("systemctl show --property=MainPID vns3")
		m.types(hang)
		m.becomes("systemctl show --property=NRestarts,ActiveState,SubState vns3",
			"NRestarts="+string(rune('1'+restarts)), "ActiveState=active", "SubState=running")
		m.wants("journalctl --no-pager -u vns3", "Watchdog timeout")
		if after := m.shows("systemctl show --property=MainPID vns3"); after == before {
			t.Errorf("%s: still %s", hang, after)
		}
		if again := m.shows("vns3 keyset show"); again != checksum {
			t.Errorf("%s: after the restart: %s\nbefore: %s", hang, again, checksum)
		}
	}
}

// receives copies a file of this system, as a program, to the machine.
func (m *machine) receives(file, to string) {
	m.t.Helper()
	from, err := os.Open(file)
	if err != nil {
		m.t.Fatal(err)
	}
	defer from.Close()
	install := m.Command("cat >" + to + " && chmod 755 " + to)
	install.Stdin = from
	if out, err := install.CombinedOutput(); err != nil {
		m.t.Fatalf("%s: %v\n%s", to, err, out)
	}
}

// becomes runs a command again and again until it says all of that: systemd tells nobody.
func (m *machine) becomes(line string, texts ...string) {
	m.t.Helper()
	for deadline := time.Now().Add(settling); ; {
		out, _ := m.shell(line).CombinedOutput() // what it says is judged
		missing := ""
		for _, text := range texts {
			if !strings.Contains(string(out), text) {
				missing = text
			}
		}
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			m.t.Fatalf("%s: does not say %q:\n%s", line, missing, out)
		}
	}
}
