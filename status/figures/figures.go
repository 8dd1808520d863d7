// Package figures writes amounts, spans of time and controllers as people read them: the same in the console,
// in commands and in what the engine says. It is pure.
package figures

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Bytes writes an amount in at most four characters: "24M", "1.2G", "0".
func Bytes(n uint64) string {
	const units = "KMGTPE"
	if n < 1000 {
		return strconv.FormatUint(n, 10)
	}
	v, u := float64(n)/1024, 0
	for v >= 999.5 && u < len(units)-1 {
		v, u = v/1024, u+1
	}
	if v < 9.95 {
		return fmt.Sprintf("%.1f%c", v, units[u])
	}
	return fmt.Sprintf("%.0f%c", v, units[u])
}

// Span writes a duration in its two largest units: "40s", "3h12m", "12d". Negative spans are "0s".
func Span(d time.Duration) string {
	switch {
	case d < time.Second:
		return "0s"
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	case d < 10*24*time.Hour:
		return fmt.Sprintf("%dd%dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
	default:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
}

// Since writes how long ago t was at now; "–" for never.
func Since(now, t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return Span(now.Sub(t))
}

// Age writes how long ago t was at now in its largest unit: "40s", "3m", "12d"; "–" for never.
func Age(now, t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	switch d := max(now.Sub(t), 0); {
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh", d/time.Hour)
	default:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
}

// Count writes "1 row", "2 rows".
func Count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}

// IDs lists controllers with between between them: "#1 #2 #3".
func IDs(ids []int, between string) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = "#" + strconv.Itoa(id)
	}
	return strings.Join(parts, between)
}
