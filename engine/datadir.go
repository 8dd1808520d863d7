package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// ErrRunning is returned where another engine runs on the data directory.
var ErrRunning = errors.New("an engine runs on this data directory already")

// dataDir is the locked data directory of an engine: one engine for each.
type dataDir struct {
	path string
	lock *flock.Flock
}

// openDataDir creates the directory if need be (0700) and locks it.
func openDataDir(path string) (*dataDir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("data directory %s cannot be made: %w: choose another with controller.data_dir", path, err)
	}
	d := &dataDir{path: path, lock: flock.New(filepath.Join(path, "lock"))}
	locked, err := d.lock.TryLock()
	switch {
	case err != nil:
		return nil, fmt.Errorf("data directory %s cannot be locked: %w", path, err)
	case !locked:
		return nil, fmt.Errorf("%w: %s (%s): vns3 status shows it; a second one needs its own controller.data_dir", ErrRunning, path, d.owner())
	}
	// The process ID is for people; the lock alone decides.
	if err := os.WriteFile(d.file("pid"), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("data directory %s cannot be written: %w", path, err), d.lock.Close())
	}
	return d, nil
}

func (d *dataDir) owner() string {
	pid, err := os.ReadFile(d.file("pid"))
	if err != nil {
		return "process unknown"
	}
	return "process " + strings.TrimSpace(string(pid))
}

func (d *dataDir) file(name string) string { return filepath.Join(d.path, name) }

// nextIncarnation returns a number that is higher at each start of an engine on this directory, for as
// long as the directory lives. A lost directory starts over: the mesh exceeds what it meets of itself.
func (d *dataDir) nextIncarnation() (uint64, error) {
	var last uint64
	raw, err := os.ReadFile(d.file("incarnation"))
	switch {
	case err == nil && len(raw) == 8:
		last = binary.BigEndian.Uint64(raw)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return 0, fmt.Errorf("incarnation cannot be read: %w", err)
	}
	last++
	return last, writeAtomically(d.file("incarnation"), binary.BigEndian.AppendUint64(nil, last))
}

// close unlocks the directory.
func (d *dataDir) close() error {
	os.Remove(d.file("pid"))
	return d.lock.Close()
}

// writeAtomically replaces a private file: after a crash it is the old one or the new one, whole.
func writeAtomically(path string, content []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(content)
	err = errors.Join(err, temp.Chmod(0o600), temp.Sync(), temp.Close())
	if err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}
