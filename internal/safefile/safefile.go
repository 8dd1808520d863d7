// Package safefile keeps small files that hold secrets or state: written whole or not at all, mode
// 0600 in a directory of mode 0700, and not read if others than their owner may read them. It knows
// nothing of what is in them.
package safefile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// MaxSize is the largest file that Read accepts, in bytes.
const MaxSize = 8 << 20

// ErrExists is returned by Create where the file is there already; nothing was written.
var ErrExists = errors.New("the file exists already")

// ModeError says that others than its owner may read a file, or write to its directory.
type ModeError struct {
	Path string
	Mode fs.FileMode
	Want fs.FileMode
}

// Error names path, mode and remedy.
func (e *ModeError) Error() string {
	return fmt.Sprintf("%s has mode %04o, so that others than its owner can reach it: chmod %03o %s", e.Path, e.Mode, e.Want, e.Path)
}

// Read returns the content of a file of mode 0600 or stricter. The error is fs.ErrNotExist where there
// is none, and a *ModeError where group or world may read it.
func Read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file: move it away", path)
	case info.Mode().Perm()&0o077 != 0:
		return nil, &ModeError{Path: path, Mode: info.Mode().Perm(), Want: 0o600}
	case info.Size() > MaxSize:
		return nil, fmt.Errorf("%s has %d bytes, more than the %d that such a file can have: it is not what its name says", path, info.Size(), MaxSize)
	}
	return io.ReadAll(io.LimitReader(f, MaxSize))
}

// Write replaces the file by data, atomically: after a crash at any instant either the old content is
// there or the new. A missing directory is made, with mode 0700.
func Write(path string, data []byte) error {
	return install(path, data, os.Rename)
}

// Create is Write for a file that must not be there yet; else it returns ErrExists.
func Create(path string, data []byte) error {
	err := install(path, data, os.Link)
	if errors.Is(err, fs.ErrExist) {
		return ErrExists
	}
	return err
}

// Remove deletes the file for good. A file that is not there is no error.
func Remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// install writes data to a temporary file beside path and gives it its name by place: a rename, which
// replaces, or a link, which refuses to.
func install(path string, data []byte, place func(from, to string) error) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // does nothing after a rename
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := place(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes the names in a directory survive a crash.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
