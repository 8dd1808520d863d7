// Package format turns figures of a snapshot into the short texts of the console: a byte count in five
// columns, a duration in two units. Texts are for people and of bounded width; it knows no colours.
package format

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// None stands where there is no figure.
const None = "–"

// Bytes is a count with a binary unit in at most five columns: 0, 812, 1.2K, 14M, 1.5G.
func Bytes(n uint64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return strconv.FormatUint(n, 10)
	}
	f, unit := float64(n)/1024, 0
	for f >= 999.5 && unit < len(units)-1 {
		f, unit = f/1024, unit+1
	}
	return short(f) + units[unit:unit+1]
}

// Rate is bytes a second in bits: 0, 1.2M, in at most five columns; the unit is bit/s.
func Rate(bytesPerSecond float64) string {
	const units = "kMGT"
	f := bytesPerSecond * 8
	if f < 0.5 {
		return "0"
	}
	if f < 999.5 {
		return strconv.Itoa(int(f + 0.5))
	}
	f, unit := f/1000, 0
	for f >= 999.5 && unit < len(units)-1 {
		f, unit = f/1000, unit+1
	}
	return short(f) + units[unit:unit+1]
}

// Millis is a time in ms with two or three digits, without the unit: 0.4, 1.2, 31, 250.
func Millis(ms float64) string { return short(ms) }

// Percent is a share of 0…1: 0.0%, 4.2%, 17%, 100%.
func Percent(share float64) string { return short(share*100) + "%" }

// short is a figure below 1,000 in at most three digits.
func short(f float64) string {
	if f < 9.95 {
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', 0, 64)
}

// Duration is a span in its two largest units: 40s, 3m20s, 3h12m, 12d5h. Below a second it is 0s.
func Duration(d time.Duration) string {
	s := int64(max(d, 0) / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return two(s/60, "m", s%60, "s")
	case s < 86400:
		return two(s/3600, "h", s%3600/60, "m")
	}
	return two(s/86400, "d", s%86400/3600, "h")
}

// two joins a large and a small unit; a small one of zero is left out.
func two(large int64, largeUnit string, small int64, smallUnit string) string {
	if small == 0 {
		return fmt.Sprintf("%d%s", large, largeUnit)
	}
	return fmt.Sprintf("%d%s%d%s", large, largeUnit, small, smallUnit)
}

// Age is how long ago an instant was in its largest unit: 40s, 3m, 12d; None for the zero time.
func Age(at, now time.Time) string {
	if at.IsZero() {
		return None
	}
	s := int64(max(now.Sub(at), 0) / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm", s/60)
	case s < 86400:
		return fmt.Sprintf("%dh", s/3600)
	}
	return fmt.Sprintf("%dd", s/86400)
}

// Span is how long ago an instant was in two units: 3h12m; None for the zero time.
func Span(at, now time.Time) string {
	if at.IsZero() {
		return None
	}
	return Duration(now.Sub(at))
}

// Clock is the time of day, with the date before it if that is another day than now's.
func Clock(at, now time.Time) string {
	at = at.In(now.Location())
	if at.Year() == now.Year() && at.YearDay() == now.YearDay() {
		return at.Format("15:04:05")
	}
	return at.Format("2006-01-02 15:04:05")
}

// Count is a number with thousands apart: 1,000.
func Count(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return sign + digits
}

// Plural is a count with its noun: "1 client", "12 clients".
func Plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return Count(n) + " " + noun
}

// IDs lists controllers: "#1 #2 #3".
func IDs(ids []int) string { return joinIDs(ids, " ") }

// Path is the way through controllers: "#1 → #2 → #3".
func Path(ids []int, arrow string) string { return joinIDs(ids, " "+arrow+" ") }

func joinIDs(ids []int, between string) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = "#" + strconv.Itoa(id)
	}
	return strings.Join(parts, between)
}
