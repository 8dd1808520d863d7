package console_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vns3/engine/enginetest"
	"vns3/tui/component/dialog"
)

// patience is how long a text may take to appear in tmux.
const patience = 30 * time.Second

// program builds vns3 once for all tests.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "vns3-console")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "vns3")
	out, err := exec.Command("go", "build", "-o", path, "vns3").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building vns3: %w\n%s", err, out)
	}
	return path, nil
})

// machine is a place that vns3 runs at: its address, its files, and a terminal in tmux.
type machine struct {
	t       *testing.T
	address string
	config  []string // the flag that names its file; none: root's own place
	dir     string
	tmux    string // name of the tmux server
	command func(name string, args ...string) *exec.Cmd
}

// machines makes n of them on loopback addresses of their own. Each has a tmux server of its own, so
// that the terminal can be killed.
func machines(t *testing.T, n int) []*machine {
	t.Helper()
	octets := enginetest.Network().Addr().As4()
	var all []*machine
	for i := range n {
		m := &machine{t: t, address: fmt.Sprintf("%d.%d.%d.%d", octets[0], octets[1], octets[2], 11+i), dir: t.TempDir(), command: exec.Command}
		file := filepath.Join(m.dir, "vns3.toml")
		m.config, m.tmux = []string{"--config", file}, fmt.Sprintf("vns3-%d-%d-%d-%d", os.Getpid(), octets[1], octets[2], i)
		toml := fmt.Sprintf("[controller]\nname = \"vns3-%c\"\nlisten = %q\ndata_dir = %q\n", 'a'+i, m.address, filepath.Join(m.dir, "data"))
		if err := os.WriteFile(file, []byte(toml), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(m.end)
		all = append(all, m)
	}
	return all
}

// start opens a terminal of 80x24 with the console in it.
func (m *machine) start(args ...string) {
	m.t.Helper()
	path, err := program()
	if err != nil {
		m.t.Fatal(err)
	}
	session := append([]string{"-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-s", "console", path}, append(m.config, args...)...)
	m.run(session...)
}

// run asks tmux.
func (m *machine) run(args ...string) string {
	m.t.Helper()
	out, err := m.ask(args...)
	if err != nil {
		m.t.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (m *machine) ask(args ...string) (string, error) {
	out, err := m.command("env", append([]string{"TERM=xterm-256color", "tmux", "-L", m.tmux}, args...)...).CombinedOutput()
	return string(out), err
}

// keys presses keys by tmux's names; text types letters.
func (m *machine) keys(names ...string) {
	m.t.Helper()
	m.run(append([]string{"send-keys", "-t", "console"}, names...)...)
}

func (m *machine) text(text string) {
	m.t.Helper()
	m.run("send-keys", "-t", "console", "-l", "--", text)
}

func (m *machine) screen() string {
	out, err := m.ask("capture-pane", "-p", "-t", "console")
	if err != nil {
		return ""
	}
	return out
}

// until waits for a condition of the screen. tmux has no way to tell that a screen changed, so it is
// looked at again and again.
func (m *machine) until(what string, holds func(screen string) bool) {
	m.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !holds(m.screen()) {
		select {
		case <-tick.C:
		case <-deadline:
			m.t.Fatalf("waited in vain: %s\n%s", what, m.screen())
		}
	}
}

func (m *machine) waitFor(texts ...string) {
	m.t.Helper()
	m.until("the screen shows "+strings.Join(texts, ", "), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// palette does what the palette has under the name.
func (m *machine) palette(name string, texts ...string) {
	m.t.Helper()
	m.text(":")
	m.waitFor("Commands")
	m.text(name)
	m.waitFor(": " + name)
	m.keys("Enter")
	m.waitFor(texts...)
}

// save confirms the question Save changes: once it takes an answer, and again only if a console that has
// so much time did not hear it. A second answer would go to the page that follows.
func (m *machine) save() {
	m.t.Helper()
	m.keys("C-s")
	m.waitFor("Save changes?")
	due := time.Now().Add(dialog.Grace)
	m.until("the question is answered", func(screen string) bool {
		if strings.Contains(screen, "Save changes?") && time.Now().After(due) {
			m.keys("Enter")
			due = time.Now().Add(10 * dialog.Grace)
		}
		return strings.Contains(screen, "Peering saved")
	})
}

// ended waits until the console's process has ended, and with it tmux.
func (m *machine) ended() {
	m.t.Helper()
	m.until("the console has ended", func(string) bool {
		_, err := m.ask("has-session", "-t", "console")
		return err != nil
	})
}

// vns3 runs a command on the machine's engine.
func (m *machine) vns3(args ...string) (string, error) {
	path, err := program()
	if err != nil {
		m.t.Fatal(err)
	}
	out, err := m.command(path, append(args, m.config...)...).CombinedOutput()
	return string(out), err
}

// end ends the terminal and whatever engine it left behind.
func (m *machine) end() {
	m.ask("kill-server")
	for _, pid := range m.processes() {
		if p, err := os.FindProcess(pid); err == nil {
			p.Kill()
		}
	}
}

// processes are those that run vns3 on the machine's configuration.
func (m *machine) processes() []int {
	var pids []int
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range all {
		line, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		environ, _ := os.ReadFile(filepath.Join(dir, "environ"))
		ours := bytes.Contains(line, []byte(m.config[1])) || bytes.Contains(environ, []byte("VNS3_CONFIG="+m.config[1]+"\x00"))
		exe, _ := os.Readlink(filepath.Join(dir, "exe"))
		if path, err := program(); err == nil && ours && exe == path {
			var pid int
			if _, err := fmt.Sscanf(filepath.Base(dir), "%d", &pid); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}
