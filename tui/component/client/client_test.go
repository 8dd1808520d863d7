package client

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui/component/text"
	"vns3/tui/tuitest"
)

// All that is known of a client is shown, each fact beside its label and no line too wide; of one that went
// away that it did.
func TestFacts(t *testing.T) {
	s := statustest.Degraded()
	of := &s.Clients[0]
	of.Outdated, of.Assigned, of.CheckedOut = true, 2, false
	c := tuitest.NewContext(tuitest.NewBackend(s))
	state := func(c *status.Client) string { return "state of " + c.Name }
	for _, width := range []int{30, 58} {
		lines := Facts(c, of.Name, width, state)
		for _, line := range lines {
			if text.Width(line) > width {
				t.Errorf("%d cells where %d fit: %q", text.Width(line), width, line)
			}
		}
		shown := strings.Join(strings.Fields(ansi.Strip(strings.Join(lines, " "))), " ")
		for _, want := range []string{
			"state state of " + of.Name, "handed out no", "overlay " + of.OverlayAddress, "assigned to #2, by its configuration",
			"endpoint " + of.Endpoint, "sent to it", "outdated Its key,",
		} {
			if !strings.Contains(shown, want) {
				t.Errorf("%q is not shown:\n%s", want, shown)
			}
		}
	}
	if got := Facts(c, "10_9_9_9", 58, state); len(got) != 1 || got[0] != "This clientpack is no longer there." {
		t.Errorf("of nobody: %q", got)
	}
}
