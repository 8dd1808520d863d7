package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const newFileMode = 0o644

// replaceFile puts data in place of the file that path leads to, through symbolic links: after a crash at
// any instant the old content is there or the new. Owner and mode stay. If the file is not what it was
// before, it is left alone. Errors are *EditError.
func replaceFile(path string, before, data []byte) error {
	_, target := trace(path)
	err := replaceTarget(target, before, data)
	var known *EditError
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &EditError{Kind: ErrReadOnly, Path: path, Reason: err.Error(), Remedy: "look at file system, owner and mode, or edit the file by hand"}
}

func replaceTarget(target string, before, data []byte) error {
	dir := filepath.Dir(target)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(target)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // does nothing after the rename
	_, err = f.Write(data)
	if err == nil {
		err = likeFile(f, target)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if now, err := readFile(target); err == nil && !bytes.Equal(now, before) || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &EditError{Kind: ErrConflict, Path: target, Reason: "it was changed at this moment", Remedy: "try again; nothing was overwritten"}
	}
	if err := os.Rename(f.Name(), target); err != nil {
		return err
	}
	return syncDir(dir)
}

// likeFile gives f the owner and mode of the file at path.
func likeFile(f *os.File, path string) error {
	var old unix.Stat_t
	err := unix.Stat(path, &old)
	if errors.Is(err, fs.ErrNotExist) {
		return f.Chmod(newFileMode)
	}
	if err != nil {
		return err
	}
	var own unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &own); err != nil {
		return err
	}
	if own.Uid != old.Uid || own.Gid != old.Gid {
		if err := f.Chown(int(old.Uid), int(old.Gid)); err != nil {
			return fmt.Errorf("its owner cannot be kept: %w", err)
		}
	}
	return f.Chmod(fs.FileMode(old.Mode & 0o777))
}

// syncDir makes a rename survive a crash.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// writable says whether the file can be replaced: its directory takes files, and its mode does not say
// that nobody should write it, which root would not be stopped by. A missing directory can be made if
// the first one above it takes files.
func writable(path string) bool {
	_, target := trace(path)
	if info, err := os.Stat(target); err == nil {
		return info.Mode()&0o222 != 0 && unix.Access(target, unix.W_OK) == nil && unix.Access(filepath.Dir(target), unix.W_OK) == nil
	}
	dir := filepath.Dir(target)
	for !isThere(dir) {
		dir = filepath.Dir(dir)
	}
	return unix.Access(dir, unix.W_OK) == nil
}
