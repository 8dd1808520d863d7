// Package progress draws a task as its steps, and when it failed why and what to do. It keeps nothing:
// the task is the controller's and goes on whether anybody looks or not.
package progress

import (
	"fmt"
	"strings"

	"vns3/status"
	"vns3/tui/component/text"
	"vns3/tui/theme"
)

// Lines draws the task in lines of at most width cells.
func Lines(t *theme.Theme, task status.Task, width int) []string {
	var lines []string
	for _, step := range task.Steps {
		if task.State == status.Failed && step.State == status.Waiting {
			continue // what was never begun says nothing about the failure
		}
		lines = append(lines, stepLines(t, step, width)...)
	}
	if task.State != status.Failed {
		return lines
	}
	failed := false
	for _, step := range task.Steps {
		failed = failed || step.State == status.Failed
	}
	if !failed && task.Error != "" {
		lines = append(lines, text.Hang(t.Bad.Render(t.Glyph.Down)+" ", task.Error, width)...)
	}
	lines = append(lines, "")
	if task.Reason != "" {
		lines = append(lines, text.Hang(t.Strong.Render("Why")+"    ", task.Reason, width)...)
	}
	if task.Remedy != "" {
		lines = append(lines, text.Hang(t.Strong.Render("Do")+"     ", task.Remedy, width)...)
	}
	return lines
}

// tookWidth is what stands at the right of a step that is done, with a space before it.
const tookWidth = 9

func stepLines(t *theme.Theme, s status.Step, width int) []string {
	glyph, style, took := t.Dim.Render(t.Glyph.Waiting), t.Dim, ""
	switch s.State {
	case status.Running:
		glyph, style = t.Accent.Render(t.Glyph.Half), t.Text
	case status.Done:
		glyph, style, took = t.Good.Render(t.Glyph.OK), t.Text, Took(s.TookMs)
	case status.Failed:
		glyph, style = t.Bad.Render(t.Glyph.Down), t.Strong
	}
	room := max(width-2, 1)
	if room < 2*tookWidth {
		took = ""
	}
	if took != "" {
		room -= tookWidth
	}
	lines := text.Wrap(s.Text, max(room, 1))
	for i, line := range lines {
		head := "  "
		if i == 0 {
			head = glyph + " "
		}
		lines[i] = head + style.Render(line)
	}
	if took != "" {
		lines[0] = text.Sides(lines[0], t.Dim.Render(took), width)
	}
	return lines
}

// Took writes how long a step took: "3 ms", "0.4 s"; empty where it is not known.
func Took(ms float64) string {
	switch {
	case ms <= 0:
		return ""
	case ms < 100:
		return fmt.Sprintf("%.0f ms", max(ms, 1))
	}
	return fmt.Sprintf("%.1f s", ms/1000)
}

// Report is the task as plain text, for the clipboard.
func Report(task status.Task) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", task.Title, task.State)
	for _, s := range task.Steps {
		fmt.Fprintf(&b, "%-8s %s", s.State, s.Text)
		if took := Took(s.TookMs); took != "" {
			b.WriteString(" (" + took + ")")
		}
		b.WriteByte('\n')
	}
	for _, line := range [][2]string{{"error", task.Error}, {"why", task.Reason}, {"do", task.Remedy}, {"result", task.Result}} {
		if line[1] != "" {
			fmt.Fprintf(&b, "%-8s %s\n", line[0], line[1])
		}
	}
	return b.String()
}
