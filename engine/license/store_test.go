package license

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"vns3/overlay"
)

// Proves the life of a license: none, installed, its parameters set for good, upgraded; and that each of
// these states is there again after a restart.
func TestStoreLife(t *testing.T) {
	dir := t.TempDir()
	acme := newSigner(t, "acme")
	s := Open(dir, nil)
	restart := func() {
		t.Helper()
		before := s.State()
		s = Open(dir, nil)
		if got := s.State(); !reflect.DeepEqual(got, before) {
			t.Errorf("after a restart %+v, before %+v", got, before)
		}
	}
	if s.State().Present {
		t.Error("a new controller is licensed")
	}
	if _, err := s.SetParameters(nil); !errors.Is(err, ErrUnlicensed) {
		t.Errorf("parameters without a license: %v", err)
	}
	if _, err := s.Upgrade(acme.issue(t, terms()), now); !errors.Is(err, ErrUnlicensed) {
		t.Errorf("an upgrade without a license: %v", err)
	}
	restart()
	if _, err := s.Install(acme.issue(t, terms()), now); err != nil {
		t.Fatal(err)
	}
	if st := s.State(); !st.Present || st.Finalized || st.UploadedAt != now || len(st.Parameters.Controllers) != 4 {
		t.Errorf("installed: %+v", st)
	}
	restart()
	if _, err := s.SetParameters(nil); err != nil {
		t.Fatal(err)
	}
	if st := s.State(); !st.Finalized || st.Custom {
		t.Errorf("default parameters set: %+v", st)
	}
	restart()
	for what, err := range map[string]error{
		"parameters": func() error { _, err := s.SetParameters(nil); return err }(),
		"a license":  func() error { _, err := s.Install(acme.issue(t, terms()), now); return err }(),
	} {
		if !errors.Is(err, ErrFinalized) {
			t.Errorf("%s again: %v, want %v", what, err, ErrFinalized)
		}
	}
	more := terms()
	more.Controllers, more.Clientpacks = 5, 60
	growth, err := s.Upgrade(acme.issue(t, more), now)
	if err != nil {
		t.Fatal(err)
	}
	if st := s.State(); len(growth.Controllers) != 1 || len(growth.Clients) != 10 || len(st.Parameters.Clients) != 60 || st.Custom {
		t.Errorf("upgraded by %v and %v to %+v", growth.Controllers, growth.Clients, st)
	}
	restart()
	if info, err := os.Stat(filepath.Join(dir, "license.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
}

// Proves that custom parameters stay within the license.
func TestSetCustomParameters(t *testing.T) {
	s := Open(t.TempDir(), nil)
	if _, err := s.Install(newSigner(t, "acme").issue(t, terms()), now); err != nil {
		t.Fatal(err)
	}
	layout := func(controllers, packs int) *overlay.Parameters {
		p, err := overlay.Default(netip.MustParsePrefix("10.9.0.0/16"), controllers, packs)
		if err != nil {
			t.Fatal(err)
		}
		return &p
	}
	twice := layout(3, 20)
	twice.VIP = twice.Clients[0]
	for name, p := range map[string]*overlay.Parameters{"controllers": layout(5, 10), "packs": layout(2, 51), "an address twice": twice, "nothing": {}} {
		if _, err := s.SetParameters(p); err == nil || s.State().Finalized {
			t.Errorf("%s: set with %v", name, err)
		}
	}
	st, err := s.SetParameters(layout(3, 20))
	if err != nil || !st.Custom || !equal(st.Parameters, *layout(3, 20)) {
		t.Errorf("set %+v, %v", st, err)
	}
}

// Proves that the first license pins its signer, and that the configuration prevails over pins.
func TestTrust(t *testing.T) {
	acme, mallory := newSigner(t, "acme"), newSigner(t, "mallory")
	s := Open(t.TempDir(), nil)
	if _, err := s.Install(acme.issue(t, terms()), now); err != nil {
		t.Fatal(err)
	}
	if got := s.State().Pinned; !reflect.DeepEqual(got, []string{acme.verifier}) {
		t.Errorf("pinned %v, want acme", got)
	}
	var foreign *ForeignError
	for what, err := range map[string]error{
		"install": func() error { _, err := s.Install(mallory.issue(t, terms()), now); return err }(),
		"upgrade": func() error { _, err := s.Upgrade(mallory.issue(t, terms()), now); return err }(),
	} {
		if !errors.As(err, &foreign) {
			t.Errorf("%s by another signer: %v, want %T", what, err, foreign)
		}
	}
	s.Trust([]string{mallory.verifier})
	if st := s.State(); !errors.As(st.Problem, &foreign) || len(st.Parameters.Controllers) != 4 {
		t.Errorf("no longer trusted: problem %v, parameters %v; want the problem, and the parameters kept", st.Problem, st.Parameters)
	}
	if _, err := s.SetParameters(nil); !errors.As(err, &foreign) {
		t.Errorf("parameters of an untrusted license: %v", err)
	}
	if _, err := s.Upgrade(mallory.issue(t, terms()), now); err != nil || s.State().Problem != nil {
		t.Errorf("a license of whom the configuration trusts: %v, %v", err, s.State().Problem)
	}
}

// Proves that damage of the file is a problem to tell, never a reason not to start, and that an upgrade
// repairs it without taking from what is in use.
func TestStoreDamage(t *testing.T) {
	acme := newSigner(t, "acme")
	broken := func(spoil func(string) string) (*Store, string) {
		dir := t.TempDir()
		s := Open(dir, nil)
		if _, err := s.Install(acme.issue(t, terms()), now); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SetParameters(nil); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "license.json")
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(spoil(string(data))), 0o600); err != nil {
			t.Fatal(err)
		}
		return Open(dir, nil), path
	}
	for name, spoil := range map[string]func(string) string{
		"cut":     func(s string) string { return s[:len(s)/2] },
		"version": func(s string) string { return strings.Replace(s, `"version":1`, `"version":2`, 1) },
	} {
		s, path := broken(spoil)
		if st := s.State(); !st.Present || st.Problem == nil || !strings.Contains(st.Problem.Error(), path) {
			t.Errorf("%s: %+v, want a problem that names the file", name, st)
		}
		if _, err := s.Upgrade(acme.issue(t, terms()), now); err != nil {
			t.Errorf("%s: a whole license: %v", name, err)
		}
	}
	s, _ := broken(func(s string) string { return strings.Replace(s, "controllers: 4", "controllers: 5", 1) })
	var damaged *DamagedError
	if st := s.State(); !errors.As(st.Problem, &damaged) || !st.Finalized || len(st.Parameters.Controllers) != 4 {
		t.Errorf("damaged text: %+v, want the parameters in use kept", st)
	}
	fewer := terms()
	fewer.Controllers = 3
	if _, err := s.Upgrade(acme.issue(t, fewer), now); err == nil {
		t.Error("a license took controllers away that are in use")
	}
	if _, err := s.Upgrade(acme.issue(t, terms()), now); err != nil || s.State().Problem != nil {
		t.Errorf("the whole license again: %v, %v", err, s.State().Problem)
	}
}

