package tui_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"vns3/control"
	"vns3/peering"
	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui"
	"vns3/tui/component/dialog"
	"vns3/tui/page"
	"vns3/tui/theme"
	"vns3/tui/tuitest"
)

// drive starts a console on a fixed snapshot at 80x24.
func drive(t *testing.T, s *status.Snapshot, change func(*tui.Options)) (*tuitest.Driver, *tuitest.Backend) {
	t.Helper()
	b := tuitest.NewBackend(s)
	o := tui.Options{Backend: b, Theme: theme.Dark, Origin: page.Origin{File: "/etc/vns3/vns3.toml", Engine: "attached"}}
	if change != nil {
		change(&o)
	}
	d := tuitest.Drive(t, tui.New(t.Context(), o))
	d.Send(tea.WindowSizeMsg{Width: 80, Height: 24})
	return d, b
}

func text(d *tuitest.Driver) string { return ansi.Strip(d.Screen()) }

func wants(t *testing.T, d *tuitest.Driver, texts ...string) {
	t.Helper()
	for _, want := range texts {
		if !strings.Contains(text(d), want) {
			t.Fatalf("%q is not on the screen:\n%s", want, text(d))
		}
	}
}

// Each page fits every size with frame and menu, with colours and glyphs or without.
func TestEveryPageFits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, s := range []*status.Snapshot{statustest.Degraded(), statustest.Nine(), statustest.Unlicensed(), statustest.NoKeyset(), wide()} {
			for _, o := range []theme.Options{{Name: theme.Dark}, {Name: theme.Plain, ASCII: true}} {
				d, _ := drive(t, s, func(opt *tui.Options) { opt.Theme, opt.ASCII = o.Name, o.ASCII })
				for _, id := range page.All() {
					d.Send(page.GoTo{Page: id})
					for _, size := range append(tuitest.Sizes, tuitest.Size{Width: 76, Height: 19}, tuitest.Size{Width: 200, Height: 50}, tuitest.Size{Width: 1, Height: 1}) {
						d.Send(tea.WindowSizeMsg{Width: size.Width, Height: size.Height})
						tuitest.Fits(t, d.Screen(), size.Width, size.Height)
					}
				}
			}
		}
	})
}

// The frame looks as recorded: checklist, a page with dialog, the palette, help, a narrow menu.
func TestFrameGolden(t *testing.T) {
	for name, show := range map[string]struct {
		snapshot *status.Snapshot
		size     tuitest.Size
		keys     []string
	}{
		"first-run":   {statustest.Unlicensed(), tuitest.Size{Width: 80, Height: 24}, nil},
		"narrow":      {statustest.Unlicensed(), tuitest.Size{Width: 60, Height: 15}, nil},
		"narrow-menu": {statustest.Unlicensed(), tuitest.Size{Width: 60, Height: 15}, []string{"m"}},
		"palette":     {statustest.Unlicensed(), tuitest.Size{Width: 80, Height: 24}, []string{":", `"keys`}},
		"help":        {statustest.Unlicensed(), tuitest.Size{Width: 80, Height: 24}, []string{"?"}},
		"too-small":   {statustest.Unlicensed(), tuitest.Size{Width: 40, Height: 10}, []string{"?"}},
	} {
		tuitest.Run(t, name, func(t *testing.T) {
			d, _ := drive(t, show.snapshot, func(o *tui.Options) { o.Origin.Inside = true })
			d.Send(tea.WindowSizeMsg{Width: show.size.Width, Height: show.size.Height})
			d.Keys(show.keys...)
			golden.RequireEqual(t, tuitest.TrimRight(text(d)))
		})
	}
}

// Every action of the registry is in the palette and begins on a page that exists.
func TestEveryActionIsInThePalette(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, a := range control.Actions() {
			d, _ := drive(t, statustest.Degraded(), nil)
			d.Keys(":", `"`+a.Name)
			wants(t, d, a.Name)
			d.Keys("enter")
			if strings.Contains(text(d), "┌ Commands") {
				t.Errorf("%s did nothing", a.Name)
			}
		}
	})
}

// The menu opens pages by keys and mouse, esc leads back, an unsaved page is marked and named.
func TestWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := drive(t, statustest.Three(), nil)
		d.Keys("m", "down", "enter")
		wants(t, d, "Runtime › Mesh")
		d.Send(tea.MouseClickMsg{X: 5, Y: 7, Button: tea.MouseLeft})
		wants(t, d, "Overlay › Controller Peering")
		d.Keys("down", "x")
		wants(t, d, "* 1 row unsaved")
		d.Keys("[")
		wants(t, d, "Runtime › Events", "1 row of the peering table not saved yet", " * Controller Peering")
		d.Keys("esc", "esc") // the first takes the toast away
		wants(t, d, "Overlay › Controller Peering", "* 1 row unsaved")
	})
}

