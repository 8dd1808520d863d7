package peering

import (
	"strings"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/peering"
	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui/tuitest"
)

// A row that is edited while a save is on its way is not part of it: it stays an edit, also when the
// snapshot with the saved rows comes.
func TestEditedWhileSaving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, p, _ := open(t, statustest.Three())
		player.Keys("down", "x")
		save, _ := p.Update(confirmed{})
		player.Keys("down", "x")
		player.Run(save)
		if got, want := p.Unsaved(), "1 row of the peering table"; got != want || !p.draft.changed(3) {
			t.Errorf("unsaved is %q, want %q, which is row 3", got, want)
		}
		saved := statustest.Three()
		saved.Peering.Version, saved.Peering.Table[2] = "next", peering.Row{}
		player.Show(saved)
		if !p.draft.changed(3) || p.draft.changed(2) {
			t.Errorf("edited rows are %v, want row 3", p.draft.rows())
		}
	})
}

// The rows or buttons get fewer while the cursor is on the last one: it stays on one that is there.
func TestShrinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		licensed := statustest.Single()
		licensed.Suggestion = nil
		for _, before := range []*status.Snapshot{statustest.Unlicensed(), fresh()} {
			for _, key := range []string{"enter", "space", "i", "x", "c", "u", "a", "y", "up", "down"} {
				player, p, _ := open(t, before)
				player.Keys("end", "right", "right", "right")
				player.Show(licensed)
				player.Keys(key)
				p.View()
			}
		}
	})
}

// A click beside the open list closes it and takes nothing.
func TestClickBesideList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, x := range []int{0, 3, 79} {
			player, p, _ := open(t, statustest.Three())
			p.SetSize(100, 20)
			player.Keys("down", "enter")
			player.Send(tea.MouseClickMsg{X: x, Y: p.listTop() + 2, Button: tea.MouseLeft})
			if p.list != nil || p.Unsaved() != "" {
				t.Errorf("a click at column %d: open %v, unsaved %q", x, p.list != nil, p.Unsaved())
			}
		}
	})
}

// What is in sight is the same however often the page was drawn on the way: drawing changes nothing.
func TestDrawingChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		walk := func(drawn bool) string {
			player, p, _ := open(t, statustest.Nine())
			p.SetSize(58, 7)
			for _, key := range []string{"down", "down", "down", "down", "down", "down", "down", "up", "up", "up"} {
				player.Keys(key)
				if drawn {
					p.View()
				}
			}
			return p.View()
		}
		if often, once := walk(true), walk(false); often != once {
			t.Errorf("drawn at every step:\n%s\ndrawn at the end:\n%s", often, once)
		}
	})
}

// The sentence on top is never cut, at any size that the console has.
func TestWholeSentence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, s := range []*status.Snapshot{statustest.Unlicensed(), statustest.Nine(), statustest.Three()} {
			_, p, _ := open(t, s)
			for _, size := range tuitest.Sizes[:3] {
				p.SetSize(size.Page())
				if first, _, _ := strings.Cut(ansi.Strip(p.View()), "\n"); strings.Contains(first, "…") {
					t.Errorf("%v: %q", size, first)
				}
			}
		}
	})
}
