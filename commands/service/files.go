package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"vns3/engine/config"
	"vns3/internal/safefile"
)

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// filled says whether a directory holds anything.
func filled(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) > 0
}

// replace writes a file of the system; undone, what was there before is there again.
func (i *installation) replace(path string, data []byte, mode fs.FileMode) error {
	before, err := os.ReadFile(path)
	var was fs.FileMode
	if err == nil {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		was = info.Mode().Perm()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	i.later(func(context.Context) error {
		if was == 0 {
			return safefile.Remove(path)
		}
		return put(path, before, was)
	})
	return put(path, data, mode)
}

// put writes a file whole, also over a program that runs.
func put(path string, data []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := safefile.Write(path, data); err != nil {
		return err
	}
	return os.Chmod(path, mode)
}

// moved is what now lies in the places of the system as well as where it came from.
type moved struct {
	files []string // sources
	dirs  []string // sources, parents first
	lock  *flock.Flock
}

// ephemeral are files of a data directory that belong to a running engine.
var ephemeral = map[string]bool{"lock": true, "pid": true, "vns3.sock": true, "vns3.log": true}

// moveFiles copies configuration and data to the places of the system. The data directory stays locked,
// so that no engine starts on it meanwhile.
func (i *installation) moveFiles() (*moved, error) {
	m := &moved{}
	if there(i.DataDir) {
		m.lock = flock.New(filepath.Join(i.DataDir, "lock"))
		free, err := m.lock.TryLock()
		if err != nil {
			return nil, fmt.Errorf("data directory %s cannot be locked: %w", i.DataDir, err)
		}
		if !free {
			return nil, refuse("an engine runs on "+i.DataDir, "stop it first")
		}
		i.later(func(context.Context) error { return m.lock.Close() })
	}
	if err := i.makeDir(filepath.Dir(config.RootPath), 0o750); err != nil {
		return nil, err
	}
	if err := i.makeDir(config.RootDataDir, 0o700); err != nil {
		return nil, err
	}
	if err := i.moveConfig(m); err != nil {
		return nil, err
	}
	if err := i.moveData(m); err != nil {
		return nil, err
	}
	if m.lock != nil && i.DataDir == i.path(config.RootDataDir) {
		return m, m.lock.Close() // the service locks it itself
	}
	return m, nil
}

func (i *installation) makeDir(system string, mode fs.FileMode) error {
	path := i.path(system)
	if !there(path) {
		i.later(func(context.Context) error { return os.RemoveAll(path) })
	} else if !i.upgrade && (i.Config == i.path(config.RootPath) || i.DataDir == path) {
		i.later(func(ctx context.Context) error { return i.Run(ctx, "chown", "-R", "root:root", path) })
	}
	return os.MkdirAll(path, mode)
}

// moveConfig copies the file, and lets the data directory be the system's.
func (i *installation) moveConfig(m *moved) error {
	data, err := os.ReadFile(i.Config)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if data, err = config.Edit(data, config.Unset("controller.data_dir")); err != nil {
		return err
	}
	target := i.path(config.RootPath)
	if err := i.replace(target, data, 0o640); err != nil {
		return err
	}
	if target != i.Config {
		m.files = append(m.files, i.Config)
		i.Say(fmt.Sprintf("%s is now %s", i.Config, config.RootPath))
	}
	return nil
}

func (i *installation) moveData(m *moved) error {
	target := i.path(config.RootDataDir)
	if i.DataDir == target || !there(i.DataDir) {
		return nil
	}
	if there(target) {
		i.later(func(context.Context) error { return emptyDir(target) })
	}
	err := filepath.WalkDir(i.DataDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		local, err := filepath.Rel(i.DataDir, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			m.dirs = append(m.dirs, path)
			return os.MkdirAll(filepath.Join(target, local), 0o700)
		case ephemeral[local] || !d.Type().IsRegular():
			return nil
		}
		m.files = append(m.files, path)
		return copyFile(path, filepath.Join(target, local))
	})
	if err == nil {
		i.Say(fmt.Sprintf("%s is now %s", i.DataDir, config.RootDataDir))
	}
	return err
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	data, err := io.ReadAll(source)
	if err != nil {
		return err
	}
	return safefile.Write(to, data)
}

// emptyDir removes what a directory holds. It was empty before.
func emptyDir(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}

// removeSources removes what was moved from where it came from: exactly that, and directories that are
// empty without it.
func (m *moved) removeSources() error {
	var err error
	for _, path := range m.files {
		err = errors.Join(err, os.Remove(path))
	}
	if len(m.dirs) > 0 {
		for name := range ephemeral {
			os.Remove(filepath.Join(m.dirs[0], name))
		}
	}
	for n := len(m.dirs) - 1; n >= 0; n-- {
		os.Remove(m.dirs[n]) // one with something of somebody else's stays
	}
	if m.lock != nil {
		err = errors.Join(err, m.lock.Close())
	}
	return err
}
