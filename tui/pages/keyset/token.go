package keyset

import (
	"crypto/rand"
	"errors"
	"math"
	"strings"
	"unicode"
)

// minToken is how many characters a security token has at least.
const minToken = 8

// strength is how well a token resists guessing.
type strength uint8

const (
	weak strength = iota
	fair
	strong
)

// String is the word beside the meter.
func (s strength) String() string { return [...]string{"weak", "fair", "strong"}[s] }

// measure estimates the strength of a token from its length, its kinds of characters and how often
// they repeat. Guesses can only be made against a running controller that limits them, so some forty
// bits are plenty.
func measure(token string) strength {
	bits := entropy(token)
	for _, word := range []string{"password", "passwort", "123456", "qwert", "vns3", "secret", "token", "admin", "letmein"} {
		if strings.Contains(strings.ToLower(token), word) {
			bits -= 5 * float64(len(word))
		}
	}
	switch {
	case len(token) < minToken || bits < 36:
		return weak
	case bits < 56:
		return fair
	}
	return strong
}

func entropy(token string) float64 {
	pool, seen, fresh := 0.0, map[rune]bool{}, 0.0
	classes := map[float64]bool{}
	before := rune(0)
	for _, r := range token {
		classes[class(r)] = true
		switch {
		case r == before, r == before+1, r == before-1: // runs such as aaa, abc, 321 add little
			fresh += 0.2
		case seen[r]:
			fresh += 0.6
		default:
			fresh++
		}
		seen[r], before = true, r
	}
	for size := range classes {
		pool += size
	}
	if pool == 0 {
		return 0
	}
	return fresh * math.Log2(pool)
}

func class(r rune) float64 {
	switch {
	case unicode.IsDigit(r):
		return 10
	case unicode.IsLower(r):
		return 26
	case unicode.IsUpper(r):
		return 26.5 // another class than the lower ones
	}
	return 30
}

// checkToken refuses what the controller would refuse.
func checkToken(token string) error {
	switch {
	case token == "":
		return errors.New("a security token is needed: every other controller proves it to fetch the keys")
	case len(token) < minToken:
		return errors.New("at least 8 characters")
	}
	return nil
}

// propose makes a token that is strong, and easy to read out: four groups of five letters and digits.
func propose() string {
	text := strings.ToLower(rand.Text()[:20])
	return text[:5] + "-" + text[5:10] + "-" + text[10:15] + "-" + text[15:]
}
