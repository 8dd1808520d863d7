// Package findings draws what the doctor found, one line for each check, with the remedy under those
// that did not pass. It judges nothing itself.
package findings

import (
	"strings"

	"charm.land/lipgloss/v2"

	"vns3/status"
	"vns3/tui/component/text"
	"vns3/tui/theme"
)

// label is how wide the name of a check is drawn: the longest is "checksum".
const label = 8

// Lines draws checks in lines of at most width cells.
func Lines(t *theme.Theme, checks []status.Check, width int) []string {
	var lines []string
	for _, check := range checks {
		glyph, style := sign(t, check.Verdict)
		lines = append(lines, text.Hang(style.Render(glyph)+" "+t.Dim.Render(text.Fit(check.What, label))+"  ", check.Text, width)...)
		indent := strings.Repeat(" ", label+4)
		if check.Evidence != "" && check.Verdict != "ok" {
			for _, line := range text.Wrap("seen: "+check.Evidence, width-len(indent)) {
				lines = append(lines, indent+t.Dim.Render(line))
			}
		}
		if check.Remedy != "" && check.Verdict != "ok" {
			lines = append(lines, text.Hang(indent+t.Accent.Render("Do")+" ", text.Sentence(check.Remedy), width)...)
		}
	}
	return lines
}

// Split parts what is wrong from the rest.
func Split(checks []status.Check) (wrong, rest []status.Check) {
	for _, check := range checks {
		if check.Verdict == "error" || check.Verdict == "warning" {
			wrong = append(wrong, check)
		} else {
			rest = append(rest, check)
		}
	}
	return wrong, rest
}

// sign is the glyph of a verdict; an unknown one is drawn as such.
func sign(t *theme.Theme, verdict string) (string, lipgloss.Style) {
	switch verdict {
	case "ok":
		return t.Glyph.OK, t.Good
	case "warning":
		return t.Glyph.Warning, t.Warn
	case "error":
		return t.Glyph.Down, t.Bad
	}
	return t.Glyph.Waiting, t.Dim
}

// Severity is the glyph and style of a warning or an event.
func Severity(t *theme.Theme, s status.Severity) (string, lipgloss.Style) {
	switch s {
	case status.Error:
		return t.Glyph.Down, t.Bad
	case status.Warn:
		return t.Glyph.Warning, t.Warn
	}
	return t.Glyph.Waiting, t.Dim
}
