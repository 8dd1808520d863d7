package service_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gofrs/flock"

	"vns3/commands/service"
	"vns3/packaging"
)

// machine is a machine that runs systemd, as a directory, and what was run on it.
type machine struct {
	t       *testing.T
	root    string
	ran     []string
	failOn  string // the program and first argument that fails
	options service.Options
}

func newMachine(t *testing.T) *machine {
	m := &machine{t: t, root: t.TempDir()}
	if err := os.MkdirAll(filepath.Join(m.root, "run/systemd/system"), 0o755); err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(m.root, "home")
	m.write("home/vns3", "program", 0o755)
	m.write("home/vns3.toml", "# mine\n[controller]\nname = \"a\"\ndata_dir = \"data\"\n", 0o600)
	m.write("home/data/keyset/keyset", "secret", 0o600)
	m.write("home/data/license.json", "license", 0o600)
	m.write("home/data/lock", "", 0o600)
	m.write("home/data/pid", "4711\n", 0o600)
	m.options = service.Options{
		Root: m.root, Privileged: true, Binary: filepath.Join(home, "vns3"),
		Config: filepath.Join(home, "vns3.toml"), DataDir: filepath.Join(home, "data"),
		Say: func(string) {}, Attach: func(context.Context) error { return nil },
		Run: func(_ context.Context, program string, args ...string) error {
			line := strings.ReplaceAll(strings.Join(append([]string{program}, args...), " "), m.root, "")
			m.ran = append(m.ran, line)
			if m.failOn != "" && strings.HasPrefix(line, m.failOn) {
				failed := m.failOn
				m.failOn = "" // what undoes it works
				return errors.New(failed + " failed")
			}
			return nil
		},
	}
	return m
}

func (m *machine) write(path, text string, mode fs.FileMode) {
	m.t.Helper()
	path = filepath.Join(m.root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		m.t.Fatal(err)
	}
}

// files are all files with their contents, but for those of a running engine.
func (m *machine) files() map[string]string {
	m.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(m.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "lock" || d.Name() == "pid" {
			return err
		}
		text, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, m.root)] = string(text)
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return all
}

func (m *machine) want(files map[string]string) {
	m.t.Helper()
	got := m.files()
	for path, text := range files {
		if got[path] != text {
			m.t.Errorf("%s holds %q, want %q", path, got[path], text)
		}
	}
	for path := range got {
		if _, wanted := files[path]; !wanted {
			m.t.Errorf("%s is there", path)
		}
	}
}

// installed is what a machine holds with the service on it.
var installed = map[string]string{
	service.BinaryPath: "program", service.UnitPath: packaging.Unit, service.UsersPath: packaging.Users,
	"/home/vns3": "program", "/etc/vns3/vns3.toml": "# mine\n[controller]\nname = \"a\"\n",
	"/var/lib/vns3/keyset/keyset": "secret", "/var/lib/vns3/license.json": "license",
}

