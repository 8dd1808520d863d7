package engine_test

import (
	"slices"
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

// What was done to clientpacks is one event, of one or of all of them, and none where nothing changed.
func TestPackEvents(t *testing.T) {
	c := enginetest.Start(t, enginetest.Network(), 1, "")
	enginetest.Task(t, c, control.KeysetGenerate{Topology: "Alone", Token: enginetest.Token})
	enginetest.Must[control.Nothing](t, c, control.PeeringSet{Rows: map[int]peering.Row{1: {Kind: peering.Self}}})
	var name string
	c.Until(t, "a clientpack handed out", func(*status.Snapshot) bool {
		pack, err := control.Do[control.PackHandedOut](t.Context(), c, control.PackNext{})
		name = pack.Name
		return err == nil
	})
	on, off := true, false
	for _, step := range []struct {
		request control.Request
		want    []string
	}{
		{control.PackSet{Name: name, Enabled: &off}, []string{"clientpack " + name + " was disabled"}},
		{control.PackSet{Name: name, Enabled: &off}, nil},
		{control.PackSet{All: true, Enabled: &off}, []string{"999 clientpacks were disabled"}},
		{control.PackSet{All: true, Enabled: &on}, []string{"1000 clientpacks were enabled"}},
		{control.PackRegenerate{Name: name}, []string{"clientpack " + name + " has a new key: export it again"}},
		{control.PackRegenerate{All: true}, []string{"1000 clientpacks have new keys: export them again"}},
	} {
		before := newestEvent(t, c)
		if _, task := step.request.(control.PackRegenerate); task {
			enginetest.Task(t, c, step.request)
		} else {
			enginetest.Must[control.Nothing](t, c, step.request)
		}
		events, err := c.Events(t.Context(), before)
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, e := range events {
			if strings.HasPrefix(e.Code, "clientpack.") {
				told = append(told, e.Text)
			}
		}
		if !slices.Equal(told, step.want) {
			t.Errorf("%+v: told %q, want %q", step.request, told, step.want)
		}
	}
}

func newestEvent(t *testing.T, c *enginetest.Controller) uint64 {
	t.Helper()
	events, err := c.Events(t.Context(), 0)
	if err != nil || len(events) == 0 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	return events[len(events)-1].Seq
}