// A key of a non-Latin layout does what the Latin letter on it does, also in a dialog, and the terminal
// is asked where a key stands.
func TestNonLatinKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if v := tui.New(t.Context(), tui.Options{Backend: tuitest.NewBackend(statustest.Three())}).View(); !v.KeyboardEnhancements.ReportAlternateKeys {
			t.Error("the terminal is not asked where a key stands")
		}
		d, _ := drive(t, statustest.Three(), nil)
		d.Send(tea.KeyPressMsg{Code: 'ь', Text: "ь", BaseCode: 'm'})
		wants(t, d, "close menu")
		d.Keys("esc", "ь", "esc", "?")
		wants(t, d, "┌ Help")
		d.Keys("й")
		if strings.Contains(text(d), "┌ Help") {
			t.Errorf("a key of a non-Latin layout does not close the help:\n%s", text(d))
		}
	})
}

// While paused the screen stands still; then it shows the newest.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, b := drive(t, statustest.Three(), nil)
		d.Keys("p")
		b.Publish(statustest.Degraded())
		d.After(time.Minute)
		wants(t, d, "paused", "mesh 3 of 3")
		d.Keys("p")
		wants(t, d, "mesh 3 of 4")
	})
}

// owner counts what becomes of the engine.
type owner struct{ running, service, stopped int }

func (o *owner) LeaveRunning() error { o.running++; return nil }
func (o *owner) Service() error      { o.service++; return nil }
func (o *owner) Stop() error         { o.stopped++; return nil }

// How a console ends: what q and ctrl+c do with an engine inside or not, peers up or not, edits staged
// or not.
func TestLeaving(t *testing.T) {
	quiet, busy := statustest.Single, statustest.Three
	for name, c := range map[string]struct {
		snapshot func() *status.Snapshot
		inside   bool
		keys     []string
		quits    bool
		want     owner
	}{
		"q attached":                  {busy, false, []string{"q"}, true, owner{}},
		"q attached, staged":          {busy, false, []string{":", `"controller peering`, "enter", "x", "q"}, false, owner{}},
		"q inside asks":               {busy, true, []string{"q"}, false, owner{}},
		"q inside, enter is cancel":   {busy, true, []string{"q", "enter"}, false, owner{}},
		"q inside, leave running":     {busy, true, []string{"q", "up", "up", "up", "enter"}, true, owner{running: 1}},
		"q inside, systemd":           {busy, true, []string{"q", "up", "up", "enter"}, true, owner{service: 1}},
		"systemd from the checklist":  {statustest.Unlicensed, true, []string{"s"}, false, owner{}},
		"q inside, stop":              {busy, true, []string{"q", "up", "enter"}, true, owner{stopped: 1}},
		"ctrl+c inside, quiet":        {quiet, true, []string{"ctrl+c"}, true, owner{stopped: 1}},
		"ctrl+c inside, peers up":     {busy, true, []string{"ctrl+c"}, false, owner{}},
		"ctrl+c twice":                {busy, true, []string{"ctrl+c", "ctrl+c"}, true, owner{stopped: 1}},
		"ctrl+c answers q":            {busy, true, []string{"q", "ctrl+c"}, true, owner{stopped: 1}},
		"ctrl+c attached":             {busy, false, []string{"ctrl+c"}, true, owner{}},
		"ctrl+c quiet but with edits": {quiet, true, []string{":", `"controller peering`, "enter", "x", "ctrl+c"}, false, owner{}},
	} {
		tuitest.Run(t, name, func(t *testing.T) {
			var got owner
			d, _ := drive(t, c.snapshot(), func(o *tui.Options) {
				if c.inside {
					o.Owner = &got
				}
			})
			d.Keys(c.keys...)
			if quit := d.Quit(); quit != c.quits || got != c.want {
				t.Errorf("ended %v with %+v, want %v with %+v\n%s", quit, got, c.quits, c.want, text(d))
			}
		})
	}
}

// On a screen too small for anything else one can still leave.
func TestLeavingTooSmall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got owner
		d, _ := drive(t, statustest.Three(), func(o *tui.Options) { o.Owner = &got })
		d.Send(tea.WindowSizeMsg{Width: 40, Height: 10})
		d.Keys("m", ":", "q")
		wants(t, d, "Leave it running", "▸ Cancel")
		tuitest.Fits(t, d.Screen(), 40, 10)
		d.Keys("up", "up", "up", "enter")
		if !d.Quit() || got.running != 1 {
			t.Errorf("%+v\n%s", got, text(d))
		}
	})
}

