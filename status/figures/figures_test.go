package figures

import (
	"testing"
	"time"
)

// Figures are short and in the right unit, and a moment that never was has none.
func TestFigures(t *testing.T) {
	now := time.Date(2026, 3, 14, 14, 2, 51, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{Bytes(0), "0"}, {Bytes(999), "999"}, {Bytes(1200), "1.2K"}, {Bytes(24 << 20), "24M"}, {Bytes(1<<60 + 1), "1.0E"},
		{Span(-time.Second), "0s"}, {Span(40 * time.Second), "40s"}, {Span(72 * time.Second), "1m12s"}, {Span(192 * time.Minute), "3h12m"},
		{Span(185 * time.Minute), "3h05m"}, {Span(49 * time.Hour), "2d1h"}, {Span(12 * 24 * time.Hour), "12d"},
		{Since(now, now.Add(-time.Minute)), "1m00s"}, {Since(now, time.Time{}), "–"},
		{Age(now, now.Add(-59*time.Second)), "59s"}, {Age(now, now.Add(-61*time.Second)), "1m"}, {Age(now, now.Add(-30*time.Hour)), "1d"},
		{Age(now, time.Time{}), "–"}, {Age(now, now.Add(time.Hour)), "0s"},
		{Count(0, "row"), "0 rows"}, {Count(1, "row"), "1 row"}, {Count(2, "row"), "2 rows"},
		{IDs([]int{1, 2}, " "), "#1 #2"}, {IDs([]int{1, 2, 3}, " → "), "#1 → #2 → #3"}, {IDs(nil, " "), ""},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
