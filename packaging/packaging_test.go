package packaging_test

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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

// One command makes the program for both machines: static, for the right one, with the version in it, and
// all that a package holds beside it.
func TestBuild(t *testing.T) {
	const version = "12.34.56-of-the-test"
	dist := t.TempDir()
	build := exec.Command("./build", dist)
	build.Env = append(os.Environ(), "VERSION=v"+version)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("packaging/build: %v\n%s", err, out)
	}
	for name, machine := range map[string]elf.Machine{"vns3-linux-amd64": elf.EM_X86_64, "vns3-linux-arm64": elf.EM_AARCH64} {
		path := filepath.Join(dist, name)
		program, err := elf.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer program.Close()
		if program.Machine != machine || program.Type != elf.ET_EXEC {
			t.Errorf("%s is %v for %v", name, program.Type, program.Machine)
		}
		for _, part := range program.Progs {
			if part.Type == elf.PT_INTERP || part.Type == elf.PT_DYNAMIC {
				t.Errorf("%s is not static: it has a %v", name, part.Type)
			}
		}
		if raw, err := os.ReadFile(path); err != nil || !bytes.Contains(raw, []byte(version)) {
			t.Errorf("%s does not know its version: %v", name, err)
		}
	}
	for _, file := range []string{"vns3.bash", "vns3.zsh", "vns3.fish", "vns3.1", "vns3.service", "vns3.sysusers", "vns3.toml.example", "SHA256SUMS"} {
		if info, err := os.Stat(filepath.Join(dist, file)); err != nil || info.Size() == 0 {
			t.Errorf("%s is not there, or empty: %v", file, err)
		}
	}
	native := filepath.Join(dist, "vns3-linux-"+runtime.GOARCH)
	if out, err := exec.Command(native, "--version").CombinedOutput(); err != nil || !strings.Contains(string(out), version) {
		t.Errorf("%s --version: %v: %s", native, err, out)
	}
	sums := exec.Command("sha256sum", "--check", "SHA256SUMS")
	sums.Dir = dist
	if out, err := sums.CombinedOutput(); err != nil {
		t.Errorf("SHA256SUMS: %v\n%s", err, out)
	}
}