// The question how to leave is read whole also on a narrow screen, and a read-only console installs
// nothing.
func TestWaysToLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := drive(t, statustest.Three(), func(o *tui.Options) { o.Owner = &owner{} })
		d.Send(tea.WindowSizeMsg{Width: 60, Height: 15})
		d.Keys("q")
		wants(t, d, "vns3 attaches again", "started at every boot", "this controller's tunnels end")

		d, _ = drive(t, statustest.Three(), func(o *tui.Options) { o.Owner, o.ReadOnly = &owner{}, "started with --read-only" })
		d.Keys("q")
		wants(t, d, "Leave it running", "Stop")
		if strings.Contains(text(d), "systemd") {
			t.Errorf("a read-only console offers the service:\n%s", text(d))
		}
	})
}

// What opens by itself meanwhile waits below the question how to leave, on any screen.
func TestNothingHidesTheQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, size := range []tuitest.Size{{Width: 80, Height: 24}, {Width: 40, Height: 10}} {
			d, _ := drive(t, statustest.Three(), func(o *tui.Options) { o.Owner = &owner{} })
			d.Send(tea.WindowSizeMsg{Width: size.Width, Height: size.Height})
			d.Keys("q")
			d.Send(page.OpenDialog{Dialog: dialog.NewMessage(tuitest.NewContext(tuitest.NewBackend(nil)), "Check", "nothing is wrong")})
			wants(t, d, "Leave it running", "▸ Cancel")
			d.Keys("enter")
			d.Send(tea.WindowSizeMsg{Width: 80, Height: 24})
			wants(t, d, "nothing is wrong")
		}
	})
}

// The question how to leave names what would be lost.
func TestQuitNamesEdits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := drive(t, statustest.Three(), func(o *tui.Options) { o.Owner = &owner{} })
		d.Keys(":", `"controller peering`, "enter", "down", "x", "q")
		wants(t, d, "Not saved, and lost when the console ends: 1 row of the", "▸ Cancel")
	})
}

// The rules that the console checks before a save are those of the controller.
func TestTableRulesAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, b := drive(t, statustest.Three(), nil)
		d.Send(page.GoTo{Page: page.Peering})
		d.Keys("x", "ctrl+s")
		wants(t, d, "Cannot save")
		if asked := b.Asked(); len(asked) > 0 {
			t.Errorf("asked %v", asked)
		}
		if errs := peering.Check(peering.Table{2: {Kind: peering.Address, Address: "10.0.2.10"}}, peering.Rules{Strict: true}).Errors(); len(errs) == 0 {
			t.Error("the rules accept a table without this instance")
		}
	})
}

// left is a dialog that was closed while it waited for an answer.
type left struct{ page.Dialog }

func (left) Late(msg tea.Msg) tea.Cmd { return page.Toast(status.Info, msg.(string)) }

// An answer to a dialog that was closed meanwhile is told all the same; to one that does not wait it is dropped.
func TestLateAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := drive(t, statustest.Three(), nil)
		d.Send(page.To{Who: left{}, Msg: "it was made"})
		d.Send(page.To{Who: "somebody", Msg: "never"})
		wants(t, d, "it was made")
		if strings.Contains(text(d), "never") {
			t.Error(text(d))
		}
	})
}

// What became of a task that no dialog shows is told: in red where it failed, as a plain note where somebody
// ended it, and as not known where its engine restarted.
func TestTaskEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := func(change func(*status.Task)) *status.Snapshot {
			s := statustest.Draining()
			s.Tasks[0].State = status.Failed
			change(&s.Tasks[0])
			return s
		}
		restarted := statustest.Draining()
		restarted.Tasks, restarted.Controller.StartedAt = nil, restarted.At
		for words, now := range map[string]*status.Snapshot{
			"│ ✗ Drain controller 1: no room":                        ended(func(t *status.Task) { t.Error = "no room" }),
			"│ · Drain controller 1: undone":                         ended(func(t *status.Task) { t.Error, t.Cancelled = "undone", true }),
			"│ ✓ Drain controller 1: done":                           ended(func(t *status.Task) { t.State = status.Done }),
			"│ ⚠ Drain controller 1: the engine restarted during it": restarted,
		} {
			d, b := drive(t, statustest.Draining(), nil)
			b.Publish(now)
			d.Late(func() bool { return strings.Contains(text(d), "Drain controller 1:") })
			wants(t, d, words)
		}
	})
}