// Install moves configuration and data, writes the unit, and starts it after the engine here stopped.
func TestInstall(t *testing.T) {
	m := newMachine(t)
	m.options.Stop = func() error { m.ran = append(m.ran, "stop"); return nil }
	m.options.Attach = func(context.Context) error { m.ran = append(m.ran, "attach"); return nil }
	if err := service.Install(t.Context(), m.options); err != nil {
		t.Fatal(err)
	}
	m.want(installed)
	want := []string{
		"stop", "systemd-sysusers /etc/sysusers.d/vns3.conf", "chown -R vns3:vns3 /etc/vns3 /var/lib/vns3",
		"systemctl daemon-reload", "systemctl enable vns3.service", "systemctl restart vns3.service", "attach",
	}
	if !slices.Equal(m.ran, want) {
		t.Errorf("ran %q", m.ran)
	}
	for path, mode := range map[string]fs.FileMode{service.BinaryPath: 0o755, service.UnitPath: 0o644, "/var/lib/vns3/keyset/keyset": 0o600, "/var/lib/vns3": 0o700} {
		if info, err := os.Stat(filepath.Join(m.root, path)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
	if _, err := os.Stat(m.options.DataDir); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the old data directory is still there")
	}
}

// Whatever fails on the way, the machine is as it was before.
func TestInstallIsUndone(t *testing.T) {
	for _, failing := range []string{"systemd-sysusers", "chown -R vns3", "systemctl daemon-reload", "systemctl enable", "systemctl restart", "attach", "stop"} {
		t.Run(failing, func(t *testing.T) {
			m := newMachine(t)
			m.failOn = failing
			m.write(service.BinaryPath, "older program", 0o755)
			fail := func(what string) error {
				if failing == what {
					return errors.New(what + " failed")
				}
				return nil
			}
			m.options.Stop = func() error { return fail("stop") }
			m.options.Attach = func(context.Context) error { return fail("attach") }
			before := m.files()
			err := service.Install(t.Context(), m.options)
			if err == nil || !strings.Contains(err.Error(), failing+" failed") {
				t.Errorf("error %v", err)
			}
			m.want(before)
			started := slices.ContainsFunc(m.ran, func(s string) bool { return strings.HasPrefix(s, "systemctl enable") })
			if stopped := slices.Contains(m.ran, "systemctl disable --now vns3.service"); started && !stopped {
				t.Errorf("the unit was left behind: %q", m.ran)
			}
			lock := flock.New(filepath.Join(m.options.DataDir, "lock"))
			if free, err := lock.TryLock(); !free || err != nil {
				t.Errorf("the data directory is still locked: %v", err)
			}
			lock.Close()
		})
	}
}

// Installing again upgrades the program and touches neither configuration nor data.
func TestUpgrade(t *testing.T) {
	m := newMachine(t)
	if err := service.Install(t.Context(), m.options); err != nil {
		t.Fatal(err)
	}
	m.write("home/vns3", "newer program", 0o755)
	m.options.Config, m.options.DataDir = filepath.Join(m.root, "etc/vns3/vns3.toml"), filepath.Join(m.root, "var/lib/vns3")
	if err := service.Install(t.Context(), m.options); err != nil {
		t.Fatal(err)
	}
	newer := with(installed, map[string]string{service.BinaryPath: "newer program", "/home/vns3": "newer program"})
	m.want(newer)
	if stopped, started := slices.Index(m.ran, "systemctl stop vns3.service"), slices.Index(m.ran[7:], "systemctl restart vns3.service"); stopped < 0 || started < 0 {
		t.Errorf("ran %q", m.ran)
	}
	m.write("home/vns3", "bad program", 0o755)
	m.failOn, m.ran = "systemctl restart", nil
	if err := service.Install(t.Context(), m.options); err == nil {
		t.Error("a program that does not start was installed")
	}
	m.want(with(newer, map[string]string{"/home/vns3": "bad program"}))
	if last := m.ran[len(m.ran)-1]; last != "systemctl start vns3.service" || slices.Contains(m.ran, "systemctl disable --now vns3.service") {
		t.Errorf("the service before does not run again: %q", m.ran)
	}
}

func with(files, change map[string]string) map[string]string {
	all := map[string]string{}
	for path, text := range files {
		all[path] = text
	}
	for path, text := range change {
		all[path] = text
	}
	return all
}

// Remove leaves configuration and data for root's engine, and nothing else.
func TestRemove(t *testing.T) {
	m := newMachine(t)
	if err := service.Remove(t.Context(), m.options); err == nil {
		t.Error("a service that is not there was removed")
	}
	if err := service.Install(t.Context(), m.options); err != nil {
		t.Fatal(err)
	}
	m.ran = nil
	if err := service.Remove(t.Context(), m.options); err != nil {
		t.Fatal(err)
	}
	left := with(installed, nil)
	for _, path := range []string{service.BinaryPath, service.UnitPath, service.UsersPath} {
		delete(left, path)
	}
	m.want(left)
	want := []string{"systemctl disable --now vns3.service", "systemctl daemon-reload", "chown -R root:root /etc/vns3 /var/lib/vns3"}
	if !slices.Equal(m.ran, want) {
		t.Errorf("ran %q", m.ran)
	}
}

// What makes a service impossible is said before anything is touched, with what to do.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*machine)
		want  string
	}{
		"no systemd":       {func(m *machine) { os.RemoveAll(filepath.Join(m.root, "run")) }, "does not run systemd: have your init system run: vns3 headless"},
		"not root":         {func(m *machine) { m.options.Privileged = false }, "only root may install a service: sudo vns3 service install"},
		"other file":       {func(m *machine) { m.write("etc/vns3/vns3.toml", "", 0o600) }, "is there already, and is not"},
		"other controller": {func(m *machine) { m.write("var/lib/vns3/license.json", "other", 0o600) }, "holds another controller's data"},
		"bad file":         {func(m *machine) { m.write("home/vns3.toml", "[bogus]\n", 0o600) }, "is not valid"},
		"hidden file": {func(m *machine) {
			m.write("home/vns3.toml", "[api]\npassword_file = \"/home/me/password\"\n", 0o600)
		}, "below a home directory"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			c.spoil(m)
			before := m.files()
			err := service.Install(t.Context(), m.options)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			m.want(before)
			if len(m.ran) > 0 {
				t.Errorf("ran %q", m.ran)
			}
		})
	}
}

// What is not there is not removed; a machine without systemd has no service, and is told so.
func TestRefusedRemoval(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*machine)
		want  string
	}{
		"no service": {func(*machine) {}, "it is not installed: vns3 service install installs it"},
		"no systemd": {func(m *machine) { os.RemoveAll(filepath.Join(m.root, "run")) }, "does not run systemd: end the engine as you started it"},
		"not root": {func(m *machine) {
			m.write("etc/systemd/system/vns3.service", "", 0o644)
			m.options.Privileged = false
		}, "only root may remove a service: sudo vns3 service remove"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			c.spoil(m)
			before := m.files()
			if err := service.Remove(t.Context(), m.options); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			m.want(before)
			if len(m.ran) > 0 {
				t.Errorf("ran %q", m.ran)
			}
		})
	}
}

// An engine that runs on the data is not robbed of it.
func TestRunningEngine(t *testing.T) {
	m := newMachine(t)
	engine := flock.New(filepath.Join(m.options.DataDir, "lock"))
	if held, err := engine.TryLock(); !held || err != nil {
		t.Fatal(held, err)
	}
	defer engine.Close()
	before := m.files()
	err := service.Install(t.Context(), m.options)
	if err == nil || !strings.Contains(err.Error(), "an engine runs on") {
		t.Errorf("error %v", err)
	}
	m.want(before)
}
