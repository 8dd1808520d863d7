// Package view writes what commands show as plain text: to be read at a glance, aligned, at most 80
// columns wide, and without a word that needs colour. It is pure; it looks at values and asks nobody.
package view

import (
	"fmt"
	"strings"

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
