package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func env(root bool, pairs ...string) Env {
	vars := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		vars[pairs[i]] = pairs[i+1]
	}
	uid := 1000
	if root {
		uid = 0
	}
	return Env{Getenv: func(name string) string { return vars[name] }, Geteuid: func() int { return uid }}
}

// The configuration file is looked for in the order of the documents.
func TestFind(t *testing.T) {
	here, home := t.TempDir(), t.TempDir()
	t.Chdir(here)
	xdg := filepath.Join(home, "xdg")
	own := filepath.Join(xdg, "vns3", "vns3.toml")
	user := env(false, "HOME", home, "XDG_CONFIG_HOME", xdg)

	check := func(name, flag string, e Env, path string, exists bool) {
		t.Helper()
		if got, there := Find(flag, e); got != path || there != exists {
			t.Errorf("%s: %s, %v; want %s, %v", name, got, there, path, exists)
		}
	}
	check("nothing", "", user, own, false)
	check("no XDG_CONFIG_HOME", "", env(false, "HOME", home), filepath.Join(home, ".config/vns3/vns3.toml"), false)
	check("relative XDG_CONFIG_HOME", "", env(false, "HOME", home, "XDG_CONFIG_HOME", "x"), filepath.Join(home, ".config/vns3/vns3.toml"), false)
	writeFile(t, own, "")
	check("own", "", user, own, true)
	writeFile(t, filepath.Join(here, "vns3.toml"), "")
	check("here", "", user, filepath.Join(here, "vns3.toml"), true)
	check("here, root", "", env(true), filepath.Join(here, "vns3.toml"), true)
	check("variable", "", env(false, "VNS3_CONFIG", "v.toml"), filepath.Join(here, "v.toml"), false)
	check("flag", "f.toml", env(false, "VNS3_CONFIG", "v.toml"), filepath.Join(here, "f.toml"), false)
	check("flag, there", "vns3.toml", user, filepath.Join(here, "vns3.toml"), true)
}

// The data directory and the socket are where the documents say.
func TestDataDirAndSocket(t *testing.T) {
	named := Default()
	named.Controller.DataDir = "/srv/vns3"
	for _, c := range []struct {
		config      Config
		env         Env
		dir, socket string
	}{
		{Default(), env(true), "/var/lib/vns3", "/run/vns3/vns3.sock"},
		{Default(), env(true, "STATE_DIRECTORY", "/var/lib/vns3"), "/var/lib/vns3", "/run/vns3/vns3.sock"},
		{Default(), env(true, "STATE_DIRECTORY", "/a:/b"), "/a", "/a/vns3.sock"},
		{Default(), env(false, "HOME", "/h"), "/h/.local/state/vns3", "/h/.local/state/vns3/vns3.sock"},
		{Default(), env(false, "HOME", "/h", "XDG_STATE_HOME", "/s"), "/s/vns3", "/s/vns3/vns3.sock"},
		{named, env(true, "STATE_DIRECTORY", "/a"), "/srv/vns3", "/srv/vns3/vns3.sock"},
		{named, env(false), "/srv/vns3", "/srv/vns3/vns3.sock"},
	} {
		dir := DataDir(c.config, c.env)
		if socket := SocketPath(dir); dir != c.dir || socket != c.socket {
			t.Errorf("got %s and %s, want %s and %s", dir, socket, c.dir, c.socket)
		}
	}
	if socket := SocketPath("/var/lib/vns3/other"); socket != "/var/lib/vns3/other/vns3.sock" {
		t.Errorf("an engine below the machine's directory: %s", socket)
	}
}

// Peek reads the configuration once, and of a bad file still the data directory where it can be read.
func TestPeek(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vns3.toml")
	if c, err := Peek(path); err != nil || c.Controller.DataDir != "" || c.Tunnels.MTU != DefaultMTU {
		t.Errorf("no file: %+v, %v", c, err)
	}
	for text, want := range map[string]struct {
		dir string
		bad bool
	}{
		"[controller]\ndata_dir = \"/x\"\n":                           {"/x", false},
		"\ufeff[controller]\ndata_dir = '/x'\n[tunnels]\nmtu = 1\n":   {"/x", true},
		"[controller]\ndata_dir = \"/\\u0078\"\n[tunnels\n":           {"/x", true},
		"[controller\ndata_dir = \"/x\"\n":                            {"", true},
		"[controller]\ndata_dir = 5\n":                                {"", true},
		"[controller]\ndata_dir = \"/x\"\n[controller]\nname = 'a'\n": {"/x", true},
	} {
		writeFile(t, path, text)
		c, err := Peek(path)
		if c.Controller.DataDir != want.dir || (err != nil) != want.bad {
			t.Errorf("%q: %q, %v", text, c.Controller.DataDir, err)
		}
	}
	if _, err := Peek(t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a directory: %v", err)
	}
}

// writeFile writes a file with the directories above it.
func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
