package config

import (
	"os"
	"path/filepath"
)

// The places of the machine's own engine, run by root or as a service.
const (
	RootPath    = "/etc/vns3/vns3.toml"
	RootDataDir = "/var/lib/vns3"
	RootSocket  = "/run/vns3/vns3.sock"
)

const (
	fileName   = "vns3.toml"
	socketName = "vns3.sock"
)

// Env is what the places depend on.
type Env struct {
	Getenv  func(string) string
	Geteuid func() int
}

// OSEnv is the environment of this process.
func OSEnv() Env { return Env{Getenv: os.Getenv, Geteuid: os.Geteuid} }

func (e Env) root() bool { return e.Geteuid() == 0 }

// Find returns the path of the configuration file: flag (--config), else $VNS3_CONFIG, else the first
// that exists of ./vns3.toml and /etc/vns3/vns3.toml (root) or $XDG_CONFIG_HOME/vns3/vns3.toml. With
// none, built-in defaults hold and saving creates the last one.
func Find(flag string, env Env) (path string, exists bool) {
	for _, named := range []string{flag, env.Getenv("VNS3_CONFIG")} {
		if named != "" {
			return absolute(named), isThere(named)
		}
	}
	if isThere(fileName) {
		return absolute(fileName), true
	}
	own := RootPath
	if !env.root() {
		own = filepath.Join(env.xdg("XDG_CONFIG_HOME", ".config"), "vns3", fileName)
	}
	return own, isThere(own)
}

// DataDir returns the data directory: controller.data_dir, else $STATE_DIRECTORY, else /var/lib/vns3
// (root), else $XDG_STATE_HOME/vns3.
func DataDir(c Config, env Env) string {
	switch {
	case c.Controller.DataDir != "":
		return absolute(c.Controller.DataDir)
	case env.Getenv("STATE_DIRECTORY") != "":
		return filepath.SplitList(env.Getenv("STATE_DIRECTORY"))[0] // systemd gives several with ":"
	case env.root():
		return RootDataDir
	default:
		return filepath.Join(env.xdg("XDG_STATE_HOME", ".local/state"), "vns3")
	}
}

// SocketPath returns the local socket of the engine with the data directory: /run/vns3/vns3.sock for the
// machine's own one, which root or the service's user runs, in the data directory otherwise.
func SocketPath(dataDir string) string {
	if filepath.Clean(dataDir) == RootDataDir {
		return RootSocket
	}
	return filepath.Join(dataDir, socketName)
}

// xdg is a base directory of the XDG specification, which asks to ignore a relative one.
func (e Env) xdg(variable, fallback string) string {
	if dir := e.Getenv(variable); filepath.IsAbs(dir) {
		return dir
	}
	return filepath.Join(e.Getenv("HOME"), fallback)
}

// isThere says whether something is at path, also what may not be looked at: the reading then says so.
func isThere(path string) bool {
	_, err := os.Stat(path)
	return !os.IsNotExist(err)
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// Peek reads the file at path once, without following it: to find the data directory before the file is
// opened. What is not there is Default. With an error the Config has of the file only what could be read
// of controller.data_dir, also from a file that is no TOML further down.
func Peek(path string) (Config, error) {
	data, err := readFile(path)
	if os.IsNotExist(err) {
		return Default(), nil
	}
	if err != nil {
		return Default(), &ReadError{Path: path, Err: err}
	}
	c, err := Parse(data)
	if err != nil {
		dir := glimpse(data, "controller", "data_dir")
		c = Default()
		c.Controller.DataDir = dir
	}
	return c, err
}

// glimpse is the string that a key is set to, in the part of a file that is TOML; empty: none.
func glimpse(data []byte, path ...string) string {
	_, d, _ := decodeFile(data)
	a := d.find(assignment, path)
	if a == nil {
		return ""
	}
	raw, syntax := decodeRaw([]byte("value = " + string(d.data[a.value.start:a.value.end])))
	if syntax != nil {
		return ""
	}
	value, _ := raw["value"].(string)
	return value
}
