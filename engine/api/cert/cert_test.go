package cert_test

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vns3/engine/api/cert"
)

func leaf(t *testing.T, s *cert.Source) *x509.Certificate {
	t.Helper()
	c, err := s.Get(nil)
	if err != nil {
		t.Fatal(err)
	}
	return c.Leaf
}

func source(t *testing.T, o cert.Options) *cert.Source {
	t.Helper()
	s, err := cert.NewSource(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The key is made once, kept with mode 0600, and used again.
func TestKeyIsKept(t *testing.T) {
	dir := t.TempDir()
	first := leaf(t, source(t, cert.Options{Dir: dir}))
	again := leaf(t, source(t, cert.Options{Dir: dir}))
	if cert.Fingerprint(first) != cert.Fingerprint(again) {
		t.Error("a restart made another key")
	}
	if info, err := os.Stat(filepath.Join(dir, "api-key.pem")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("api-key.pem: %v, %v: want mode 0600", info, err)
	}
	if err := first.CheckSignature(first.SignatureAlgorithm, first.RawTBSCertificate, first.Signature); err != nil {
		t.Errorf("without a keyset it is not self-signed: %v", err)
	}
}

// With a keyset, controllers of one topology know each other's certificates and no others; the pinned
// key stays.
func TestAuthority(t *testing.T) {
	seed, present := cert.Seed{1}, false
	dir := t.TempDir()
	s := source(t, cert.Options{Dir: dir, Authority: func() (cert.Seed, bool) { return seed, present }})
	before := leaf(t, s)
	if cert.SignedBy(before, seed) {
		t.Error("signed by an authority without a keyset")
	}
	present = true
	after := leaf(t, s)
	if !cert.SignedBy(after, seed) {
		t.Error("not signed by the topology's authority")
	}
	if cert.SignedBy(after, cert.Seed{2}) {
		t.Error("another topology's authority signed it")
	}
	if cert.Fingerprint(before) != cert.Fingerprint(after) {
		t.Error("the key changed with the keyset")
	}
	other := source(t, cert.Options{Dir: t.TempDir(), Authority: func() (cert.Seed, bool) { return seed, true }})
	if !cert.SignedBy(leaf(t, other), seed) {
		t.Error("another controller of the topology is not known")
	}
}

// A certificate is made anew long before it ends.
func TestRenewal(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := source(t, cert.Options{Dir: t.TempDir(), Now: func() time.Time { return now }})
	first := leaf(t, s)
	if leaf(t, s) != first {
		t.Error("made anew for every connection")
	}
	now = first.NotAfter.Add(-24 * time.Hour)
	if second := leaf(t, s); !second.NotAfter.After(first.NotAfter) {
		t.Error("not made anew a day before its end")
	}
}

// A damaged key, or a configured certificate that is not there, is an error that names the file.
func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "api-key.pem"), []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := cert.NewSource(cert.Options{Dir: dir}); err == nil {
		t.Error("a damaged key was accepted")
	}
	if _, err := cert.NewSource(cert.Options{CertFile: filepath.Join(dir, "none.pem"), KeyFile: filepath.Join(dir, "none.key")}); err == nil {
		t.Error("a configured certificate that is not there was accepted")
	}
}
