package tui_test

import (
	"strings"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/status/statustest"
	"vns3/tui/component/dialog"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

// at is where the words stand on the screen.
func at(t *testing.T, d *tuitest.Driver, words string) (x, y int) {
	t.Helper()
	for y, line := range strings.Split(text(d), "\n") {
		if before, _, has := strings.Cut(line, words); has {
			return ansi.StringWidth(before), y
		}
	}
	t.Fatalf("%q is not on the screen:\n%s", words, text(d))
	return 0, 0
}

func click(t *testing.T, d *tuitest.Driver, words string) {
	t.Helper()
	x, y := at(t, d, words)
	d.Send(tea.MouseClickMsg{X: x + 1, Y: y, Button: tea.MouseLeft})
}

// The mouse reaches what a dialog has: fields, choices and buttons, at every size; a click beside them
// does nothing.
func TestMouseInDialogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, size := range []tuitest.Size{{Width: 60, Height: 15}, {Width: 80, Height: 24}} {
			d, b := drive(t, statustest.Unlicensed(), nil)
			d.Send(tea.WindowSizeMsg{Width: size.Width, Height: size.Height})
			d.Keys(":", `"keyset generate`, "enter")
			click(t, d, "Security token")
			wants(t, d, "▸Security token")
			click(t, d, "Topology name")
			d.Keys(`"Acme`)
			wants(t, d, "▸Topology name   [Acme")
			click(t, d, "┌ Generate")
			click(t, d, "[ Cancel ]")
			if strings.Contains(text(d), "┌ Generate Keyset") || len(b.Asked()) > 0 {
				t.Errorf("asked %v\n%s", b.Asked(), text(d))
			}
			d.Keys(":", `"license install`, "enter")
			click(t, d, "[community license]")
			wants(t, d, "[file or text")
		}
	})
}

// Only the left button clicks: with the others people paste.
func TestOtherButtons(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := drive(t, statustest.Three(), nil)
		for _, b := range []tea.MouseButton{tea.MouseRight, tea.MouseMiddle} {
			d.Send(tea.MouseClickMsg{X: 5, Y: 7, Button: b})
			wants(t, d, "Runtime › Runtime Status")
		}
	})
}

// A question takes no click either in its first moment, and then only on its buttons.
func TestMouseAndQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, b := drive(t, statustest.Three(), nil)
		d.Keys(":", `"rebalance`, "enter")
		wants(t, d, "Cancel ]")
		click(t, d, "Cancel ]")
		wants(t, d, "Cancel ]")
		d.After(dialog.Grace)
		click(t, d, "Rebalance") // its title
		wants(t, d, "Cancel ]")
		click(t, d, "Cancel ]")
		if strings.Contains(text(d), "Cancel ]") {
			t.Errorf("the button was clicked:\n%s", text(d))
		}
		if len(b.Asked()) > 0 {
			t.Errorf("asked %v", b.Asked())
		}
	})
}

// A click beside the menu that lies above the page closes it and reaches nothing below; one in it opens the
// page, also the one that is shown.
func TestMouseAndMenu(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := drive(t, statustest.Three(), nil)
		d.Send(tea.WindowSizeMsg{Width: 60, Height: 15})
		d.Send(page.GoTo{Page: page.Peering})
		x, y := at(t, d, "#3 [")
		cursor := "▸#1"
		wants(t, d, cursor)
		d.Keys("m")
		d.Send(tea.MouseWheelMsg{X: x + 40, Y: y, Button: tea.MouseWheelDown})
		d.Send(tea.MouseClickMsg{X: x + 40, Y: y, Button: tea.MouseLeft})
		wants(t, d, cursor)
		if strings.Contains(text(d), "┌ Menu") {
			t.Errorf("the menu is still open:\n%s", text(d))
		}
		for _, title := range []string{"Controller Peering", "Mesh"} {
			d.Keys("m")
			click(t, d, title)
			wants(t, d, "› "+title)
			if strings.Contains(text(d), "┌ Menu") {
				t.Errorf("the menu is still open:\n%s", text(d))
			}
		}
	})
}
