package tui_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"

	"vns3/status/statustest"
	"vns3/tui"
)

// Ctrl+c asks where tunnels of the engine inside would end, also while a controller without any is
// looked at.
func TestInterruptElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got owner
		f := newFar()
		f.Backend.Publish(statustest.Single())
		d, _ := drive(t, statustest.Three(), func(o *tui.Options) { o.Owner, o.Switch = &got, f.open })
		d.Keys(":", `"switch to #2`, "enter")
		wants(t, d, "at 10.0.2.10", "single controller")
		d.Keys("ctrl+c")
		if d.Quit() || got != (owner{}) {
			t.Fatalf("ended without a question: %+v", got)
		}
		wants(t, d, "Quit: what about the engine?")
	})
}

// Of two controllers that are being opened the one asked for last is shown, whichever answers first; the
// other's connection is closed.
func TestOvertakenSwitch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow, quick := newFar(), newFar()
		quick.Backend.Publish(statustest.Single())
		goOn := make(chan struct{})
		d, _ := drive(t, statustest.Three(), func(o *tui.Options) {
			o.Switch = func(ctx context.Context, to tui.Another) (tui.Opened, error) {
				if to.ID == 2 {
					<-goOn
					return slow.open(ctx, to)
				}
				return quick.open(ctx, to)
			}
		})
		d.Keys(":", `"switch to #2`, "enter", ":", `"switch to #3`, "enter")
		wants(t, d, "single controller")
		close(goOn)
		d.Late(func() bool { return slow.closed.Load() || strings.Contains(text(d), "mesh 9 of 9") })
		wants(t, d, "single controller")
	})
}

// What the console says of its keys is true also where the configuration gave them others.
func TestOtherKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := drive(t, statustest.Three(), func(o *tui.Options) {
			o.Keys = map[string][]string{"commands": {"f2"}, "next_page": {"f8"}, "pause": {"f5"}, "mouse": {"f6"}, "quit": {"f10"}}
		})
		wants(t, d, "live  f5 pause", "f10 quit")
		d.Keys("?", "end", "pgdown")
		wants(t, d, "f2          commands", "[ f8        previous, next page")
		d.Send(tea.WindowSizeMsg{Width: 40, Height: 10})
		wants(t, d, "f10 quits")
		d.Send(tea.WindowSizeMsg{Width: 120, Height: 30})
		d.Keys("esc")
		d.Send(tea.KeyPressMsg{Code: tea.KeyF5})
		d.Send(tea.KeyPressMsg{Code: tea.KeyF6})
		wants(t, d, "f5 goes on", "for selecting text; f6")
	})
}
