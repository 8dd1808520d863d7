package text

import (
	"fmt"
	"strconv"
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

// Ms writes milliseconds: "0.4ms", "31ms", "1.2s"; "–" for none.
func Ms(v float64) string {
	switch {
	case v <= 0:
		return "–"
	case v < 9.95:
		return fmt.Sprintf("%.1fms", v)
	case v < 999.5:
		return fmt.Sprintf("%.0fms", v)
	default:
		return fmt.Sprintf("%.1fs", v/1000)
	}
}

// Percent writes a share of 0…1: "0.1%", "12%".
func Percent(share float64) string {
	if p := share * 100; p < 9.95 {
		return fmt.Sprintf("%.1f%%", p)
	}
	return fmt.Sprintf("%.0f%%", share*100)
}

// Count writes "1 row", "2 rows".
func Count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}
