package access

import (
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"vns3/internal/stretch"
)

// Cost is what one Argon2id hash costs.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
}

// DefaultCost is the first choice of OWASP's password storage cheat sheet.
var DefaultCost = Cost{MemoryKiB: 19 * 1024, Passes: 2}

// Bounds of a password, in bytes. The upper one bounds the work of hashing.
const (
	minPassword = 8
	maxPassword = 256
)

const (
	saltSize = 16
	hashSize = 32
)

func checkPassword(p string) error {
	switch {
	case len(p) < minPassword:
		return fmt.Errorf("it needs at least %d characters", minPassword)
	case len(p) > maxPassword:
		return fmt.Errorf("it may have at most %d bytes", maxPassword)
	case !utf8.ValidString(p) || strings.ContainsFunc(p, unicode.IsControl):
		return errors.New("it has characters that cannot be typed")
	}
	return nil
}

// randomPassword has 100 random bits, in groups that can be read aloud: "k7mq-2xwf-…".
func randomPassword(random io.Reader) string {
	raw := strings.ToLower(base32.StdEncoding.EncodeToString(randomBytes(random, 15)))
	groups := make([]string, 0, 5)
	for i := 0; i < 20; i += 4 {
		groups = append(groups, raw[i:i+4])
	}
	return strings.Join(groups, "-")
}

// randomBytes reads n bytes. A system without randomness cannot keep a secret: it stops.
func randomBytes(random io.Reader, n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(random, b); err != nil {
		panic("access: no random bytes: " + err.Error())
	}
	return b
}

const phcFormat = "$argon2id$v=19$m=%d,t=%d,p=1$%s$%s"

// hashPassword returns a PHC string.
func hashPassword(c Cost, random io.Reader, password string) string {
	salt := randomBytes(random, saltSize)
	key := stretch.Key([]byte(password), salt, stretch.Cost{Passes: c.Passes, MemoryKiB: c.MemoryKiB, Lanes: 1}, hashSize)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf(phcFormat, c.MemoryKiB, c.Passes, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// verifyPassword reports whether the PHC string was made from the password. A string that is none
// matches nothing.
func verifyPassword(phc, password string) bool {
	var c Cost
	parts := strings.Split(phc, "$")
	if len(parts) != 6 {
		return false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=1", &c.MemoryKiB, &c.Passes); err != nil || c.Passes == 0 {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(want) == 0 {
		return false
	}
	got := stretch.Key([]byte(password), salt, stretch.Cost{Passes: c.Passes, MemoryKiB: c.MemoryKiB, Lanes: 1}, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}
