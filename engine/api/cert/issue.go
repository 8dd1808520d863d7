package cert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"math/big"
	"time"
)

// Seed is a key derived from the keyset, from which the authority of a topology is made.
type Seed = [32]byte

// validity of a certificate. Nobody checks dates against a pinned or topology-signed one; strangers'
// tools may, and some refuse more than 825 days.
const validity = 800 * 24 * time.Hour

// authority is the key that signs the certificates of a topology. ECDSA P-256, because every TLS
// library knows it.
func authority(seed Seed) (*ecdsa.PrivateKey, error) {
	for try := range 8 { // a draw is no scalar of P-256 once in 2³²
		raw, err := hkdf.Key(sha256.New, seed[:], nil, fmt.Sprintf("vns3 certificate authority %d", try), 32)
		if err != nil {
			return nil, err
		}
		if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw); err == nil {
			return key, nil
		}
	}
	return nil, fmt.Errorf("the seed gives no key")
}

// issue makes a certificate for key: signed by the authority of the seed, or by itself.
func issue(key *ecdsa.PrivateKey, seed Seed, signed bool, now time.Time) (*tls.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	leaf := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "vns3 controller"},
		DNSNames:     []string{"vns3"},
		NotBefore:    now.Add(-time.Hour), NotAfter: now.Add(validity),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	parent, signer := leaf, key
	if signed {
		if signer, err = authority(seed); err != nil {
			return nil, err
		}
		parent = &x509.Certificate{Subject: pkix.Name{CommonName: "vns3 topology"}}
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, fmt.Errorf("make the API's certificate: %w", err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: parsed}, nil
}

// SignedBy reports whether the authority made from seed signed the certificate: another controller of
// this topology shows it. Its names and dates do not matter.
func SignedBy(c *x509.Certificate, seed Seed) bool {
	key, err := authority(seed)
	if err != nil {
		return false
	}
	ca := &x509.Certificate{PublicKey: &key.PublicKey, PublicKeyAlgorithm: x509.ECDSA}
	return ca.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// Fingerprint is SHA-256 over the public key in hexadecimal: what is pinned. It stays the same when
// the certificate is signed again.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}
