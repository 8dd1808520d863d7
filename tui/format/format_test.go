package format

import (
	"math"
	"testing"
	"time"
	"unicode/utf8"
)

// Counts keep to five columns at every magnitude and change their unit at the right place.
func TestBytes(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0", 812: "812", 1023: "1023", 1024: "1.0K", 10 << 10: "10K", 1023 << 10: "1.0M", 1<<20 + 200<<10: "1.2M",
		1<<30 - 1: "1.0G", 3 << 40: "3.0T", math.MaxUint64: "16E",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
	for n := uint64(1); n < 1<<62; n = n*3/2 + 1 {
		if got := Bytes(n); utf8.RuneCountInString(got) > 5 {
			t.Errorf("Bytes(%d) = %q is wider than five columns", n, got)
		}
	}
}

// Rates are in bits, with decimal units.
func TestRate(t *testing.T) {
	for f, want := range map[float64]string{0: "0", 12: "96", 125: "1.0k", 125_000: "1.0M", 155_000_000: "1.2G", 124_999: "1.0M"} {
		if got := Rate(f); got != want {
			t.Errorf("Rate(%v) = %q, want %q", f, got, want)
		}
	}
}

// A duration has its two largest units, and no unit of zero.
func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0s", 400 * time.Millisecond: "0s", 40 * time.Second: "40s", 60 * time.Second: "1m", 200 * time.Second: "3m20s",
		3*time.Hour + 12*time.Minute + 5*time.Second: "3h12m", 24 * time.Hour: "1d", 293 * time.Hour: "12d5h",
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}

// An age has one unit; the zero time has none.
func TestAge(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for d, want := range map[time.Duration]string{0: "0s", 59 * time.Second: "59s", 61 * time.Second: "1m", 30 * time.Hour: "1d"} {
		if got := Age(now.Add(-d), now); got != want {
			t.Errorf("Age(%v) = %q, want %q", d, got, want)
		}
	}
	if Age(time.Time{}, now) != None || Span(time.Time{}, now) != None {
		t.Error("the zero time must have no age")
	}
}

// The remaining texts, one case each.
func TestTexts(t *testing.T) {
	now := time.Date(2026, 3, 14, 14, 2, 51, 0, time.UTC)
	for got, want := range map[string]string{
		Millis(0.42): "0.4", Millis(31.2): "31", Percent(0): "0.0%", Percent(0.17): "17%", Percent(1): "100%",
		Count(1000): "1,000", Count(-1234567): "-1,234,567", Plural(1, "client"): "1 client", Plural(12, "client"): "12 clients",
		IDs([]int{1, 2}): "#1 #2", Path([]int{1, 2, 3}, "→"): "#1 → #2 → #3",
		Clock(now.Add(-time.Hour), now): "13:02:51", Clock(now.Add(-24*time.Hour), now): "2026-03-13 14:02:51",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
