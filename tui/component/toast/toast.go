// Package toast shows short messages that go away by themselves.
package toast

import (
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"vns3/status"
	"vns3/tui/component/text"
	"vns3/tui/theme"
)

// How long a toast stays, and how many are shown at once.
const (
	Stay      = 4 * time.Second
	StayError = 10 * time.Second
	most      = 3
)

// Expired takes a toast away. The frame hands it to Update.
type Expired struct{ id int }

type toast struct {
	id       int
	severity status.Severity
	text     string
}

// Model is the toasts that are shown now.
type Model struct {
	last   int
	toasts []toast
}

// Add shows a toast and returns the command that ends it. The same text twice is shown once. Without a
// severity it is a note: neither done nor wrong.
func (m *Model) Add(severity status.Severity, words string) tea.Cmd {
	m.last++
	id, stay := m.last, Stay
	if severity == status.Error {
		stay = StayError
	}
	m.toasts = slices.DeleteFunc(m.toasts, func(t toast) bool { return t.text == words })
	m.toasts = append(m.toasts, toast{id, severity, words})
	if len(m.toasts) > most {
		m.toasts = m.toasts[len(m.toasts)-most:]
	}
	return tea.Tick(stay, func(time.Time) tea.Msg { return Expired{id} })
}

// Update takes an expired toast away.
func (m *Model) Update(e Expired) {
	m.toasts = slices.DeleteFunc(m.toasts, func(t toast) bool { return t.id == e.id })
}

// Dismiss takes all away and says whether there were any.
func (m *Model) Dismiss() bool {
	had := len(m.toasts) > 0
	m.toasts = nil
	return had
}

// View draws the toasts, newest last, each at most width cells wide; empty where there are none.
func (m *Model) View(t *theme.Theme, width int) string {
	var lines []string
	inner := 0
	for _, toast := range m.toasts {
		style, glyph := t.Dim, t.Glyph.Waiting
		switch toast.severity {
		case status.Info:
			style, glyph = t.Good, t.Glyph.OK
		case status.Warn:
			style, glyph = t.Warn, t.Glyph.Warning
		case status.Error:
			style, glyph = t.Bad, t.Glyph.Down
		}
		for _, line := range text.Hang(style.Render(glyph)+" ", toast.text, width-4) {
			lines = append(lines, line)
			inner = max(inner, text.Width(line))
		}
	}
	if len(lines) == 0 {
		return ""
	}
	b := t.Glyph.Border
	edge := func(left, right string) string {
		return t.Border.Render(left + strings.Repeat(b.Top, inner+2) + right)
	}
	side := t.Border.Render(b.Left)
	for i, line := range lines {
		lines[i] = side + " " + text.Fit(line, inner) + " " + side
	}
	return edge(b.TopLeft, b.TopRight) + "\n" + strings.Join(lines, "\n") + "\n" + edge(b.BottomLeft, b.BottomRight)
}
