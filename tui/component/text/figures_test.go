package text

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// Figures are short, in the right unit, and a moment that never was has none.
func TestFigures(t *testing.T) {
	now := time.Date(2026, 3, 14, 14, 2, 51, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{Rate(0), "0"}, {Rate(12), "96"}, {Rate(125), "1.0k"}, {Rate(124_999), "1.0M"}, {Rate(155_000_000), "1.2G"}, {Rate(-1), "0"},
		{Clock(now, now.Add(-time.Hour)), "13:02:51"}, {Clock(now, now.Add(-24*time.Hour)), "2026-03-13 14:02:51"},
		{Thousands(7), "7"}, {Thousands(1000), "1,000"}, {Thousands(1234567), "1,234,567"},
		{Ms(0), "–"}, {Ms(0.41), "0.4ms"}, {Ms(31.4), "31ms"}, {Ms(1200), "1.2s"}, {Percent(0.001), "0.1%"}, {Percent(0.12), "12%"},
		{Tags(map[string]string{"site": "b7", "floor": "2"}), "floor=2 site=b7"}, {Tags(nil), ""},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// Empty lines go first, then the last ones; what fits is left alone.
func TestSqueeze(t *testing.T) {
	lines := []string{"a", "", "", "b", "", "c"}
	for height, want := range map[int]string{9: "a,,,b,,c", 5: "a,,b,,c", 3: "a,b,c", 2: "a,b", 0: ""} {
		if got := strings.Join(Squeeze(slices.Clone(lines), height), ","); got != want {
			t.Errorf("to %d lines: %q, want %q", height, got, want)
		}
	}
}
