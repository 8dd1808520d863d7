// Package cert makes the certificates of the HTTPS listener and judges those of other controllers. It
// opens no connection.
//
// A controller's certificate is self-signed until it has a keyset. From then on it is signed by an
// authority that every controller of the topology derives from the keyset, so they trust each other
// without asking anybody; a stranger pins the public key on first use. The key is made once and kept,
// so the pin outlives every signing. A certificate and key in the configuration replace all of this.
package cert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const keyFile = "api-key.pem"

// Options says where certificates come from.
type Options struct {
	CertFile, KeyFile string              // [api] tls_cert and tls_key; empty: made here
	Dir               string              // data directory: the key made here is kept in it, mode 0600
	Authority         func() (Seed, bool) // the keyset's seed; false or nil: no keyset, self-signed
	Now               func() time.Time    // nil: time.Now
}

// Source gives the listener its certificate. It is safe for concurrent use.
type Source struct {
	o Options

	mu         sync.Mutex
	configured *tls.Certificate
	key        *ecdsa.PrivateKey // nil until it is needed
	current    *tls.Certificate
	seed       Seed
	signed     bool // by the authority of seed
	renewAt    time.Time
}

// NewSource reads the configured certificate, or reads or makes the key of this controller.
func NewSource(o Options) (*Source, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Authority == nil {
		o.Authority = func() (Seed, bool) { return Seed{}, false }
	}
	s := &Source{o: o}
	if err := s.Use(o.CertFile, o.KeyFile); err != nil {
		return nil, err
	}
	return s, nil
}

// Use replaces the configured certificate, or reads the same files again; without files certificates
// are made here. It shows in the next handshake. After an error nothing has changed.
func (s *Source) Use(certFile, privateFile string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if certFile != "" || privateFile != "" {
		pair, err := tls.LoadX509KeyPair(certFile, privateFile)
		if err != nil {
			return fmt.Errorf("read the API's certificate: %w: correct [api] tls_cert and tls_key", err)
		}
		s.configured = &pair
		return nil
	}
	if s.key == nil {
		key, err := loadKey(filepath.Join(s.o.Dir, keyFile))
		if err != nil {
			return err
		}
		s.key = key
	}
	s.configured = nil
	return nil
}

// Get is for tls.Config.GetCertificate. A new keyset shows in the next handshake.
func (s *Source) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	seed, signed := s.o.Authority()
	now := s.o.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.configured != nil {
		return s.configured, nil
	}
	if s.current != nil && s.seed == seed && s.signed == signed && now.Before(s.renewAt) {
		return s.current, nil
	}
	made, err := issue(s.key, seed, signed, now)
	if err != nil {
		return nil, err
	}
	s.current, s.seed, s.signed, s.renewAt = made, seed, signed, now.Add(validity/2)
	return made, nil
}

// loadKey reads the key, or makes it where there is none.
func loadKey(path string) (*ecdsa.PrivateKey, error) {
	body, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the API's key: %w", err)
	}
	block, _ := pem.Decode(body)
	if block == nil {
		return nil, fmt.Errorf("read the API's key: %s holds no PEM block: move it away to have a new one made", path)
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read the API's key from %s: %w: move it away to have a new one made", path, err)
	}
	return key, nil
}

func makeKey(path string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the API's key: %w", err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("make the API's key: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("keep the API's key: %w", err)
	}
	err = pem.Encode(f, &pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(path)
		return nil, fmt.Errorf("keep the API's key in %s: %w", path, err)
	}
	return key, nil
}
