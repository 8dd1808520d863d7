package safefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Proves that a file is replaced whole, with mode 0600, also where its directory is still to be made, and
// that nothing is left beside it.
func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "file")
	for _, content := range []string{"first", "second", ""} {
		if err := Write(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		got, err := Read(path)
		if err != nil || string(got) != content {
			t.Errorf("read %q, %v; want %q", got, err, content)
		}
	}
	wantAlone(t, path)
	dir, err := os.Stat(filepath.Dir(path))
	if err != nil || dir.Mode().Perm() != 0o700 {
		t.Errorf("directory: %v, %v; want mode 0700", dir.Mode(), err)
	}
	file, err := os.Stat(path)
	if err != nil || file.Mode().Perm() != 0o600 {
		t.Errorf("file: %v, %v; want mode 0600", file.Mode(), err)
	}
}

// wantAlone checks that a file's directory holds nothing else.
func wantAlone(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v: want only %s", entries, err, filepath.Base(path))
	}
}

// Proves that of many who create a file at once one does, and that its content is whole.
func TestCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	results := make(chan error, 8)
	var wg sync.WaitGroup
	for i := range cap(results) {
		wg.Go(func() { results <- Create(path, []byte(strings.Repeat(string(rune('a'+i)), 1000))) })
	}
	wg.Wait()
	made := 0
	for range cap(results) {
		if err := <-results; err == nil {
			made++
		} else if !errors.Is(err, ErrExists) {
			t.Error(err)
		}
	}
	content, err := Read(path)
	if made != 1 || err != nil || strings.Count(string(content), string(content[:1])) != 1000 {
		t.Errorf("%d made it, content of %d bytes, %v", made, len(content), err)
	}
	wantAlone(t, path)
}

// Proves what is not read: what others may read, what is no file, what is too large, what is not there.
func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if _, err := Read(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing there: %v", err)
	}
	if _, err := Read(dir); err == nil {
		t.Error("a directory was read")
	}
	if err := Write(path, make([]byte, MaxSize+1)); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil {
		t.Error("a file of more than MaxSize was read")
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o620, 0o601} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		var open *ModeError
		if _, err := Read(path); !errors.As(err, &open) || !strings.Contains(err.Error(), "chmod 600 "+path) {
			t.Errorf("mode %o: %v, want a refusal with its remedy", mode, err)
		}
	}
}

// Proves that a file is gone after Remove, and that removing nothing is no error.
func TestRemove(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "file")
	if err := Remove(path); err != nil {
		t.Errorf("nothing there: %v", err)
	}
	if err := Write(path, nil); err != nil {
		t.Fatal(err)
	}
	if err := Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Remove: %v", err)
	}
}
