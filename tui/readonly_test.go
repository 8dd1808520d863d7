package tui_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"vns3/control"
	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

// A read-only console says so, and no action that writes reaches the controller.
func TestReadOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, b := drive(t, statustest.Three(), func(o *tui.Options) { o.ReadOnly = "started with --read-only" })
		wants(t, d, "read-only")
		d.Send(page.GoTo{Page: page.Peering})
		d.Keys("down", "x", "i", "enter", "ctrl+s")
		d.Send(page.GoTo{Page: page.Keyset})
		d.Keys("enter", "enter")
		for _, asked := range b.Asked() {
			if a, _ := control.Find(asked.Action()); a.Writes {
				t.Errorf("%s was asked", asked.Action())
			}
		}
	})
}

// Every key that begins a change says why it does not, in a console that is read-only and, where it
// edits the file, in one whose engine may not write that: nothing is staged, asked or written.
func TestReadOnlyKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		unlicensed := func() *status.Snapshot {
			s := statustest.Unlicensed()
			s.Config.Writable = true
			return s
		}
		for id, c := range map[page.ID]struct {
			snapshot func() *status.Snapshot
			keys     []string // that write
			edits    bool     // the file
		}{
			page.Peering:  {statustest.Three, []string{"enter", "space", "i", "x", "delete", "ctrl+s"}, true},
			page.Keyset:   {statustest.Three, []string{"enter"}, false},
			page.Packs:    {statustest.Three, []string{"A", "d", "n", "o", "R", "t", "X", "+"}, false},
			page.Routes:   {statustest.Three, []string{"a"}, true},
			page.Drain:    {statustest.Three, []string{"D", "b"}, false},
			page.License:  {unlicensed, []string{"i"}, false},
			page.Settings: {statustest.Three, []string{"enter"}, true},
			page.Access:   {statustest.Three, []string{"w", "u", "a"}, false},
			page.Setup:    {unlicensed, []string{"s"}, false},
		} {
			for _, key := range c.keys {
				d, b := drive(t, c.snapshot(), func(o *tui.Options) { o.ReadOnly, o.Owner = "started with --read-only", &owner{} })
				d.Send(page.GoTo{Page: id})
				d.Keys("down", key)
				told(t, d, b, id.Title()+" "+key, "started with --read-only")
				if !c.edits {
					continue
				}
				closed := c.snapshot()
				closed.Config.Writable = false
				d, b = drive(t, closed, nil)
				wants(t, d, "file read-only")
				d.Send(page.GoTo{Page: id})
				d.Keys("down", key)
				told(t, d, b, id.Title()+" "+key, "the engine may not write")
			}
		}
		d, b := drive(t, statustest.Three(), nil)
		closed := statustest.Three()
		closed.Config.Writable = false
		b.Publish(closed)
		d.Late(func() bool { return strings.Contains(text(d), "file read-only") })
		d.Send(page.GoTo{Page: page.Keyset})
		d.Keys("enter")
		wants(t, d, "Change token") // the file has nothing to do with it
	})
}

// told checks that the reason is on the screen and nothing was asked, opened or staged.
func told(t *testing.T, d *tuitest.Driver, b *tuitest.Backend, what, why string) {
	t.Helper()
	words := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "┌", " ", "─", " ").Replace(text(d))), " ")
	if !strings.Contains(words, why) || strings.Contains(words, "unsaved") || strings.Contains(words, "esc close") || strings.Contains(words, "esc cancel") {
		t.Errorf("%s does not say %q, or goes on:\n%s", what, why, text(d))
	}
	for _, asked := range b.Asked() {
		if a, _ := control.Find(asked.Action()); a.Writes {
			t.Errorf("%s asked for %s", what, asked.Action())
		}
	}
}
