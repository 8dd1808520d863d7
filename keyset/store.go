package keyset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"vns3/internal/safefile"
)

// ErrExists is returned by Save where a keyset is there: it is generated or fetched once.
var ErrExists = errors.New("this controller has a keyset already: it is generated or fetched once; remove it on purpose first (vns3 keyset remove)")

// ErrNone is returned by Load and ChangeToken where there is no keyset.
var ErrNone = errors.New("this controller has no keyset: generate one, or fetch it from another controller")

// Store is the keyset of a controller and the verifier of its token: two files of mode 0600 in a
// directory of mode 0700 of their own. Its methods may be called at the same time.
type Store struct {
	dir string
	mu  sync.Mutex
}

// NewStore returns the store inside the data directory. It touches nothing yet.
func NewStore(dataDir string) *Store { return &Store{dir: filepath.Join(dataDir, "keys")} }

// Dir is the directory of the store's files.
func (s *Store) Dir() string { return s.dir }

func (s *Store) keysetFile() string { return filepath.Join(s.dir, "keyset") }
func (s *Store) tokenFile() string  { return filepath.Join(s.dir, "token") }

// Load reads keyset and verifier. The error is ErrNone where there is no keyset; it wraps a *FormatError
// where the file is damaged and a *safefile.ModeError where others may read it. With the error
// *TokenDamaged the keyset is returned all the same.
func (s *Store) Load() (*Keyset, TokenVerifier, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, err := s.read(s.keysetFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, TokenVerifier{}, ErrNone
	}
	if err != nil {
		return nil, TokenVerifier{}, fmt.Errorf("read keyset: %w", err)
	}
	k, err := Decode(data)
	if err != nil {
		return nil, TokenVerifier{}, fmt.Errorf("read keyset %s: %w", s.keysetFile(), err)
	}
	v, err := s.loadToken()
	return k, v, err
}

// TokenDamaged says that a keyset is whole but the verifier of its token is not: everything works except
// that others cannot fetch from here.
type TokenDamaged struct {
	Path string
	Err  error
}

// Error names path, reason and remedy.
func (e *TokenDamaged) Error() string {
	return fmt.Sprintf("read security token %s: %v: set a new one (vns3 keyset change-token)", e.Path, e.Err)
}

// Unwrap returns the cause.
func (e *TokenDamaged) Unwrap() error { return e.Err }

func (s *Store) loadToken() (TokenVerifier, error) {
	data, err := s.read(s.tokenFile())
	if err != nil {
		return TokenVerifier{}, &TokenDamaged{s.tokenFile(), err}
	}
	v, err := decodeToken(data)
	if err != nil {
		return TokenVerifier{}, &TokenDamaged{s.tokenFile(), err}
	}
	return v, nil
}

// read refuses files, and directories, that others than their owner can reach.
func (s *Store) read(path string) ([]byte, error) {
	info, err := os.Stat(s.dir)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, &safefile.ModeError{Path: s.dir, Mode: mode, Want: 0o700}
	}
	return safefile.Read(path)
}

// Exists reports whether a keyset is there, whole or not.
func (s *Store) Exists() bool {
	_, err := os.Lstat(s.keysetFile())
	return err == nil
}

// New is a keyset to save.
type New struct {
	Keyset *Keyset
	Token  TokenVerifier
	// Before, if set, puts on disk what must be there before the keyset is: the license. It runs when
	// it is certain that there is no keyset; its error ends Save with nothing saved.
	Before func() error
}

// Save keeps a new keyset. It is there whole or not at all, whenever the power fails. Where one is there
// already the error is ErrExists and nothing changes.
func (s *Store) Save(n New) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Exists() {
		return ErrExists
	}
	if n.Before != nil {
		if err := n.Before(); err != nil {
			return err
		}
	}
	if err := safefile.Write(s.tokenFile(), n.Token.encode()); err != nil {
		return fmt.Errorf("save security token: %w", err)
	}
	err := safefile.Create(s.keysetFile(), n.Keyset.Encode())
	if errors.Is(err, safefile.ErrExists) {
		return ErrExists
	}
	if err != nil {
		return fmt.Errorf("save keyset: %w", err)
	}
	return nil
}

// ChangeToken protects the fetch by another token; no key changes. The error is ErrNone where there is
// no keyset.
func (s *Store) ChangeToken(v TokenVerifier) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.Exists() {
		return ErrNone
	}
	if err := safefile.Write(s.tokenFile(), v.encode()); err != nil {
		return fmt.Errorf("change security token: %w", err)
	}
	return nil
}

// Remove deletes keyset and verifier. Where there is none it does nothing.
func (s *Store) Remove() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := errors.Join(safefile.Remove(s.keysetFile()), safefile.Remove(s.tokenFile())); err != nil {
		return fmt.Errorf("remove keyset: %w", err)
	}
	return nil
}
