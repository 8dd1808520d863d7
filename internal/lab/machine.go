package lab

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"vns3/control"
	"vns3/engine/api/client"
	"vns3/internal/netns"
)

// Machine is one controller's machine.
type Machine struct {
	lab     *Lab
	t       T
	ID      int
	NS      *netns.Namespace
	Address string
	Dir     string
	Program string   // instead of Binary
	Prefix  []string // command that runs the program, such as unshare
	Section string   // further lines of [controller]
	run     *exec.Cmd
	ended   chan struct{}
	log     *os.File
	backend *client.Client
}

// ConfigPath is the machine's configuration file.
func (m *Machine) ConfigPath() string { return filepath.Join(m.Dir, "vns3.toml") }

// DataDir is the machine's data directory.
func (m *Machine) DataDir() string { return filepath.Join(m.Dir, "data") }

// Configure writes the machine's file. extra is further TOML.
func (m *Machine) Configure(rows map[int]string, extra string) {
	m.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "[controller]\nname = \"vns3-%d\"\ndata_dir = %q\n%s\n[peering]\n", m.ID, m.DataDir(), m.Section)
	for id := 1; id <= 9; id++ {
		if rows[id] != "" {
			fmt.Fprintf(&b, "%d = %q\n", id, rows[id])
		}
	}
	b.WriteString(extra)
	temp := m.ConfigPath() + ".new"
	if err := os.WriteFile(temp, []byte(b.String()), 0o600); err != nil {
		m.t.Fatal(err)
	}
	if err := os.Rename(temp, m.ConfigPath()); err != nil {
		m.t.Fatal(err)
	}
}

// CopyTo copies the data directory, as a backup would.
func (m *Machine) CopyTo(to *Machine) {
	m.t.Helper()
	err := filepath.WalkDir(m.DataDir(), func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		copied := filepath.Join(to.DataDir(), strings.TrimPrefix(path, m.DataDir()))
		switch {
		case d.IsDir():
			return os.MkdirAll(copied, 0o700)
		case !d.Type().IsRegular():
			return nil // the socket
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(copied, raw, 0o600)
	})
	if err != nil {
		m.t.Fatalf("cannot copy the data directory of machine %d: %v", m.ID, err)
	}
}

// Readdress gives the machine another address in its network.
func (m *Machine) Readdress(address string) {
	m.t.Helper()
	m.NS.Unaddress("eth0", m.Address+"/24")
	m.Address = address
	m.NS.Address("eth0", address+"/24")
	m.NS.Route("default", m.Address[:strings.LastIndexByte(m.Address, '.')]+".1")
}

// Start runs the engine, headless, and returns when it answers.
func (m *Machine) Start() {
	m.t.Helper()
	m.StartOnly()
	m.Connect()
}

// StartOnly runs the engine and does not wait for it. It ends with the test, also where that panics.
func (m *Machine) StartOnly() {
	m.t.Helper()
	program := m.Program
	if program == "" {
		program = Binary
	}
	command := append(append([]string(nil), m.Prefix...), program, "headless", "--config", m.ConfigPath())
	log, err := os.OpenFile(filepath.Join(m.Dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		m.t.Fatal(err)
	}
	m.run = m.NS.Command(command[0], command[1:]...)
	m.run.Stderr, m.log = log, log
	if err := netns.Start(m.run); err != nil {
		m.t.Fatal(err)
	}
	run, ended := m.run, make(chan struct{})
	m.ended = ended
	go func() {
		_ = run.Wait() // how it ended is the test's to judge, by its log
		log.Close()
		close(ended)
	}()
	m.t.Cleanup(func() {
		m.disconnect()
		_ = run.Process.Kill() // it may have ended
		<-ended
		if m.t.Failed() {
			m.t.Logf("log of machine %d:\n%s", m.ID, m.Log())
		}
	})
}

// Connect opens the machine's local socket, which must appear within Patience.
func (m *Machine) Connect() {
	m.t.Helper()
	m.disconnect()
	deadline := time.Now().Add(Patience)
	for {
		backend, err := client.Dial(context.Background(), client.Target{Socket: filepath.Join(m.DataDir(), "vns3.sock")})
		if err == nil {
			m.backend = backend
			return
		}
		select {
		case <-m.ended:
			m.t.Fatalf("machine %d: the engine ended:\n%s", m.ID, m.Log())
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			m.t.Fatalf("machine %d: the engine does not answer: %v\n%s", m.ID, err, m.Log())
		}
	}
}

func (m *Machine) disconnect() {
	if m.backend != nil {
		m.backend.Close()
		m.backend = nil
	}
}

// PID is the engine's process.
func (m *Machine) PID() int { return m.run.Process.Pid }

// Signal sends the engine a signal.
func (m *Machine) Signal(s syscall.Signal) {
	m.t.Helper()
	if err := m.run.Process.Signal(s); err != nil {
		m.t.Fatalf("machine %d: %v", m.ID, err)
	}
}

// Stop ends the engine with SIGTERM and waits for it.
func (m *Machine) Stop() {
	m.t.Helper()
	m.Signal(syscall.SIGTERM)
	m.Ended()
}

// Kill ends the engine with SIGKILL.
func (m *Machine) Kill() {
	m.t.Helper()
	m.Signal(syscall.SIGKILL)
	m.Ended()
}

// Ended waits for the end of the engine's process.
func (m *Machine) Ended() {
	m.t.Helper()
	m.disconnect()
	select {
	case <-m.ended:
	case <-time.After(Patience):
		m.t.Fatalf("machine %d: the engine does not end:\n%s", m.ID, m.Log())
	}
}

// Runs says whether the engine's process was started and has not ended.
func (m *Machine) Runs() bool {
	if m.ended == nil {
		return false
	}
	select {
	case <-m.ended:
		return false
	default:
		return true
	}
}

// ExitCode waits for the end of the engine's process and says how it ended.
func (m *Machine) ExitCode() int {
	m.t.Helper()
	m.Ended()
	return m.run.ProcessState.ExitCode()
}

// Log is what the engine has logged.
func (m *Machine) Log() string {
	raw, _ := os.ReadFile(filepath.Join(m.Dir, "log")) // none: nothing was logged
	return string(raw)
}

// CLI runs a command of the program against the machine's engine.
func (m *Machine) CLI(args ...string) (stdout, stderr string, err error) {
	cmd := m.NS.Command(Binary, append([]string{"--config", m.ConfigPath()}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// Must runs a command that has to succeed.
func (m *Machine) Must(args ...string) string {
	m.t.Helper()
	out, errs, err := m.CLI(args...)
	if err != nil {
		m.t.Fatalf("machine %d: vns3 %s: %v\n%s%s", m.ID, strings.Join(args, " "), err, out, errs)
	}
	return out
}

// Backend is the machine's engine.
func (m *Machine) Backend() control.Backend { return m.backend }
