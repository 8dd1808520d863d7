package console_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"vns3/internal/netns"
)

// However the demonstration with its console ends, nothing is left behind: no file, process, socket or
// interface; and the terminal is as it was before, if it is still there.
func TestProgramDemoEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(*showing)
	}{
		{"q", func(s *showing) { s.types("q") }},
		{"ctrl+c", func(s *showing) { s.types("\x03") }},
		{"SIGINT", func(s *showing) { s.signal(syscall.SIGINT) }},
		{"SIGTERM", func(s *showing) { s.signal(syscall.SIGTERM) }},
		{"SIGHUP", func(s *showing) { s.signal(syscall.SIGHUP) }},
		{"terminal lost", func(s *showing) { s.loseTerminal() }},
		{"ctrl+c before the mesh is up", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			ns := netns.New(t)
			before := left(t, ns)
			s := show(t, ns)
			if c.end == nil {
				s.until("generated the keyset")
				s.types("\x03")
			} else {
				s.until("\x1b[?1049h", "Demo overlay")
				if slices.Equal(before, left(t, ns)) || len(filesBelow(t, s.home)) == 0 {
					t.Error("the test sees nothing of what runs")
				}
				c.end(s)
			}
			s.ended(c.end != nil)
			if after := left(t, ns); !slices.Equal(before, after) {
				t.Errorf("left behind: %q, before there was %q", after, before)
			}
			if files := filesBelow(t, s.home); len(files) > 0 {
				t.Errorf("files are left behind: %v", files)
			}
			s.restored()
		})
	}
}

// showing is a demonstration with its console on a terminal, in a network of its own.
type showing struct {
	t        *testing.T
	home     string // of whoever runs it, and the place of his temporary files
	run      *exec.Cmd
	over     chan error
	terminal *os.File // where somebody types and reads
	line     *os.File // the program's end of it; nil: lost
	settings *unix.Termios

	mu    sync.Mutex
	shown strings.Builder
	more  chan struct{}
}

func show(t *testing.T, ns *netns.Namespace) *showing {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	s := &showing{t: t, home: t.TempDir(), over: make(chan error, 1), more: make(chan struct{}, 1)}
	if s.terminal, s.line, err = pty.Open(); err == nil {
		err = pty.Setsize(s.terminal, &pty.Winsize{Rows: 24, Cols: 80})
	}
	if err != nil {
		t.Fatal(err)
	}
	s.settings = s.read()
	s.run = ns.Command(path, "demo")
	s.run.Dir = s.home
	s.run.Env = []string{"TERM=xterm-256color", "PATH=" + os.Getenv("PATH"), "HOME=" + s.home, "TMPDIR=" + s.home}
	s.run.Stdin, s.run.Stdout, s.run.Stderr = s.line, s.line, s.line
	s.run.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := netns.Start(s.run); err != nil {
		t.Fatal(err)
	}
	go func() { s.over <- s.run.Wait() }()
	go s.reads()
	t.Cleanup(func() {
		_ = s.run.Process.Kill() // it may have ended
		s.terminal.Close()
		s.line.Close()
	})
	return s
}

// reads what the program writes, until the terminal is gone.
func (s *showing) reads() {
	buffer := make([]byte, 1<<14)
	for {
		n, err := s.terminal.Read(buffer)
		s.mu.Lock()
		s.shown.Write(buffer[:n])
		s.mu.Unlock()
		select {
		case s.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (s *showing) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.String()
}

func (s *showing) until(texts ...string) {
	s.t.Helper()
	deadline := time.After(patience)
	for {
		text := s.text()
		if !slices.ContainsFunc(texts, func(want string) bool { return !strings.Contains(text, want) }) {
			return
		}
		select {
		case <-s.more:
		case err := <-s.over:
			s.t.Fatalf("it ended before it showed %q: %v\n%s", texts, err, s.text())
		case <-deadline:
			s.t.Fatalf("it does not show %q:\n%q", texts, s.text())
		}
	}
}

func (s *showing) types(keys string) {
	s.t.Helper()
	if _, err := s.terminal.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

func (s *showing) signal(signal os.Signal) {
	s.t.Helper()
	if err := s.run.Process.Signal(signal); err != nil {
		s.t.Fatal(err)
	}
}

// loseTerminal is what happens when a connection or a window goes away.
func (s *showing) loseTerminal() {
	s.line.Close()
	s.terminal.Close()
	s.settings = nil
}

// ended waits for the end of the program, which is no failure where it had shown its console.
func (s *showing) ended(well bool) {
	s.t.Helper()
	select {
	case err := <-s.over:
		if well && err != nil {
			s.t.Errorf("it ended with %v\n%s", err, s.text())
		}
	case <-time.After(patience):
		s.t.Fatalf("it does not end\n%q", s.text())
	}
}

var mode = regexp.MustCompile("\x1b\\[\\?([0-9]+)([hl])")

// showsCursor is the one mode of a terminal that is on before any program runs.
const showsCursor = "25"

// restored proves that the terminal has its settings again, and is out of every mode that it was put into.
func (s *showing) restored() {
	s.t.Helper()
	if s.settings == nil {
		return
	}
	if now := s.read(); *now != *s.settings {
		s.t.Errorf("the terminal's settings are %+v, were %+v", now, s.settings)
	}
	const done = "\x1b]done\a"
	if _, err := s.line.WriteString(done); err != nil { // behind all that the program wrote
		s.t.Fatal(err)
	}
	for deadline := time.After(patience); !strings.Contains(s.text(), done); {
		select {
		case <-s.more:
		case <-deadline:
			s.t.Fatal("the terminal shows nothing any more")
		}
	}
	modes := map[string]string{showsCursor: "h"}
	for _, m := range mode.FindAllStringSubmatch(s.text(), -1) {
		modes[m[1]] = m[2]
	}
	for number, state := range modes {
		if (state == "h") != (number == showsCursor) {
			s.t.Errorf("the terminal is left with mode %s%s", number, state)
		}
	}
}

func (s *showing) read() *unix.Termios {
	s.t.Helper()
	settings, err := unix.IoctlGetTermios(int(s.line.Fd()), unix.TCGETS)
	if err != nil {
		s.t.Fatal(err)
	}
	return settings
}

// left is what lives in a network: processes, sockets but for those that only wait for their time to
// pass, and interfaces.
func left(t *testing.T, ns *netns.Namespace) []string {
	t.Helper()
	const timeWait = "06"
	lines := strings.Split(ns.Do("ip", "-o", "link"), "\n")
	for _, table := range []string{"udp", "udp6", "tcp", "tcp6", "unix", "raw"} {
		for _, line := range strings.Split(ns.Do("cat", "/proc/net/"+table), "\n")[1:] {
			if f := strings.Fields(line); len(f) > 3 && f[3] != timeWait {
				lines = append(lines, table+" "+line)
			}
		}
	}
	var network string
	ns.Run(func() { network, _ = os.Readlink("/proc/thread-self/ns/net") })
	all, _ := filepath.Glob("/proc/[0-9]*/ns/net")
	for _, path := range all {
		if its, err := os.Readlink(path); err == nil && its == network {
			name, _ := os.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(path)), "comm"))
			lines = append(lines, "process "+string(name))
		}
	}
	return lines
}

func filesBelow(t *testing.T, dir string) (files []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		files = append(files, e.Name())
	}
	return files
}
