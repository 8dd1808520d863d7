package packaging_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vns3/packaging"
)

// systemd takes the unit as it is, without a warning. Its program is any that exists: the test installs
// nothing. Where there is no systemd-analyze the rules below still hold.
func TestUnitIsVerified(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Log("systemd-analyze is not on this machine: the unit is not verified by it")
		return
	}
	path := filepath.Join(t.TempDir(), "vns3.service")
	text := strings.Replace(packaging.Unit, "/usr/local/bin/vns3", "/bin/true", 1)
	text = strings.Replace(text, "Documentation=man:vns3(1)\n", "", 1) // the page is not installed here
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(analyze, "verify", "--man=no", path).CombinedOutput()
	if err != nil || strings.Contains(string(out), "vns3.service") {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// The unit runs without root and is hardened: each line is one that somebody could lose in an edit.
func TestUnitIsHardened(t *testing.T) {
	for _, line := range []string{
		"User=vns3", "Type=notify", "WatchdogSec=30", "AmbientCapabilities=CAP_NET_ADMIN",
		"CapabilityBoundingSet=CAP_NET_ADMIN", "NoNewPrivileges=yes", "ProtectSystem=strict",
		"ProtectHome=yes", "DevicePolicy=closed", "DeviceAllow=/dev/net/tun rw", "SystemCallFilter=@system-service",
		"StateDirectory=vns3", "RuntimeDirectory=vns3", "StateDirectoryMode=0700",
	} {
		if !strings.Contains(packaging.Unit, "\n"+line+"\n") {
			t.Errorf("the unit has no line %s", line)
		}
	}
}
