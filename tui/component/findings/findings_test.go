package findings

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"vns3/status"
	"vns3/tui/component/text"
	"vns3/tui/theme"
)

// Each check has its sign and its words; only what is not well shows evidence and remedy, and no line
// is too wide, however narrow it gets.
func TestLines(t *testing.T) {
	th := theme.New(theme.Options{Name: theme.Plain})
	checks := []status.Check{
		{What: "name", Verdict: "ok", Text: "resolves", Remedy: "nothing", Evidence: "dns"},
		{What: "port", Verdict: "error", Text: "UDP 1195 does not answer", Remedy: "Open UDP 1195 there.", Evidence: "0 of 12 probes"},
		{What: "clock", Verdict: "warning", Text: "2 s ahead"},
		{What: "mtu", Verdict: "unknown", Text: "not probed yet"},
	}
	want := "✓ name      resolves\n" +
		"✗ port      UDP 1195 does not answer\n" +
		"            seen: 0 of 12 probes\n" +
		"            Do Open UDP 1195 there.\n" +
		"⚠ clock     2 s ahead\n" +
		"· mtu       not probed yet"
	if got := ansi.Strip(strings.Join(Lines(th, checks, 60), "\n")); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for width := 24; width < 60; width++ {
		for _, line := range Lines(th, checks, width) {
			if text.Width(line) > width {
				t.Errorf("%q is wider than %d", line, width)
			}
		}
	}
}
