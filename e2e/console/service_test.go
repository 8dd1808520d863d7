package console_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vns3/internal/computer"
	"vns3/internal/netns"
)

// withSystemd is a computer that runs systemd, and root's controller on it.
func withSystemd(t *testing.T) *machine {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	c := computer.Boot(t, netns.New(t), "console", filepath.Dir(path))
	return &machine{t: t, tmux: "console", command: func(name string, args ...string) *exec.Cmd {
		line := quoted(name)
		for _, a := range args {
			line += " " + quoted(a)
		}
		return c.Command(line)
	}}
}

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// Leaving by "Hand it to systemd": the console ends, the service runs the engine with its keys, and the
// next console attaches to it.
func TestProgramHandedToSystemd(t *testing.T) {
	m := withSystemd(t)
	m.start()
	m.generate()
	m.keys("Escape")
	m.until("the dialog is closed", func(screen string) bool { return !strings.Contains(screen, "[ Close ]") })
	m.text("q")
	m.waitFor("Quit: what about the engine?", "▸ Cancel")
	m.keys("Up", "Up")
	m.waitFor("▸ Hand it to systemd")
	m.keys("Enter")
	m.ended()

	if out, err := m.command("systemctl", "is-active", "vns3").CombinedOutput(); err != nil {
		t.Fatalf("the service is %s%v", out, err)
	}
	if out, err := m.command("systemctl", "is-enabled", "vns3").CombinedOutput(); err != nil {
		t.Errorf("at the next boot it is %s%v", out, err)
	}
	m.start()
	m.waitFor("attached", "Acme overlay", "not peered")
	m.text("q")
	m.ended()
}
