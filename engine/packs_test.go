package engine_test

import (
	"strings"
	"testing"

	"vns3/control"
	"vns3/engine/enginetest"
	"vns3/peering"
	"vns3/status"
)

// A clientpack that could not get the tags asked for is not handed out.
func TestNoPackWithoutItsTags(t *testing.T) {
	c := enginetest.Start(t, enginetest.Network(), 1, "")
	enginetest.Task(t, c, control.KeysetGenerate{Topology: "Alone", Token: enginetest.Token})
	enginetest.Must[control.Nothing](t, c, control.PeeringSet{Rows: map[int]peering.Row{1: {Kind: peering.Self}}})
	c.Until(t, "a clientpack handed out", func(*status.Snapshot) bool {
		_, err := c.Do(t.Context(), control.PackNext{})
		return err == nil
	})
	for _, value := range []string{strings.Repeat("x", 100), "clear\x1b[2J", "two\nlines"} {
		if _, err := c.Do(t.Context(), control.PackNext{Tags: map[string]string{"site": value}}); err == nil || !strings.Contains(err.Error(), "tag") {
			t.Errorf("%q: %v", value, err)
		}
	}
	enginetest.Must[control.PackHandedOut](t, c, control.PackNext{Tags: map[string]string{"site": "b7"}})
	out := 0
	for _, pack := range c.Snapshot().Clients {
		if pack.CheckedOut {
			out++
		}
	}
	if out != 2 {
		t.Errorf("%d clientpacks are handed out, want the first and the last", out)
	}
}
