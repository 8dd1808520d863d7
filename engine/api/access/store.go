package access

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"vns3/control"
	"vns3/status"
)

// Names of the users.
const (
	APIUser         = "api"
	DefaultUserName = "vnscubed" // of the second user, as the product has it
)

const (
	fileName    = "access.json"
	fileVersion = 1
)

// Options says where the store lives.
type Options struct {
	Dir          string // data directory; access.json is in it
	PasswordFile string // [api] password_file: the API password is the first line of it; empty: kept here
	Now          func() time.Time
	Random       io.Reader          // nil: crypto/rand
	Events       func(status.Event) // failed logins and changes; nil: nobody listens
	Cost         Cost               // of a password hash; zero: DefaultCost
}

// Store is the users and tokens of one controller. It is safe for concurrent use.
type Store struct {
	o        Options
	verifier *verifier

	mu      sync.Mutex
	file    file
	initial string // the random password, while it may be shown
}

// file is access.json.
type file struct {
	Version int     `json:"version"`
	API     user    `json:"api"`
	Second  user    `json:"second_user"`
	Tokens  []token `json:"tokens"`
	NextID  int     `json:"next_token_id"`
}

type user struct {
	Name    string `json:"name"`
	Hash    string `json:"hash"` // PHC string; empty: no password was set
	Enabled bool   `json:"enabled"`
}

// Open reads the store, or makes a new one with a random API password.
func Open(o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Events == nil {
		o.Events = func(status.Event) {}
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	o.Cost = cmp.Or(o.Cost, DefaultCost)
	s := &Store{o: o, verifier: newVerifier(o.Now)}
	if err := s.load(); err != nil {
		return nil, err
	}
	if o.PasswordFile != "" {
		hash, err := s.hashOfFile(o.PasswordFile)
		if err != nil {
			return nil, err
		}
		s.file.API.Hash = hash
	}
	return s, s.firstPassword()
}

func (s *Store) load() error {
	path := filepath.Join(s.o.Dir, fileName)
	s.file = file{
		Version: fileVersion, NextID: 1,
		API: user{Name: APIUser, Enabled: true}, Second: user{Name: DefaultUserName},
	}
	body, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(body, &s.file)
	}
	if err == nil && s.file.Version != fileVersion {
		err = fmt.Errorf("it has version %d, this program knows %d", s.file.Version, fileVersion)
	}
	if err != nil {
		return fmt.Errorf("read users and tokens from %s: %w: restore the file, or move it away to begin with a new password", path, err)
	}
	return nil
}

// UsePasswordFile takes the API password from another file, or from the same one again. Without a file
// the password stays and is kept here. After an error nothing has changed.
func (s *Store) UsePasswordFile(path string) error {
	hash := ""
	if path != "" {
		var err error
		if hash, err = s.hashOfFile(path); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	next, before := s.file, s.o.PasswordFile
	if path != "" {
		next.API.Hash = hash
	}
	s.o.PasswordFile = path
	if err := s.save(next); err != nil {
		s.o.PasswordFile = before
		return err
	}
	s.file, s.initial = next, ""
	return nil
}

// passwordFile is where the API password is read from; empty: it is kept here.
func (s *Store) passwordFile() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.o.PasswordFile
}

// hashOfFile hashes the password in a file. It is hashed anew at each start, so that the file is the
// only truth.
func (s *Store) hashOfFile(path string) (string, error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the API password: %w: correct [api] password_file", err)
	}
	password, _, _ := strings.Cut(string(body), "\n")
	password = strings.TrimSuffix(password, "\r")
	if err := checkPassword(password); err != nil {
		return "", fmt.Errorf("the first line of %s is no API password: %w", path, err)
	}
	return hashPassword(s.o.Cost, s.o.Random, password), nil
}

// firstPassword gives a fresh controller a random password and says how to see it.
func (s *Store) firstPassword() error {
	if s.file.API.Hash != "" {
		return nil
	}
	s.initial = randomPassword(s.o.Random)
	s.file.API.Hash = hashPassword(s.o.Cost, s.o.Random, s.initial)
	if err := s.save(s.file); err != nil {
		return err
	}
	s.report("access.password_made", status.Info, "a random API password was made: the console shows it once, `vns3 access password` sets another")
	return nil
}

// Initial returns the random password that Open made, until it was used or changed. It is only in the
// memory of this process.
func (s *Store) Initial() (password string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.initial, s.initial != ""
}

// change carries out an edit of the file: all of it is on disk, or nothing has changed.
func (s *Store) change(edit func(*file) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.file
	next.Tokens = append([]token(nil), s.file.Tokens...)
	if err := edit(&next); err != nil {
		return err
	}
	if err := s.save(next); err != nil {
		return &control.Error{Kind: control.Internal, What: "users and tokens", Reason: err.Error(), Remedy: "look at the space and permissions of the data directory"}
	}
	s.file = next
	return nil
}

// save writes the file whole: to a new one beside it, then renamed.
func (s *Store) save(f file) error {
	if s.o.PasswordFile != "" {
		f.API.Hash = "" // the password file is the only place that has it
	}
	body, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(s.o.Dir, fileName)
	if err := writeFile(path, append(body, '\n')); err != nil {
		return fmt.Errorf("write users and tokens to %s: %w", path, err)
	}
	return nil
}

// writeFile replaces path with a file of mode 0600, whole or not at all.
func writeFile(path string, body []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

func (s *Store) report(code string, severity status.Severity, text string) {
	s.o.Events(status.Event{At: s.o.Now(), Code: code, Severity: severity, Text: text})
}
