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
	"sync"

	"github.com/gofrs/flock"

	"vns3/internal/safefile"
)

// ErrRunning is returned where another engine runs on the data directory.
var ErrRunning = errors.New("an engine runs on this data directory already")

// dataDir is the locked data directory of an engine: one engine for each.
type dataDir struct {
	path string
	lock *flock.Flock
	mu   sync.Mutex // guards the file of the incarnation
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
	d.mu.Lock()
	defer d.mu.Unlock()
	last, err := d.incarnation()
	if err != nil {
		return 0, err
	}
	return last + 1, d.keepIncarnation(last + 1)
}

// raiseIncarnation keeps a higher incarnation that the mesh remembers of this controller.
func (d *dataDir) raiseIncarnation(to uint64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if last, err := d.incarnation(); err != nil || last >= to {
		return err
	}
	return d.keepIncarnation(to)
}

func (d *dataDir) incarnation() (uint64, error) {
	raw, err := os.ReadFile(d.file("incarnation"))
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && len(raw) != 8:
		return 0, nil // lost: start over
	case err != nil:
		return 0, fmt.Errorf("incarnation cannot be read: %w", err)
	}
	return binary.BigEndian.Uint64(raw), nil
}

func (d *dataDir) keepIncarnation(n uint64) error {
	return safefile.Write(d.file("incarnation"), binary.BigEndian.AppendUint64(nil, n))
}

// has reports whether a mark stands.
func (d *dataDir) has(mark string) bool {
	_, err := os.Stat(d.file(mark))
	return err == nil
}

// mark sets or removes a mark that survives a restart.
func (d *dataDir) mark(name string, on bool) error {
	if !on {
		return safefile.Remove(d.file(name))
	}
	return safefile.Write(d.file(name), nil)
}

// close unlocks the directory.
func (d *dataDir) close() error {
	os.Remove(d.file("pid"))
	return d.lock.Close()
}
