package keyset

import (
	"errors"
	"strings"
	"testing"
)

// Proves that a token is the same however it was typed, and another with another salt.
func TestStretch(t *testing.T) {
	stretch := func(token string, salt byte) Secret {
		v, err := Stretch(token, [SaltSize]byte{salt}, FloorCost)
		if err != nil {
			t.Fatal(err)
		}
		return v.Stretched
	}
	base := stretch("Schl\u00fcssel-4711", 1)
	if stretch(" Schlu\u0308ssel-4711\r\n", 1) != base {
		t.Error("white space or decomposed characters make another token")
	}
	if stretch("Schl\u00fcssel-4711", 2) == base || stretch("schl\u00fcssel-4711", 1) == base {
		t.Error("another salt or token gives the same")
	}
}

// Proves that a cost outside the bounds is refused, both ways in each of its three parts.
func TestCost(t *testing.T) {
	for _, good := range []Cost{DefaultCost, FloorCost, CeilingCost} {
		if err := good.Check(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
	for _, bad := range []Cost{
		{},
		{FloorCost.Passes - 1, DefaultCost.MemoryKiB, 1}, {CeilingCost.Passes + 1, DefaultCost.MemoryKiB, 1},
		{3, FloorCost.MemoryKiB - 1, 1}, {3, CeilingCost.MemoryKiB + 1, 1},
		{3, DefaultCost.MemoryKiB, 0}, {3, DefaultCost.MemoryKiB, CeilingCost.Lanes + 1},
	} {
		if _, err := Stretch("token", [SaltSize]byte{}, bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

// Proves which tokens are refused, which are fair and which are good.
func TestStrength(t *testing.T) {
	for token, want := range map[string]Level{
		"":                              Weak,
		"password":                      Weak,
		"Password1":                     Weak,
		"aaaaaaaaaaaaaaaa":              Weak,
		"123456789012":                  Weak,
		"abcdefghijkl":                  Weak,
		"testtest1234":                  Weak,
		"vns3token":                     Weak,
		"mysecrettoken":                 Weak,
		"sunflower":                     Fair,
		"kf8-Wq2zp":                     Good,
		"green table 42":                Good,
		"lusab-babad-gutih-tugad-kopir": Good,
	} {
		if got := Strength(token); got.Level != want {
			t.Errorf("%q is %s with %.0f bits, want %s", token, got.Level, got.Bits, want)
		}
		if err := CheckToken(token); (err == nil) != (want != Weak) {
			t.Errorf("%q: %v", token, err)
		}
	}
}

// Proves that a token which cannot be typed again is refused, and that no refusal repeats the token.
func TestCheckToken(t *testing.T) {
	for _, bad := range []string{"short-7", "with\x00a control", "not \xff UTF-8 at all", strings.Repeat("x7-Kq", MaxTokenLength)} {
		var refused *TokenError
		if err := CheckToken(bad); !errors.As(err, &refused) || strings.Contains(err.Error(), bad) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	if _, err := NewTokenVerifier("weak", nil); err == nil {
		t.Error("a weak token was stretched")
	}
}

// Proves that a proposed token is a good one, and that its bits are those that were drawn.
func TestProposeToken(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		token, err := ProposeToken(nil)
		if err != nil {
			t.Fatal(err)
		}
		if Strength(token).Level != Good || CheckToken(token) != nil || seen[token] {
			t.Errorf("proposed %q", token)
		}
		seen[token] = true
	}
	if token, err := ProposeToken(strings.NewReader("\x7f\x00\x00\x01\xff\xff\x12\x34\xab\xcd")); err != nil || token != "lusab-babad-zuzuz-damuh-pozat" {
		t.Errorf("proposed %q, %v", token, err)
	}
	if _, err := ProposeToken(strings.NewReader("few")); err == nil {
		t.Error("a token was proposed from too few bytes")
	}
}
