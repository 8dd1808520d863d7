package progress_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"vns3/status"
	"vns3/tui/component/progress"
	"vns3/tui/theme"
	"vns3/tui/tuitest"
)

// Steps show how far a task is; a failed one shows its reason and remedy instead of what was never
// begun, and says its error once.
func TestLines(t *testing.T) {
	th := theme.New(theme.Options{Name: theme.Plain})
	task := status.Task{State: status.Running, Steps: []status.Step{
		{Text: "reached", State: status.Done, TookMs: 3}, {Text: "proving", State: status.Running}, {Text: "writing", State: status.Waiting},
	}}
	draw := func() string { return ansi.Strip(strings.Join(progress.Lines(th, task, 40), "\n")) }
	if got, want := draw(), "✓ reached                           3 ms\n◐ proving\n· writing"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	task.State, task.Error, task.Reason, task.Remedy = status.Failed, "no answer", "TCP 8000 does not answer.", "Open it."
	if got, want := draw(), "✓ reached                           3 ms\n◐ proving\n✗ no answer\n\nWhy    TCP 8000 does not answer.\nDo     Open it."; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	task.Steps[1] = status.Step{Text: "no answer", State: status.Failed}
	if got := draw(); strings.Count(got, "no answer") != 1 {
		t.Errorf("said twice:\n%s", got)
	}
	tuitest.Fits(t, draw(), 40, 10)
	if report := progress.Report(task); !strings.Contains(report, "why      TCP 8000") || !strings.Contains(report, "reached (3 ms)") {
		t.Error(report)
	}
}

// However narrow the screen is made, steps are drawn and fit from two cells on.
func TestNarrow(t *testing.T) {
	th := theme.New(theme.Options{})
	task := status.Task{State: status.Running, Steps: []status.Step{{Text: "keys generated", State: status.Done, TookMs: 12}, {State: status.Running}}}
	for width := -5; width < 40; width++ {
		for _, line := range progress.Lines(th, task, width) {
			if got := ansi.StringWidth(line); got > max(width, 3) {
				t.Errorf("%d cells at width %d: %q", got, width, line)
			}
		}
	}
}
