// Package keyset is all cryptographic material of a topology: one master secret, generated once, from
// which every key is derived; its checksum; its file; and the token under which others may fetch it.
// It never talks to a network and never prints a secret.
//
// # Derivation
//
// key = HKDF-Expand(SHA-256, master, label, 32), where label is four fields, each preceded by its length
// as 32 bits, big-endian: the text "vns3/1", the purpose (a text such as "controller"), the ID or index
// and the epoch, each as 32 bits, big-endian. X25519 keys are clamped. So peering needs only IDs and
// addresses, and more clientpacks need no new keyset.
//
// # Topology checksum
//
// The first 20 bytes of SHA-256 over these fields, each preceded by its length as 32 bits, big-endian:
// format version (one byte, 1), keyset UUID (text), public keys of controllers 1…9, the client-facing
// public key, standby public keys 1…9, overlay subnet (text such as "172.31.1.0/24"), the overlay address
// of each licensed controller in order of ID (4 bytes), VIP (4 bytes), the ASN of each licensed
// controller (32 bits, big-endian).
//
// # File
//
// The first line is "vns3 keyset 1 HEX", where 1 is the version of the format and HEX the SHA-256 of all
// that follows the line: a JSON object with uuid, created_at, topology, source, master (base64) and
// overlay.
package keyset

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
	"unicode"
	"unicode/utf8"

	"vns3/overlay"
)

// Generated is the Source of a keyset that was generated on this controller.
const Generated = "generated"

// MaxTopologyName is the longest name of a topology, in bytes.
const MaxTopologyName = 128

// Keyset is the keys of a topology. It is never changed after it was made.
type Keyset struct {
	UUID      string
	CreatedAt time.Time
	Topology  string             // name given when it was generated
	Overlay   overlay.Parameters // as they were then; an upgraded license may have more
	Source    string             // Generated, or the address it was fetched from

	// Two pointers: fmt follows one even in unexported fields, where it does not see Format.
	master **Secret
}

// GenerateOptions is what a keyset is generated from.
type GenerateOptions struct {
	Rand     io.Reader // nil: crypto/rand
	Now      time.Time
	Topology string
	Overlay  overlay.Parameters
}

// Generate makes the keyset of a new topology.
func Generate(o GenerateOptions) (*Keyset, error) {
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	var master Secret
	var id [16]byte
	for _, random := range [][]byte{master[:], id[:]} {
		if _, err := io.ReadFull(o.Rand, random); err != nil {
			return nil, fmt.Errorf("generate keyset: no random bytes: %w", err)
		}
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // RFC 9562, section 5.4: version 4, variant 10
	k := &Keyset{
		UUID:      fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:]),
		CreatedAt: o.Now.UTC().Truncate(time.Second), Topology: o.Topology, Overlay: o.Overlay, Source: Generated,
		master: hide(master),
	}
	if err := k.validate(); err != nil {
		return nil, fmt.Errorf("generate keyset: %w", err)
	}
	return k, nil
}

func hide(s Secret) **Secret {
	p := &s
	return &p
}

// From returns a copy of the keyset with another Source.
func (k *Keyset) From(source string) *Keyset {
	c := *k
	c.Source = source
	return &c
}

// Format does not reveal the master secret, whatever the verb.
func (k Keyset) Format(f fmt.State, _ rune) { io.WriteString(f, k.describe()) }

// LogValue does not reveal the master secret.
func (k Keyset) LogValue() slog.Value { return slog.StringValue(k.describe()) }

func (k Keyset) describe() string { return fmt.Sprintf("keyset %s of %q", k.UUID, k.Topology) }

// validate reports what cannot be so in a keyset that this package made.
func (k *Keyset) validate() error {
	if **k.master == (Secret{}) {
		return errors.New("the master secret is missing")
	}
	if !isUUID(k.UUID) {
		return fmt.Errorf("%.60q is not a UUID", k.UUID)
	}
	if k.CreatedAt.IsZero() {
		return errors.New("the time of its generation is missing")
	}
	if err := CheckTopologyName(k.Topology); err != nil {
		return err
	}
	return k.Overlay.Validate()
}

// CheckTopologyName reports why a text cannot name a topology. The empty name is allowed: no name yet.
func CheckTopologyName(name string) error {
	if len(name) > MaxTopologyName {
		return fmt.Errorf("the topology name has %d bytes: at most %d are allowed", len(name), MaxTopologyName)
	}
	if !utf8.ValidString(name) {
		return errors.New("the topology name is not valid UTF-8")
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return fmt.Errorf("the topology name has an unprintable character, %U", r)
		}
	}
	return nil
}

// isUUID reports whether s reads like 01234567-89ab-cdef-0123-456789abcdef.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch hyphen := i == 8 || i == 13 || i == 18 || i == 23; {
		case hyphen != (s[i] == '-'):
			return false
		case !hyphen && !('0' <= s[i] && s[i] <= '9' || 'a' <= s[i] && s[i] <= 'f'):
			return false
		}
	}
	return true
}
