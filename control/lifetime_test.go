package control

import (
	"testing"
	"time"
)

// Lifetimes are taken as people write them, and refused beyond their bounds.
func TestParseLifetime(t *testing.T) {
	const day = 24 * time.Hour
	for typed, want := range map[string]time.Duration{
		"1m": time.Minute, " 30 Minutes ": 30 * time.Minute, "1 hour": time.Hour, "12h": 12 * time.Hour, "30d": 30 * day, "1 day": day, "2w": 14 * day,
		"1y": 365 * day, "365 days": 365 * day, "720h": 30 * day, "1h30m": 90 * time.Minute,
		"": 0, "0": 0, "5": 0, "59s": 0, "366d": 0, "2y": 0, "999999999y": 0, "-1h": 0, "1 fortnight": 0, "99999999999999999999d": 0,
	} {
		got, err := ParseLifetime(typed)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("%q: %v, %v; want %v", typed, got, err, want)
		}
	}
}
