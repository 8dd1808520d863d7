package fetch

import (
	"strings"
	"testing"
	"time"
)

// Proves that every reason has a code of its own, says why and what to do, and survives the wire if it is
// one that travels.
func TestReasons(t *testing.T) {
	codes := map[string]Reason{}
	for r := WrongToken; r <= JustRefused; r++ {
		e := &Error{Reason: r, Source: "10.0.1.10"}
		if e.Why() == "" || e.Remedy() == "" || !strings.HasPrefix(e.Error(), "fetch keyset from 10.0.1.10: ") {
			t.Errorf("reason %d has no words: %v", r, e)
		}
		if other, taken := codes[r.String()]; taken {
			t.Errorf("reasons %d and %d have one code", r, other)
		}
		codes[r.String()] = r
		got, err := decodeRefusal(refusal{r, 1500 * time.Millisecond}.encode())
		if r.travels() != (err == nil) || err == nil && (got.reason != r || got.wait != 2*time.Second) {
			t.Errorf("%v came over the wire as %v, %v", r, got, err)
		}
	}
	if len(reasons) != len(codes) {
		t.Errorf("%d texts for %d reasons", len(reasons), len(codes))
	}
}

// Proves that each event has words of its own.
func TestEventTexts(t *testing.T) {
	seen := map[string]bool{}
	for kind := Served; kind <= SourceRearmed; kind++ {
		seen[Event{Kind: kind, From: home, Failures: 3}.String()] = true
	}
	if len(seen) != int(SourceRearmed)+1 {
		t.Errorf("texts %v", seen)
	}
}
