package console_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"vns3/engine/api/client"
	"vns3/engine/enginetest"
	"vns3/status"
	"vns3/tui"
	"vns3/tui/page"
	"vns3/tui/tuitest"

	tea "charm.land/bubbletea/v2"
)

// compared is a mesh of n controllers that have compared their checksums: its consoles open on Runtime
// Status, not on the checklist.
func compared(t *testing.T, n int) []*enginetest.Controller {
	t.Helper()
	mesh := enginetest.Mesh(t, n, "")
	for _, c := range mesh {
		c.Until(t, "all checksums are equal", func(s *status.Snapshot) bool {
			equal := 0
			for _, p := range s.Peers {
				if !p.Self && p.ChecksumEqual != nil && *p.ChecksumEqual {
					equal++
				}
			}
			return equal == n-1
		})
	}
	return mesh
}

// A peer that dies is seen at once, with its reason, in the header, in its row and in the matrix; and
// so is its return.
func TestPeerDies(t *testing.T) {
	mesh := compared(t, 3)
	c := open(t, mesh[0], nil)
	c.WaitFor("mesh 3 of 3", "equal on #1 #2 #3")
	mesh[2].Stop()
	c.WaitFor("mesh 2 of 3", "✗ down", "#3 is lost: no link and no path leads to it", "nobody listens at "+mesh[2].Address.String(), "⚠ 2")
	c.command(t, "mesh", "✗")
	c.leave(t, "Runtime › Mesh")
	mesh[2].Run(t)
	c.WaitFor("mesh 3 of 3")
	c.Until("nothing is down", func() bool { return !strings.Contains(c.Screen(), "✗ down") })
}

// A console that is attached over the local socket survives a restart of its engine: it says that the
// engine is gone, keeps what it showed, and goes on by itself.
func TestEngineRestarts(t *testing.T) {
	mesh := compared(t, 2)
	attached, err := client.Dial(t.Context(), client.Target{Socket: mesh[0].Socket()})
	if err != nil {
		t.Fatal(err)
	}
	defer attached.Close()
	c := open(t, attached, nil)
	c.WaitFor("mesh 2 of 2")
	c.command(t, "runtime status", "CONTROLLER STATUS")
	mesh[0].Stop()
	c.WaitFor("no answer for", "trying again", "CONTROLLER STATUS")
	mesh[0].Run(t)
	c.WaitFor("the controller answers again", "mesh 2 of 2")
}

// A read-only console shows everything and changes nothing: not by key, not by the palette.
func TestReadOnly(t *testing.T) {
	mesh := compared(t, 2)
	before := mesh[0].Snapshot()
	c := open(t, mesh[0], func(o *tui.Options) { o.ReadOnly = "this console was started with --read-only" })
	c.WaitFor("read-only", "mesh 2 of 2")
	c.command(t, "controller peering", "Your license allows")
	c.do(t, enter, "read-only: this console")
	c.do(t, ":", "Commands")
	c.do(t, "keyset remove", "this console was started with --read-only")
	c.do(t, enter, "read-only")
	if after := mesh[0].Snapshot(); after.Peering.Version != before.Peering.Version || !after.Controller.KeysetPresent {
		t.Error("a read-only console changed the controller")
	}
}

// While rows are staged, the file itself is edited by hand and another console saves a row: both are
// told, what they changed is shown, nothing staged is lost, and saving keeps everything, comments too.
func TestChangesMeanwhile(t *testing.T) {
	mesh := compared(t, 2)
	c, other := open(t, mesh[0], nil), open(t, mesh[0], nil)
	for _, c := range []*console{c, other} {
		c.WaitFor("mesh 2 of 2")
		c.command(t, "controller peering", "Your license allows")
	}
	c.do(t, down+down+enter, "type an IP or a DNS name")
	c.do(t, "10.255.255.3"+enter, "#3 [10.255.255.3", "1 row unsaved")

	edit(t, mesh[0].Config, `name = "controller 1"`, "name = \"renamed\" # by hand")
	edit(t, mesh[0].Config, "[peering]", "[peering]\n4 = \"10.255.255.4\" # by hand too")
	c.WaitFor("#1 renamed", "#4 [10.255.255.4", "the peering table was changed meanwhile, row 4", "#3 [10.255.255.3", "1 row unsaved")

	other.WaitFor("#4 [10.255.255.4")
	other.do(t, down+down+enter, "type an IP or a DNS name")
	other.do(t, "10.255.255.33"+enter, "#3 [10.255.255.33")
	other.do(t, ctrlS, "Save changes?")
	other.confirm(t, "Save changes?", "Peering saved")
	c.WaitFor("⚠ now 10.255.255.33", "#3 [10.255.255.3 ", "1 row unsaved")
	c.do(t, ctrlS, "Save changes?", "changed meanwhile by somebody else")
	c.choose(t, "Save changes")
	c.confirm(t, "Save changes?", "Peering saved", "1 of 3 reached")

	file, err := os.ReadFile(mesh[0].Config)
	for _, want := range []string{`name = "renamed" # by hand`, `4 = "10.255.255.4" # by hand too`, `3 = "10.255.255.3"`} {
		if err != nil || !strings.Contains(string(file), want) {
			t.Errorf("%v: %s is not in the file:\n%s", err, want, file)
		}
	}
}

// edit changes a file as an editor does: a new one takes its place.
func edit(t *testing.T, path, old, replacement string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(raw), old) {
		t.Fatalf("%s has no %q: %v\n%s", path, old, err, raw)
	}
	if err := os.WriteFile(path+".new", []byte(strings.Replace(string(raw), old, replacement, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// A storm of sizes, while the engine publishes, leaves every screen whole and the console alive.
func TestResizeStorm(t *testing.T) {
	mesh := compared(t, 2)
	var program *tea.Program
	c := open(t, mesh[0], func(o *tui.Options) {
		o.Program = append(o.Program, func(p *tea.Program) { program = p })
	})
	c.WaitFor("mesh 2 of 2")
	for i := range 200 {
		size := tuitest.Size{Width: 20 + (i*37)%160, Height: 5 + (i*13)%50}
		c.Resize(size)
		program.Send(tea.WindowSizeMsg{Width: size.Width, Height: size.Height})
	}
	size := tuitest.Size{Width: 100, Height: 30}
	c.Resize(size)
	program.Send(tea.WindowSizeMsg{Width: size.Width, Height: size.Height})
	c.WaitFor("mesh 2 of 2", "CONTROLLER STATUS", "? help")
	if lines := strings.Split(c.Screen(), "\n"); len(lines) != size.Height {
		t.Errorf("%d lines on a screen of %d", len(lines), size.Height)
	}
}

// Every page can be opened on a live mesh, under its own name.
func TestEveryPage(t *testing.T) {
	mesh := compared(t, 3)
	c := open(t, mesh[0], nil)
	c.WaitFor("mesh 3 of 3")
	for _, id := range page.All() {
		if id == page.Setup || id == page.Demo || id == page.Runtime {
			continue
		}
		c.command(t, strings.ToLower(id.Title()), fmt.Sprintf("› %s", id.Title()))
	}
}
