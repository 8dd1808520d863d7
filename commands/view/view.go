// Package view writes what commands show as plain text: to be read at a glance, aligned, at most 80
// columns wide, and without a word that needs colour. It is pure; it looks at values and asks nobody.
package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"vns3/status"
)

// Width is how many columns a line may have.
const Width = 80

// The glyphs always stand beside a word.
const (
	good     = "●"
	doubtful = "◐"
	bad      = "✗"
	none     = "·"
	dash     = "–"
)

var stateGlyphs = map[status.PeerState]string{
	status.Up: good, status.Suspect: doubtful, status.Init: doubtful,
	status.Down: bad, status.Unresolved: bad, status.NotSet: none,
}

var stateWords = map[status.PeerState]string{
	status.Up: "up", status.Suspect: "suspect", status.Init: "one way",
	status.Down: "down", status.Unresolved: "no address", status.NotSet: "not set",
}

func severityGlyph(s status.Severity) string {
	switch s {
	case status.Error:
		return bad
	case status.Warn:
		return "⚠"
	default:
		return none
	}
}

// Age is a duration in the two largest units that matter: "40s", "3h12m", "12d5h".
func Age(d time.Duration) string {
	d = max(d, 0).Round(time.Second)
	days, hours := int(d.Hours())/24, int(d.Hours())%24
	minutes, seconds := int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case days > 0:
		return fmt.Sprintf("%dd%dh", days, hours)
	case hours > 0:
		return fmt.Sprintf("%dh%dm", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%dm%ds", minutes, seconds)
	default:
		return fmt.Sprintf("%ds", seconds)
	}
}

// since is how long ago something was; a time that never was is a dash.
func since(now, then time.Time) string {
	if then.IsZero() {
		return dash
	}
	return Age(now.Sub(then))
}

// Bytes is an amount of data: "512", "1.2M", "3.4G".
func Bytes(n uint64) string {
	value, units := float64(n), " KMGTPE"
	i := 0
	for value >= 999.5 && i < len(units)-1 {
		value /= 1024
		i++
	}
	switch {
	case i == 0:
		return fmt.Sprint(n)
	case value < 10:
		return fmt.Sprintf("%.1f%c", value, units[i])
	default:
		return fmt.Sprintf("%.0f%c", value, units[i])
	}
}

// ids are controllers as people write them: "#1 #2 #3".
func ids(list []int, between string) string {
	words := make([]string, len(list))
	for i, id := range list {
		words[i] = fmt.Sprintf("#%d", id)
	}
	return strings.Join(words, between)
}

func orDash(s string) string {
	if s == "" {
		return dash
	}
	return s
}

// Hang wraps text behind a first prefix; further lines are indented as wide as the prefix is.
func Hang(prefix, text string) string {
	indent := ansi.StringWidth(prefix)
	lines := strings.Split(ansi.Wrap(text, Width-indent, ""), "\n")
	for i, line := range lines {
		if i > 0 {
			prefix = strings.Repeat(" ", indent)
		}
		lines[i] = strings.TrimRight(prefix+line, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// fields writes "  name   value" lines with the values below each other.
func fields(b *strings.Builder, pairs ...[2]string) {
	widest := 0
	for _, p := range pairs {
		widest = max(widest, len(p[0]))
	}
	for _, p := range pairs {
		if p[1] != "" {
			b.WriteString(Hang(fmt.Sprintf("  %-*s  ", widest, p[0]), p[1]))
		}
	}
}

// counted is a number with its noun: "1 peer", "3 peers".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
