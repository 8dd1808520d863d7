package keyset

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"vns3/internal/safefile"
)

func verifier(t testing.TB, salt byte) TokenVerifier {
	t.Helper()
	v, err := Stretch("lusab-babad-gutih", [SaltSize]byte{salt}, FloorCost)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// saved is a store with a keyset in it.
func saved(t *testing.T) (*Store, New) {
	t.Helper()
	s := NewStore(t.TempDir())
	n := New{Keyset: example(t), Token: verifier(t, 1)}
	if err := s.Save(n); err != nil {
		t.Fatal(err)
	}
	return s, n
}

// Proves that a keyset is kept, with the right modes, and that nothing else is left beside it.
func TestStore(t *testing.T) {
	s, n := saved(t)
	k, v, err := s.Load()
	if err != nil || !reflect.DeepEqual(k, n.Keyset) || v != n.Token {
		t.Errorf("loaded %v, %v, %v", k, v, err)
	}
	modes := map[string]fs.FileMode{s.Dir(): 0o700}
	entries, err := os.ReadDir(s.Dir())
	if err != nil || len(entries) != 2 {
		t.Errorf("%v, %v: want two files", entries, err)
	}
	for _, e := range entries {
		modes[filepath.Join(s.Dir(), e.Name())] = 0o600
	}
	for path, want := range modes {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want mode %o", path, info.Mode(), err, want)
		}
	}
	if err := s.Remove(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Load(); !errors.Is(err, ErrNone) {
		t.Errorf("after Remove: %v, want %v", err, ErrNone)
	}
	if err := s.Remove(); err != nil {
		t.Errorf("removing nothing: %v", err)
	}
	if err := s.ChangeToken(verifier(t, 2)); !errors.Is(err, ErrNone) {
		t.Errorf("a token without a keyset: %v, want %v", err, ErrNone)
	}
}

// Proves that a keyset is never overwritten, not even by one saved at the same time by another process.
func TestStoreNeverOverwrites(t *testing.T) {
	dir := t.TempDir()
	const rivals = 8
	results := make(chan error, rivals)
	var wg sync.WaitGroup
	for i := range rivals {
		s := NewStore(dir) // a store of its own shares no lock, like another process
		wg.Go(func() { results <- s.Save(New{Keyset: example(t), Token: verifier(t, byte(i))}) })
	}
	wg.Wait()
	won := 0
	for range rivals {
		if err := <-results; err == nil {
			won++
		} else if !errors.Is(err, ErrExists) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d saves won, want one", won)
	}
}

// Proves that what must be there before the keyset decides whether the keyset comes to be there.
func TestStoreBefore(t *testing.T) {
	s := NewStore(t.TempDir())
	broken := errors.New("no license")
	n := New{Keyset: example(t), Token: verifier(t, 1), Before: func() error { return broken }}
	if err := s.Save(n); !errors.Is(err, broken) || s.Exists() {
		t.Errorf("saved with %v, exists %v", err, s.Exists())
	}
	ran := false
	n.Before = func() error { ran = true; return nil }
	if err := s.Save(n); err != nil || !ran {
		t.Errorf("saved with %v, ran %v", err, ran)
	}
	n.Before = func() error { t.Error("ran although a keyset is there"); return nil }
	if err := s.Save(n); !errors.Is(err, ErrExists) {
		t.Errorf("saved again with %v, want %v", err, ErrExists)
	}
}

// Proves that a new token changes no key.
func TestStoreChangeToken(t *testing.T) {
	s, n := saved(t)
	next := verifier(t, 2)
	if err := s.ChangeToken(next); err != nil {
		t.Fatal(err)
	}
	k, v, err := s.Load()
	if err != nil || v != next || !reflect.DeepEqual(k, n.Keyset) {
		t.Errorf("loaded %v, %v, %v", k, v, err)
	}
}

// Proves that files which others can reach are refused, with the command that helps.
func TestStoreRefusesOpenModes(t *testing.T) {
	for name, mode := range map[string]fs.FileMode{"keyset": 0o640, "token": 0o604, ".": 0o755} {
		s, _ := saved(t)
		path := filepath.Join(s.Dir(), name)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		var open *safefile.ModeError
		if _, _, err := s.Load(); !errors.As(err, &open) || !strings.Contains(err.Error(), "chmod") {
			t.Errorf("%s with mode %o: %v, want a refusal with a remedy", name, mode, err)
		}
	}
}

// Proves that a damaged file is named, and that a damaged token does not take the keys away.
func TestStoreDamage(t *testing.T) {
	s, _ := saved(t)
	if err := os.WriteFile(filepath.Join(s.Dir(), "token"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	var token *TokenDamaged
	if k, _, err := s.Load(); k == nil || !errors.As(err, &token) {
		t.Errorf("loaded %v, %v; want the keys and %T", k, err, token)
	}
	path := filepath.Join(s.Dir(), "keyset")
	if err := os.WriteFile(path, []byte("vns3 keyset 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	var format *FormatError
	if _, _, err := s.Load(); !errors.As(err, &format) || !strings.Contains(err.Error(), path) {
		t.Errorf("loaded with %v, want %T and the path", err, format)
	}
	if err := s.Save(New{Keyset: example(t), Token: verifier(t, 1)}); !errors.Is(err, ErrExists) {
		t.Errorf("a damaged keyset was overwritten: %v", err)
	}
}
