package readme

import (
	"strings"
	"testing"
)

// TestOperations follows docs/operations.md: install, upgrade, backup and restore, adding a controller,
// replacing one that is dead by a new machine with the same ID, removing one, a new token, and client
// servers, one of them with the agent.
func TestOperations(t *testing.T) {
	const readme, operations = "../../README.md", "../../docs/operations.md"
	r := newReader(t)
	r.follow(readme, "Two machines in five minutes")
	r.follow(operations, "Upgrade", "Backup and restore", "Add a controller")
	r.at("10.0.2.10").Off()
	r.follow(operations, "Replace a dead controller", "Remove a controller", "Change the security token", "Lost client servers",
		"A client server that no controller can reach")
}

// TestService installs the service on a computer with systemd, finds it hardened and running again after
// a power failure, and takes it away again; data and configuration stay.
func TestService(t *testing.T) {
	r := newReader(t)
	r.follow("../../docs/operations.md", "Install")
	m := r.at("10.0.1.10")
	m.wants("bash -c '. /usr/local/share/bash-completion/completions/vns3 && complete -p vns3'", "__start_vns3")
	m.wants("cat /usr/local/share/man/man1/vns3.1", ".TH VNS3 1")
	m.types(`sudo vns3 keyset generate --topology "Acme overlay"`)
	m.types("sudo vns3 peering set 1=self")
	m.says("sudo vns3 status", []string{"overlay 100.127.255.253, VIP 100.127.255.254, interface vns3"})

	pid := strings.TrimSpace(m.shows("systemctl show --property MainPID --value vns3"))
	m.wants("ps -o user=,args= -p "+pid, "vns3", "/usr/local/bin/vns3 headless")
	m.wants("cat /proc/"+pid+"/status", "CapEff:\t0000000000001000", "CapBnd:\t0000000000001000", "NoNewPrivs:\t1", "Seccomp:\t2")
	m.wants("systemctl show vns3", "Type=notify", "ActiveState=active", "SubState=running", "UnitFileState=enabled", "WatchdogUSec=30s")
	m.wants("systemd-analyze verify --man=no /etc/systemd/system/vns3.service && echo verified", "verified")
	m.wants("ip -brief address show vns3", "100.127.255")

	m.types("useradd --groups vns3 member && useradd stranger")
	m.wants("runuser -u member -- vns3 keyset show", "Acme overlay")
	m.refuses("runuser -u stranger -- vns3 status", "join the group vns3")

	checksum := m.shows("vns3 keyset show")
	m.Reboot()
	if again := m.shows("vns3 keyset show"); again != checksum {
		t.Errorf("after the reboot: %s\nbefore: %s", again, checksum)
	}

	m.types("sudo vns3 service remove --yes")
	m.refuses("systemctl is-enabled vns3", "No such file")
	m.refuses("pgrep -x vns3", "")
	m.refuses("ls /usr/local/bin/vns3 /etc/systemd/system/vns3.service", "No such file")
	m.refuses("ip link show vns3", "does not exist")
	m.starts("sudo ./vns3 headless")
	if again := m.shows("./vns3 keyset show"); again != checksum {
		t.Errorf("root's own engine: %s\nbefore: %s", again, checksum)
	}
}

// shows is the output of a command that has to succeed.
func (m *machine) shows(line string) string {
	m.t.Helper()
	out, err := m.shell(line).CombinedOutput()
	if err != nil {
		m.t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return string(out)
}

// wants runs a command that has to succeed and to say all of that.
func (m *machine) wants(line string, texts ...string) {
	m.t.Helper()
	out := m.shows(line)
	for _, text := range texts {
		if !strings.Contains(out, text) {
			m.t.Errorf("%s: does not say %q:\n%s", line, text, out)
		}
	}
}

// refuses runs a command that has to fail and to say why.
func (m *machine) refuses(line, why string) {
	m.t.Helper()
	out, err := m.shell(line).CombinedOutput()
	if err == nil || !strings.Contains(string(out), why) {
		m.t.Errorf("%s: %v, want a failure that says %q:\n%s", line, err, why, out)
	}
}
