package keyset

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/unicode/norm"

	"vns3/internal/stretch"
)

// Cost is what stretching a token costs: the parameters of Argon2id (RFC 9106).
type Cost struct {
	Passes    uint32 `json:"passes"`
	MemoryKiB uint32 `json:"memory_kib"`
	Lanes     uint8  `json:"lanes"`
}

// The cost of new tokens, and the bounds of what is accepted from others: below the floor a stolen
// verifier would be guessed too fast, above the ceiling a stranger could use up our memory and time.
var (
	DefaultCost = Cost{Passes: 3, MemoryKiB: 64 << 10, Lanes: 4} // RFC 9106, section 4, second choice
	FloorCost   = Cost{Passes: 2, MemoryKiB: 19 << 10, Lanes: 1}
	CeilingCost = Cost{Passes: 6, MemoryKiB: 256 << 10, Lanes: 16}
)

// Check reports a cost outside floor and ceiling.
func (c Cost) Check() error {
	inside := func(v, low, high uint32) bool { return low <= v && v <= high }
	if inside(c.Passes, FloorCost.Passes, CeilingCost.Passes) &&
		inside(c.MemoryKiB, FloorCost.MemoryKiB, CeilingCost.MemoryKiB) &&
		inside(uint32(c.Lanes), uint32(FloorCost.Lanes), uint32(CeilingCost.Lanes)) {
		return nil
	}
	return fmt.Errorf("Argon2id with %d passes, %d KiB and %d lanes is outside what is safe (%d to %d, %d to %d, %d to %d)",
		c.Passes, c.MemoryKiB, c.Lanes, FloorCost.Passes, CeilingCost.Passes, FloorCost.MemoryKiB, CeilingCost.MemoryKiB, FloorCost.Lanes, CeilingCost.Lanes)
}

// SaltSize is the size of a token's salt, in bytes.
const SaltSize = 16

// TokenVerifier is a security token after stretching. Whoever has it can prove the token, so it is as
// secret as the keyset it protects.
type TokenVerifier struct {
	Salt      [SaltSize]byte
	Cost      Cost
	Stretched Secret
}

// Stretch makes the verifier of a token. It takes some tenths of a second and Cost.MemoryKiB of memory.
// Surrounding white space is not part of a token, and equal characters are equal however they were typed.
func Stretch(token string, salt [SaltSize]byte, cost Cost) (TokenVerifier, error) {
	if err := cost.Check(); err != nil {
		return TokenVerifier{}, fmt.Errorf("prepare the security token: %w", err)
	}
	stretched := stretch.Key([]byte(normalise(token)), salt[:], stretch.Cost{Passes: cost.Passes, MemoryKiB: cost.MemoryKiB, Lanes: cost.Lanes}, KeySize)
	return TokenVerifier{Salt: salt, Cost: cost, Stretched: Secret(stretched)}, nil
}

// NewTokenVerifier stretches a token with a new salt, at DefaultCost. A nil random is crypto/rand.
// Errors are those of CheckToken and of random.
func NewTokenVerifier(token string, random io.Reader) (TokenVerifier, error) {
	if err := CheckToken(token); err != nil {
		return TokenVerifier{}, err
	}
	if random == nil {
		random = rand.Reader
	}
	var salt [SaltSize]byte
	if _, err := io.ReadFull(random, salt[:]); err != nil {
		return TokenVerifier{}, fmt.Errorf("prepare the security token: no random bytes: %w", err)
	}
	return Stretch(token, salt, DefaultCost)
}

// tokenFile is the JSON of a verifier's file.
type tokenFile struct {
	Version   int    `json:"version"`
	Salt      []byte `json:"salt"`
	Cost      Cost   `json:"cost"`
	Stretched []byte `json:"stretched"`
}

const tokenFileVersion = 1

func (v TokenVerifier) encode() []byte {
	data, err := json.Marshal(tokenFile{tokenFileVersion, v.Salt[:], v.Cost, v.Stretched[:]})
	if err != nil {
		panic("keyset: " + err.Error()) // no field can refuse
	}
	return append(data, '\n')
}

func decodeToken(data []byte) (TokenVerifier, error) {
	var f tokenFile
	switch err := json.Unmarshal(data, &f); {
	case err != nil:
		return TokenVerifier{}, err
	case f.Version != tokenFileVersion:
		return TokenVerifier{}, fmt.Errorf("it has format %d, and this vns3 reads format %d", f.Version, tokenFileVersion)
	case len(f.Salt) != SaltSize || len(f.Stretched) != KeySize:
		return TokenVerifier{}, errors.New("salt or token has the wrong size")
	}
	return TokenVerifier{Salt: [SaltSize]byte(f.Salt), Cost: f.Cost, Stretched: Secret(f.Stretched)}, f.Cost.Check()
}

// normalise makes the same token of what different keyboards and files make of it.
func normalise(token string) string { return norm.NFC.String(strings.TrimSpace(token)) }
