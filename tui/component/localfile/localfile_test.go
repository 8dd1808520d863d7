package localfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A name is taken as people type it, and a file is never overwritten and only its owner's.
func TestCreate(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Chdir(t.TempDir())
	for typed, want := range map[string]string{
		" ~/a.conf ": filepath.Join(home, "a.conf"), "~": filepath.Join(home, "web1.conf"), home + "/": filepath.Join(home, "web1.conf"),
	} {
		f, err := create(typed, "web1.conf")
		if err != nil || f.Name() != want {
			t.Fatalf("%q: %v", typed, err)
		}
		info, err := f.Stat()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%q: %v %v", typed, info.Mode(), err)
		}
		f.Close()
		os.Remove(want)
	}
	taken := filepath.Join(home, "taken")
	if err := os.WriteFile(taken, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for typed, want := range map[string]string{
		taken: "exists already and was left as it is: choose another name", filepath.Join(home, "none", "x"): "the directory " + filepath.Join(home, "none") + " does not exist",
		filepath.Join(taken, "x"): "not a directory",
	} {
		if _, err := create(typed, ""); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "open ") {
			t.Errorf("%s: %v, want %q", typed, err, want)
		}
	}
	if kept, err := os.ReadFile(taken); string(kept) != "mine" {
		t.Errorf("%q, %v", kept, err)
	}
}

// What is to be in a file is asked for once it can be written, and a file without it does not stay.
func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path, err := Write(dir, "web1.conf", func() ([]byte, error) { return []byte("secret"), nil })
	if got, _ := os.ReadFile(path); err != nil || path != filepath.Join(dir, "web1.conf") || string(got) != "secret" {
		t.Errorf("%s, %q, %v", path, got, err)
	}
	for _, barred := range []string{path, filepath.Join(dir, "none", "x")} {
		asked := false
		if _, err := Write(barred, "", func() ([]byte, error) { asked = true; return nil, nil }); err == nil || asked {
			t.Errorf("%s: asked %v, %v", barred, asked, err)
		}
	}
	if kept, err := os.ReadFile(path); string(kept) != "secret" {
		t.Errorf("%q, %v", kept, err)
	}
	refused := errors.New("refused")
	path, err = Write(filepath.Join(dir, "web2.conf"), "", func() ([]byte, error) { return nil, refused })
	if _, gone := os.Stat(path); !errors.Is(err, refused) || !os.IsNotExist(gone) {
		t.Errorf("%v, and the file: %v", err, gone)
	}
}

// What cannot be read says why, and what to do.
func TestRead(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	if err := os.WriteFile(filepath.Join(home, "acme"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := Read("~/acme", 4); got != "text" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	for typed, want := range map[string]string{
		"~": "it is a directory: name the file in it", "~/none": "there is no such file", "/dev/zero": "it is not a file",
		"~/acme": "it has 4 bytes, more than the 3 that are read",
	} {
		if _, err := Read(typed, 3); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", typed, err, want)
		}
	}
}
