package keyset

import (
	"crypto/rand"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The rules for security tokens. A token need not withstand offline guessing, because a fetch gives
// none, but some hundred guesses a week must be hopeless.
const (
	MinTokenLength = 8    // characters
	MaxTokenLength = 1024 // bytes
	WeakBits       = 28   // fewer: refused
	GoodBits       = 50   // fewer: accepted, "fair"
)

// TokenError says why a text is refused as a security token, and what to do.
type TokenError struct {
	Reason string
}

// Error gives reason and remedy; never the token.
func (e *TokenError) Error() string {
	return "security token: " + e.Reason + ": choose a longer one, or take the one that is proposed"
}

// Level is how strong a token is, in a word.
type Level string

// The levels of tokens. A weak one is refused.
const (
	Weak Level = "weak"
	Fair Level = "fair"
	Good Level = "good"
)

// TokenStrength is an estimate of how hard a token is to guess.
type TokenStrength struct {
	Bits  float64 // the guesser needs some 2^Bits guesses
	Level Level
}

// Strength estimates how hard a token is to guess. It is cheap: call it on every key press.
func Strength(token string) TokenStrength {
	bits := entropy(normalise(token))
	switch {
	case bits < WeakBits:
		return TokenStrength{bits, Weak}
	case bits < GoodBits:
		return TokenStrength{bits, Fair}
	}
	return TokenStrength{bits, Good}
}

// CheckToken reports why a token is refused. Errors are *TokenError.
func CheckToken(token string) error {
	t := normalise(token)
	switch {
	case t == "":
		return &TokenError{"it is empty"}
	case len(t) > MaxTokenLength:
		return &TokenError{fmt.Sprintf("it has more than %d bytes", MaxTokenLength)}
	case !utf8.ValidString(t):
		return &TokenError{"it is not valid UTF-8"}
	case utf8.RuneCountInString(t) < MinTokenLength:
		return &TokenError{fmt.Sprintf("it has fewer than %d characters", MinTokenLength)}
	case strings.ContainsFunc(t, unicode.IsControl):
		return &TokenError{"it has a control character"}
	case Strength(t).Level == Weak:
		return &TokenError{"it is too easy to guess"}
	}
	return nil
}

// common are what people begin a token with; each is worth one character.
var common = []string{"password", "passwort", "secret", "token", "vns3", "admin", "welcome", "letmein", "qwerty", "qwertz", "azerty", "changeme", "test", "default"}

// entropy is the count of characters that do not follow from the one before, times the bits of the
// alphabet that the token draws from.
func entropy(token string) float64 {
	rest := strings.ToLower(token)
	for _, word := range common {
		rest = strings.ReplaceAll(rest, word, word[:1])
	}
	surprising := 0.0
	seen := map[rune]int{}
	previous := rune(-10)
	for _, r := range rest {
		step := r - previous
		seen[r]++
		switch {
		case -1 <= step && step <= 1:
			surprising += 0.2 // aaaa, 1234, dcba
		default:
			surprising += 1 / float64(seen[r])
		}
		previous = r
	}
	return surprising * math.Log2(alphabet(token))
}

// alphabet is how many characters there are of the kinds that the token uses.
func alphabet(token string) float64 {
	kinds := []struct {
		has  func(rune) bool
		size float64
	}{
		{func(r rune) bool { return 'a' <= r && r <= 'z' }, 26},
		{func(r rune) bool { return 'A' <= r && r <= 'Z' }, 26},
		{func(r rune) bool { return '0' <= r && r <= '9' }, 10},
		{func(r rune) bool { return r < utf8.RuneSelf && (unicode.IsPunct(r) || unicode.IsSymbol(r) || r == ' ') }, 33},
		{func(r rune) bool { return r >= utf8.RuneSelf }, 100},
	}
	size := 1.0
	for _, k := range kinds {
		if strings.ContainsFunc(token, k.has) {
			size += k.size
		}
	}
	return size
}

const (
	consonants    = "bdfghjklmnprstvz" // 16: 4 bits
	vowels        = "aiou"             // 4: 2 bits
	proposalWords = 5
)

// ProposeToken makes a token of 80 random bits that is easy to read aloud and to type, such as
// "lusab-babad-gutih-tugad-kopir". A nil random is crypto/rand.
func ProposeToken(random io.Reader) (string, error) {
	if random == nil {
		random = rand.Reader
	}
	var bits [2 * proposalWords]byte
	if _, err := io.ReadFull(random, bits[:]); err != nil {
		return "", fmt.Errorf("propose a security token: no random bytes: %w", err)
	}
	words := make([]string, proposalWords)
	for i := range words {
		b := uint16(bits[2*i])<<8 | uint16(bits[2*i+1])
		words[i] = string([]byte{
			consonants[b>>12], vowels[b>>10&3], consonants[b>>6&15], vowels[b>>4&3], consonants[b&15],
		})
	}
	return strings.Join(words, "-"), nil
}
