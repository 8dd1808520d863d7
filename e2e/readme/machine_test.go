package readme

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"vns3/internal/computer"
	"vns3/internal/lab"
	"vns3/internal/netns"
)

func TestMain(m *testing.M) { lab.Main(m) }

// token is what the reader types where a command asks for the security token.
const token = "correct-horse-battery-staple"

// patience is how long a line may take; one that waits for an answer that no document tells of is given up.
const patience = 90 * time.Second

// machine is a computer that somebody sits at who reads the README.
type machine struct {
	*computer.Computer
	t    *testing.T
	ns   *netns.Namespace
	home string // the repository: where commands are typed
}

// newMachine boots a computer with an address in a network, behind a router. It has Go and this repository.
func newMachine(t *testing.T, router *netns.Namespace, address string) *machine {
	t.Helper()
	ns := netns.New(t)
	network := address[:strings.LastIndexByte(address, '.')]
	name := "vns3-" + network[strings.LastIndexByte(network, '.')+1:] // 10.0.2.10 is vns3-2
	netns.Connect(
		netns.End{NS: router, Name: name, Addresses: []string{network + ".1/24"}},
		netns.End{NS: ns, Name: "eth0", Addresses: []string{address + "/24"}},
	)
	ns.Route("default", network+".1")
	layers := []string{repository(t)}
	for _, directory := range strings.Fields(output(t, "go", "env", "GOROOT", "GOMODCACHE", "GOCACHE")) {
		layers = append(layers, directory)
	}
	m := &machine{t: t, Computer: computer.Boot(t, ns, name, layers...), ns: ns, home: layers[0]}
	m.types("echo 127.0.0.1 $(hostname) >>/etc/hosts")
	t.Cleanup(func() {
		if t.Failed() && m.On() {
			out, _ := m.Command("journalctl --no-pager -u vns3 | tail -40; vns3 check").CombinedOutput() // for who reads the failure
			t.Logf("%s:\n%s", address, out)
		}
	})
	return m
}

// repository is the directory of the README.
func repository(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
	}
	return string(out)
}

// shell is a command in the repository, of a terminal.
func (m *machine) shell(line string) *exec.Cmd {
	cmd := m.Command("cd " + m.home + " && " + line)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color")
	return cmd
}

// types types a line at a terminal and answers what it is asked with the token. It returns what the
// terminal showed and whether something was asked. A line that fails ends the test.
func (m *machine) types(line string) (shown string, asked bool) {
	m.t.Helper()
	cmd := m.shell(line)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		m.t.Fatal(err)
	}
	terminal = timely(m.t, terminal)
	defer terminal.Close()
	buffer := make([]byte, 4096)
	for {
		n, err := terminal.Read(buffer)
		shown += string(buffer[:n])
		if errors.Is(err, os.ErrDeadlineExceeded) {
			_ = cmd.Process.Kill() // what it started ends with the computer
			m.t.Fatalf("%s: has no end after %v:\n%s", line, patience, shown)
		}
		if err != nil {
			break // the terminal is closed: the command has ended
		}
		if strings.HasSuffix(strings.TrimRight(shown, " "), ":") {
			asked = true
			if _, err := terminal.WriteString(token + "\n"); err != nil {
				m.t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil {
		m.t.Fatalf("%s: %v\n%s", line, err, shown)
	}
	return colours.ReplaceAllString(shown, ""), asked
}

// timely is the terminal with an end to its patience, which the file that a pty comes as does not keep.
func timely(t *testing.T, terminal *os.File) *os.File {
	t.Helper()
	defer terminal.Close()
	fd, err := unix.FcntlInt(terminal.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	again := os.NewFile(uintptr(fd), terminal.Name())
	if err := again.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return again
}

// colours are what a terminal does not show as text.
var colours = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")

// begun is what a program in the background says once it does what it is for.
var begun = regexp.MustCompile("started|attached")

// starts starts a command in the background, which goes on until the test ends, and returns when it has
// said that it started.
func (m *machine) starts(line string) {
	m.t.Helper()
	cmd := m.shell("exec " + line)
	output, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()         // it was killed
	})
	said := bufio.NewScanner(output)
	for said.Scan() {
		if begun.MatchString(said.Text()) {
			go io.Copy(io.Discard, output) // it ends with the command
			return
		}
	}
	m.t.Fatalf("%s: ended, and never said that it started", line)
}