// Proves that a license that came with a keyset replaces whatever was here, and pins what came with it.
func TestAdopt(t *testing.T) {
	acme, other := newSigner(t, "acme"), newSigner(t, "other")
	s := Open(t.TempDir(), nil)
	if _, err := s.Install(Community().Text, now); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetParameters(nil); err != nil {
		t.Fatal(err)
	}
	in, err := overlay.Default(subnet, 4, 50)
	if err != nil {
		t.Fatal(err)
	}
	a := Adoption{Text: acme.issue(t, terms()), Verifiers: []string{acme.verifier}, Parameters: in, Finalized: true}
	if err := s.Adopt(a, now); err != nil {
		t.Fatal(err)
	}
	if st := s.State(); st.License.Signer != "acme" || !st.Finalized || !equal(st.Parameters, in) || !reflect.DeepEqual(st.Pinned, a.Verifiers) {
		t.Errorf("adopted %+v", st)
	}
	before := s.State()
	a.Verifiers = []string{other.verifier}
	if err := s.Adopt(a, now); err == nil || !reflect.DeepEqual(s.State(), before) {
		t.Errorf("adopted a license that its verifiers do not verify: %v", err)
	}
	a.Verifiers, a.Parameters.Controllers = nil, nil
	if err := s.Adopt(a, now); err == nil || !reflect.DeepEqual(s.State(), before) {
		t.Errorf("adopted parameters that cannot be: %v", err)
	}
}
