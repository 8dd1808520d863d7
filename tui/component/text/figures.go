package text

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Rate writes bytes a second as bits a second with a decimal unit: "0", "96", "1.2M".
func Rate(bytesPerSecond float64) string {
	const units = "kMGT"
	v := max(bytesPerSecond*8, 0)
	if v < 999.5 {
		return strconv.Itoa(int(v + 0.5))
	}
	v, u := v/1000, 0
	for v >= 999.5 && u < len(units)-1 {
		v, u = v/1000, u+1
	}
	if v < 9.95 {
		return fmt.Sprintf("%.1f%c", v, units[u])
	}
	return fmt.Sprintf("%.0f%c", v, units[u])
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

// Clock writes the time of day, with the date before it if that is not today's.
func Clock(now, t time.Time) string {
	t = t.In(now.Location())
	if t.Year() == now.Year() && t.YearDay() == now.YearDay() {
		return t.Format("15:04:05")
	}
	return t.Format("2006-01-02 15:04:05")
}

// Thousands writes a count with its thousands apart: "1,000".
func Thousands(n int) string {
	digits := strconv.Itoa(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// Tags writes tags in order of their names: "floor=2 site=b7".
func Tags(tags map[string]string) string {
	parts := make([]string, 0, len(tags))
	for name, value := range tags {
		parts = append(parts, name+"="+value)
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// Squeeze leaves out empty lines, and then the last ones, until no more than height are left.
func Squeeze(lines []string, height int) []string {
	lines = Tighten(lines, height)
	return lines[:max(min(len(lines), height), 0)]
}

// Tighten leaves out empty lines until no more than height are left, or none is empty.
func Tighten(lines []string, height int) []string {
	for i := 0; len(lines) > height && i < len(lines); {
		if lines[i] == "" {
			lines = append(lines[:i:i], lines[i+1:]...)
			continue
		}
		i++
	}
	return lines
}

// Sentence is s with a capital letter at its beginning.
func Sentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}
