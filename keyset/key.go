package keyset

import (
	"crypto/ecdh"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
)

// KeySize is the size of every key, in bytes.
const KeySize = 32

// redacted stands wherever a secret would be printed.
const redacted = "(secret)"

// Secret is 32 secret bytes. It prints as "(secret)" by every verb of fmt, in slog and in JSON;
// Base64 and Hex reveal it on purpose. Keep it out of unexported fields of what is printed: there fmt does
// not see its methods.
type Secret [KeySize]byte

// PrivateKey is an X25519 private key, clamped as WireGuard wants it.
type PrivateKey = Secret

// PublicKey is an X25519 public key.
type PublicKey [KeySize]byte

// KeyPair is a WireGuard identity.
type KeyPair struct {
	Private PrivateKey
	Public  PublicKey
}

// Base64 reveals the secret as wg(8) writes keys.
func (s Secret) Base64() string { return base64.StdEncoding.EncodeToString(s[:]) }

// Hex reveals the secret as the WireGuard configuration protocol writes keys.
func (s Secret) Hex() string { return hex.EncodeToString(s[:]) }

// String does not reveal the secret.
func (s Secret) String() string { return redacted }

// Format does not reveal the secret, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue does not reveal the secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText does not reveal the secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Base64 is the key as wg(8) writes it.
func (k PublicKey) Base64() string { return base64.StdEncoding.EncodeToString(k[:]) }

// Hex is the key as the WireGuard configuration protocol writes it.
func (k PublicKey) Hex() string { return hex.EncodeToString(k[:]) }

// String is Base64.
func (k PublicKey) String() string { return k.Base64() }

// MarshalText is Base64.
func (k PublicKey) MarshalText() ([]byte, error) { return []byte(k.Base64()), nil }

// UnmarshalText reads Base64.
func (k *PublicKey) UnmarshalText(text []byte) error {
	raw, err := base64.StdEncoding.Strict().DecodeString(string(text))
	if err != nil || len(raw) != KeySize {
		return fmt.Errorf("a public key is %d bytes in base64, this is not: %.60q", KeySize, text)
	}
	copy(k[:], raw)
	return nil
}

// pair makes an identity from 32 random bytes.
func pair(seed Secret) KeyPair {
	seed[0] &= 248
	seed[31] = seed[31]&127 | 64
	private, err := ecdh.X25519().NewPrivateKey(seed[:])
	if err != nil {
		panic("keyset: X25519 refuses 32 bytes: " + err.Error()) // it accepts any
	}
	return KeyPair{Private: seed, Public: PublicKey(private.PublicKey().Bytes())}
}
