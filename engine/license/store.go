package license

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"vns3/internal/safefile"
	"vns3/overlay"
	"vns3/status/figures"
)

// Store keeps the license in the data directory. Its methods may be called at the same time.
type Store struct {
	path    string
	mu      sync.Mutex
	trusted []string
	state   State
}

// Open reads the license in the data directory. A missing one is no error, and a damaged one neither:
// it is the Problem of the state, because a running mesh must go on. trusted are the verifier keys of the
// configuration; if there are some, nobody else is trusted.
func Open(dataDir string, trusted []string) *Store {
	s := &Store{path: filepath.Join(dataDir, "license.json"), trusted: trusted}
	f, err := s.read()
	if errors.Is(err, fs.ErrNotExist) {
		return s
	}
	if err != nil {
		s.state = State{Present: true, Problem: fmt.Errorf("read license: %w", err)}
		return s
	}
	s.state = s.evaluate(f)
	return s
}

func (s *Store) read() (file, error) {
	data, err := safefile.Read(s.path)
	if err != nil {
		return file{}, err
	}
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return file{}, fmt.Errorf("%s is damaged: %w: install the license again", s.path, err)
	}
	if f.Version != fileVersion {
		return file{}, fmt.Errorf("%s has format %d, and this vns3 reads format %d: use the vns3 that wrote it", s.path, f.Version, fileVersion)
	}
	return f, nil
}

// State returns the license as it is now.
func (s *Store) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Trust replaces the verifier keys of the configuration.
func (s *Store) Trust(trusted []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trusted = trusted
	if s.state.Present && s.state.License.Text != "" {
		s.state = s.evaluate(s.state.file())
	}
}

// Install installs a license. The first one pins its signer, unless the configuration names whom to
// trust. Once parameters are set for good the error is ErrFinalized.
func (s *Store) Install(text string, now time.Time) (State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.Finalized {
		return State{}, ErrFinalized
	}
	l, err := Parse(text, s.verifiers(s.state.Pinned))
	if err != nil {
		return State{}, err
	}
	return s.save(file{Text: l.Text, UploadedAt: now, Pinned: pin(s.state.Pinned, l)})
}

// Upgrade replaces the license by one with more. Parameters that were set for good grow.
func (s *Store) Upgrade(text string, now time.Time) (Growth, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.state.Present {
		return Growth{}, ErrUnlicensed
	}
	next, err := Parse(text, s.verifiers(s.state.Pinned))
	if err != nil {
		return Growth{}, err
	}
	growth, err := s.growth(next)
	if err != nil {
		return Growth{}, err
	}
	f := file{Text: next.Text, UploadedAt: now, Pinned: pin(s.state.Pinned, next)}
	if s.state.Finalized {
		f.Parameters = &growth.Parameters
	}
	_, err = s.save(f)
	return growth, err
}

// growth is Upgrade where the installed license can be read; else what is in use must fit the next one.
func (s *Store) growth(next License) (Growth, error) {
	in, old := s.state.Parameters, s.state.License
	if old.Controllers > 0 {
		growth, err := Upgrade(old, next, in)
		if err == nil && !s.state.Finalized { // addresses of the next license's own may still come into use
			growth = Growth{next.Default, next.Default.Controllers[len(in.Controllers):], next.Default.Clients[len(in.Clients):]}
		}
		return growth, err
	}
	if len(in.Controllers) == 0 {
		return Growth{Parameters: next.Default}, nil
	}
	if len(in.Controllers) > next.Controllers || len(in.Clients) > next.Clientpacks {
		return Growth{}, &UpgradeError{fmt.Sprintf("%s and %s are in use, it allows %d and %d",
			figures.Count(len(in.Controllers), "controller"), figures.Count(len(in.Clients), "clientpack"), next.Controllers, next.Clientpacks)}
	}
	return grow(in, next.Terms)
}

// SetParameters sets the overlay parameters for good: custom ones, or with nil the license's default.
// Custom ones may have fewer controllers and clientpacks than the license allows, not more.
func (s *Store) SetParameters(custom *overlay.Parameters) (State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.state.Present:
		return State{}, ErrUnlicensed
	case s.state.Finalized:
		return State{}, ErrFinalized
	case s.state.Problem != nil:
		return State{}, s.state.Problem
	}
	p := s.state.License.Default
	if custom != nil {
		p = *custom
		if err := checkParameters(p, s.state.License.Terms); err != nil {
			return State{}, err
		}
	}
	f := s.state.file()
	f.Parameters = &p
	return s.save(f)
}

func checkParameters(p overlay.Parameters, t Terms) error {
	if err := p.Validate(); err != nil {
		return fmt.Errorf("overlay parameters: %w", err)
	}
	if len(p.Controllers) > t.Controllers || len(p.Clients) > t.Clientpacks {
		return fmt.Errorf("overlay parameters: %s and %s are more than the license allows (%d and %d): name fewer, or upgrade the license first",
			figures.Count(len(p.Controllers), "controller"), figures.Count(len(p.Clients), "clientpack"), t.Controllers, t.Clientpacks)
	}
	return nil
}

// Adoption is the license that came with a fetched keyset.
type Adoption struct {
	Text       string
	Verifiers  []string // pinned here
	Parameters overlay.Parameters
	Finalized  bool
}

// Adopt replaces whatever license is here by that of the topology whose keyset was fetched.
func (s *Store) Adopt(a Adoption, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, err := Parse(a.Text, s.verifiers(a.Verifiers))
	if err != nil {
		return err
	}
	f := file{Text: l.Text, UploadedAt: now, Pinned: pin(a.Verifiers, l)}
	if a.Finalized {
		if err := checkParameters(a.Parameters, l.Terms); err != nil {
			return err
		}
		f.Parameters = &a.Parameters
	}
	_, err = s.save(f)
	return err
}

// verifiers returns whom to trust: the configuration's, else those pinned.
func (s *Store) verifiers(pinned []string) []string {
	if len(s.trusted) > 0 {
		return s.trusted
	}
	return pinned
}

// pin returns the verifiers with that of l, if it is new.
func pin(verifiers []string, l License) []string {
	if l.Verifier == "" || slices.Contains(verifiers, l.Verifier) {
		return verifiers
	}
	return append(slices.Clone(verifiers), l.Verifier)
}

func (s *Store) save(f file) (State, error) {
	f.Version = fileVersion
	data, err := json.Marshal(f)
	if err == nil {
		err = safefile.Write(s.path, data)
	}
	if err != nil {
		return State{}, fmt.Errorf("save license: %w", err)
	}
	s.state = s.evaluate(f)
	return s.state, nil
}
