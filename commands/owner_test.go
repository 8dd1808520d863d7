package commands

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/creack/pty"

	"vns3/engine/api/client"
	"vns3/engine/config"
	"vns3/status"
	"vns3/tui"
	"vns3/tui/page"
)

// patience is how long a test waits for what should take an instant.
const patience = 30 * time.Second

// soon waits until something holds.
func soon(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !holds(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// engineAt is the snapshot of the engine that runs on a data directory; nil: none does.
func engineAt(t testing.TB, dataDir string) *status.Snapshot {
	t.Helper()
	c, err := client.Dial(t.Context(), client.Target{Socket: config.SocketPath(dataDir)})
	if err != nil {
		return nil
	}
	defer c.Close()
	return c.Snapshot()
}

// killAt ends the engine of another process on a data directory when the test ends, and waits for it.
func killAt(t testing.TB, dataDir string) {
	t.Cleanup(func() {
		raw, err := os.ReadFile(filepath.Join(dataDir, "pid"))
		if err != nil {
			return
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
		if err != nil || pid == os.Getpid() {
			t.Errorf("process %q of %s", raw, dataDir)
			return
		}
		syscall.Kill(pid, syscall.SIGTERM)
		soon(t, "the engine has ended", func() bool {
			_, err := os.Stat(filepath.Join(dataDir, "pid"))
			return os.IsNotExist(err)
		})
	})
}

func ownerAt(t testing.TB, extra string) (o *owner, where place, ended context.Context) {
	t.Helper()
	path, dataDir := controllerFile(t, extra)
	where = place{config: path, dataDir: dataDir, socket: config.SocketPath(dataDir)}
	a := newWorld(t).at(path).app(io.Discard, io.Discard)
	ended, end := context.WithCancelCause(t.Context())
	o = newOwner(a, where, end)
	if err := o.Start(); err != nil {
		t.Fatal(err)
	}
	<-o.running.engine.Ready()
	t.Cleanup(func() {
		if err := o.Stop(); err != nil {
			t.Error(err)
		}
	})
	return o, where, ended
}

// An engine that is left running goes on as another process: same controller, no console around it.
func TestLeaveRunning(t *testing.T) {
	t.Setenv(asProgram, "1")
	o, where, _ := ownerAt(t, "")
	if s := engineAt(t, where.dataDir); s == nil || s.Controller.Mode != status.Console {
		t.Fatalf("inside the console: %+v", s)
	}
	killAt(t, where.dataDir)
	if err := o.LeaveRunning(); err != nil {
		log, _ := os.ReadFile(where.logFile())
		t.Fatalf("%v\n%s", err, log)
	}
	s := engineAt(t, where.dataDir)
	if s == nil || s.Controller.Mode != status.Headless || s.Controller.Name != "here" || s.Config.Path != where.config {
		t.Errorf("left running: %+v", s)
	}
	var told bytes.Buffer
	o.app.err = &told
	o.tell()
	wants(t, told.String(), "The engine goes on without a console: vns3 attaches to it", "The API password of this controller")
}

// If the other engine cannot take over, this one still runs, and the reason is told.
func TestLeaveRunningFails(t *testing.T) {
	t.Setenv(asProgram, "1")
	o, where, ended := ownerAt(t, "")
	// A valid file that names a data directory which cannot be: this engine goes on with its own.
	if err := os.WriteFile(where.config, []byte("[controller]\ndata_dir = \"/proc/nowhere\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := o.LeaveRunning()
	if err == nil {
		t.Fatal("an engine runs in /proc")
	}
	wants(t, err.Error(), "does not run, see "+where.logFile(), "data directory /proc/nowhere cannot be made")
	if ended.Err() == nil {
		t.Error("the console was not told that no engine is left")
	}
}

// A terminal that goes away takes no engine with it: it goes on as headless until it is told to end.
func TestOutlive(t *testing.T) {
	o, where, _ := ownerAt(t, "")
	ctx, stop := context.WithCancel(t.Context())
	hangups, ended := make(chan os.Signal, 1), make(chan error, 1)
	go func() { ended <- o.outlive(ctx, hangups) }()
	soon(t, "it is headless", func() bool {
		s := engineAt(t, where.dataDir)
		return s != nil && s.Controller.Mode == status.Headless
	})
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if engineAt(t, where.dataDir) != nil {
		t.Error("the engine did not end")
	}
}

// pollable is a copy of a file whose Close does not wait for a Read.
func pollable(t *testing.T, f *os.File) *os.File {
	t.Helper()
	fd, err := syscall.Dup(int(f.Fd()))
	if err == nil {
		err = syscall.SetNonblock(fd, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), f.Name())
}

// terminal runs vns3 in a terminal of its own, and collects what the program writes.
func terminal(t *testing.T, configPath string) (cmd *exec.Cmd, screen *os.File, shown *output) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(program)
	cmd.Env = append(os.Environ(), asProgram+"=1", "VNS3_CONFIG="+configPath, "TERM=xterm-256color", "HOME="+t.TempDir())
	blocking, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	defer blocking.Close()
	screen = pollable(t, blocking)
	shown = &output{}
	go io.Copy(shown, screen)
	return cmd, screen, shown
}

// The console as a program: it starts an engine, loses its terminal, and the engine goes on; a second
// console attaches to it and leaves it running.
func TestLostTerminal(t *testing.T) {
	path, dataDir := controllerFile(t, "")
	first, screen, _ := terminal(t, path)
	waited := make(chan error, 1)
	go func() { waited <- first.Wait() }()
	killAt(t, dataDir)
	soon(t, "an engine is inside the console", func() bool {
		s := engineAt(t, dataDir)
		return s != nil && s.Controller.Mode == status.Console
	})
	screen.Close()
	soon(t, "it goes on without its terminal", func() bool {
		s := engineAt(t, dataDir)
		return s != nil && s.Controller.Mode == status.Headless
	})
	second, screen, _ := terminal(t, path)
	defer screen.Close()
	ended := make(chan error, 1)
	go func() { ended <- second.Wait() }()
	for attached := false; !attached; { // a key that comes before the console reads is lost
		io.WriteString(screen, "q")
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("the second console: %v", err)
			}
			attached = true
		case <-time.After(100 * time.Millisecond):
		}
	}
	if s := engineAt(t, dataDir); s == nil || s.Controller.Mode != status.Headless {
		t.Error("the engine ended with the second console")
	}
	select {
	case err := <-waited:
		t.Errorf("the first process ended: %v", err)
	default:
	}
}

// A console whose file is not valid shows why, and opens as soon as the file is mended.
func TestMend(t *testing.T) {
	path, dataDir := controllerFile(t, "[bogus]\n")
	cmd, screen, shown := terminal(t, path)
	defer screen.Close()
	waited := make(chan error, 1)
	go func() { waited <- cmd.Wait() }()
	soon(t, "the console says why", func() bool { return strings.Contains(shown.String(), "is not a key of the configuration") })
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.TrimSuffix(string(good), "[bogus]\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	soon(t, "the console starts its engine", func() bool { return engineAt(t, dataDir) != nil })
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; err != nil {
		t.Errorf("the console ended with %v", err)
	}
}

// failing is a page that cannot be drawn.
type failing struct{ page.Page }

func (failing) SetSize(int, int)               {}
func (failing) Init() tea.Cmd                  { return nil }
func (failing) Update(tea.Msg) (tea.Cmd, bool) { return nil, false }
func (failing) Note() string                   { return "" }
func (failing) View() string                   { panic("a page that fails") }

// A console that fails says so, ends with an error and leaves its engine running.
func TestConsoleFails(t *testing.T) {
	t.Setenv(asProgram, "1")
	path, dataDir := controllerFile(t, "")
	where := place{config: path, dataDir: dataDir, socket: config.SocketPath(dataDir)}
	killAt(t, dataDir)
	var told bytes.Buffer
	a := newWorld(t).at(path).app(io.Discard, &told)
	err := a.inside(t.Context(), where, tui.Options{
		In: blocked(t), Out: io.Discard, Env: []string{"TERM=xterm-256color"}, First: page.Runtime,
		Pages:   tui.Pages{page.Runtime: func(*page.Context) page.Page { return failing{} }},
		Program: []tea.ProgramOption{tea.WithWindowSize(80, 24), tea.WithoutSignals()},
	})
	if !errors.Is(err, tui.ErrFailed) {
		t.Errorf("it ended with %v", err)
	}
	wants(t, told.String(), "The engine goes on without a console")
	if s := engineAt(t, dataDir); s == nil || s.Controller.Mode != status.Headless {
		t.Errorf("the engine does not go on: %+v", s)
	}
}

// A console that fails while it ends starts no engine again that was stopped.
func TestConsoleFailsStopped(t *testing.T) {
	t.Setenv(asProgram, "1")
	o, where, _ := ownerAt(t, "")
	killAt(t, where.dataDir)
	if err := o.Stop(); err != nil {
		t.Fatal(err)
	}
	failure := errors.New("a page that fails")
	if err := o.outliveFailure(failure); err != failure {
		t.Errorf("it ended with %v", err)
	}
	if engineAt(t, where.dataDir) != nil {
		t.Error("an engine runs again")
	}
}

// blocked is an input in which nobody types.
func blocked(t *testing.T) io.Reader {
	r, w := io.Pipe()
	t.Cleanup(func() { w.Close() })
	return r
}
