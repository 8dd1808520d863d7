// Package cert makes the certificates of the HTTPS listener and checks those of other controllers.
package cert

import (
	"crypto/tls"
	"crypto/x509"
	"time"
)

// Seed is a key derived from the keyset, from which the certificate authority of a topology is made.
type Seed = [32]byte

// Options says where certificates come from.
type Options struct {
	CertFile, KeyFile string              // [api] tls_cert and tls_key; empty: made here
	Dir               string              // data directory: the key made here is kept in it
	Authority         func() (Seed, bool) // false: no keyset, self-signed
	Now               func() time.Time
}

// Source gives the listener its certificate.
type Source struct{}

// NewSource reads or makes the key and certificate.
func NewSource(o Options) (*Source, error) { return &Source{}, nil }

// Get is for tls.Config.GetCertificate.
func (s *Source) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil }

// SignedBy reports whether the certificate was signed by the authority made from seed.
func SignedBy(c *x509.Certificate, seed Seed) bool { return false }

// Fingerprint is SHA-256 over the public key, hexadecimal: what is pinned. It stays when the
// certificate is signed again.
func Fingerprint(c *x509.Certificate) string { return "" }
