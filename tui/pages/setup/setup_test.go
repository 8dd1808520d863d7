package setup

import (
	"strings"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui/page"
	"vns3/tui/pages/keyset"
	"vns3/tui/pages/license"
	"vns3/tui/tuitest"
)

// licensed has a license and nothing else.
func licensed() *status.Snapshot {
	s := statustest.Unlicensed()
	s.Controller.License = statustest.Three().Controller.License
	return s
}

// keyed has keys and no peering.
func keyed() *status.Snapshot {
	s := licensed()
	s.Controller.KeysetPresent = true
	return s
}

// waiting is peered with a controller that was not heard yet.
func waiting() *status.Snapshot {
	s := statustest.Three()
	s.Peers[2].ChecksumEqual = nil
	return s
}

// The checklist looks as recorded at each stage, at every size.
func TestGolden(t *testing.T) {
	for name, state := range map[string]struct {
		snapshot func() *status.Snapshot
		keys     []string
	}{
		"first-run": {statustest.Unlicensed, nil},
		"join":      {statustest.Unlicensed, []string{"down", "space"}},
		"licensed":  {licensed, nil},
		"keyed":     {keyed, nil},
		"no-keyset": {statustest.NoKeyset, nil},
		"waiting":   {waiting, nil},
		"differs":   {statustest.OtherKeyset, nil},
		"done":      {statustest.Three, nil},
		"single":    {statustest.Single, nil},
	} {
		t.Run(name, func(t *testing.T) {
			tuitest.Golden(t, func(t *testing.T, c *page.Context) page.Page {
				p := New(c)
				tuitest.Play(t, c, p).Keys(state.keys...)
				return p
			}, func() *page.Context { return tuitest.NewContext(tuitest.NewBackend(state.snapshot())) })
		})
	}
}

// Enter does the step whose turn it is: the dialog or page that each leads to.
func TestEnter(t *testing.T) {
	for name, c := range map[string]struct {
		snapshot *status.Snapshot
		keys     []string
		dialog   any
		sent     tea.Msg
	}{
		"license":           {statustest.Unlicensed(), []string{"enter"}, &license.Install{}, nil},
		"join fetches":      {statustest.Unlicensed(), []string{"down", "enter"}, &keyset.Dialog{}, page.GoTo{Page: page.Keyset}},
		"generate":          {licensed(), []string{"enter"}, &keyset.Dialog{}, page.GoTo{Page: page.Keyset}},
		"peering":           {keyed(), []string{"enter"}, nil, page.GoTo{Page: page.Peering}},
		"compare":           {waiting(), []string{"enter"}, nil, page.GoTo{Page: page.Runtime}},
		"out of turn":       {statustest.Unlicensed(), []string{"down", "space", "down", "down", "down", "down", "enter"}, nil, page.Say{Severity: status.Warn, Text: "first step 3, Keyset"}},
		"moved past join":   {statustest.Unlicensed(), []string{"down", "down", "down", "enter"}, &license.Install{}, nil},
		"back to the first": {statustest.Unlicensed(), []string{"down", "space", "up", "enter"}, &license.Install{}, nil},
		"service":           {statustest.Unlicensed(), []string{"s"}, nil, page.InstallService{}},
		"done step is seen": {licensed(), []string{"down", "down", "down", "enter"}, nil, page.GoTo{Page: page.License}},
	} {
		tuitest.Run(t, name, func(t *testing.T) {
			b := tuitest.NewBackend(c.snapshot)
			p := New(tuitest.NewContext(b))
			player := tuitest.Play(t, p.page, p)
			player.Keys(c.keys...)
			if c.sent != nil && !player.Asked(c.sent) {
				t.Errorf("sent %v, want %v", player.Sent, c.sent)
			}
			if (len(player.Dialogs) == 1) != (c.dialog != nil) {
				t.Errorf("%d dialogs, want %T", len(player.Dialogs), c.dialog)
			}
			if asked := b.Asked(); len(asked) > 0 {
				t.Errorf("asked %v", asked)
			}
		})
	}
}

// The cursor stands on the next step, also where the controller answers only after the first paint, and
// goes on with the steps until somebody moves it.
func TestCursorFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := tuitest.NewBackend(&status.Snapshot{})
		p := New(tuitest.NewContext(b))
		player := tuitest.Play(t, p.page, p)
		player.Show(keyed())
		if p.cursor != answers+peers {
			t.Errorf("cursor on %d, want step Peering", p.cursor)
		}
		player.Show(waiting())
		if p.cursor != answers+compare {
			t.Errorf("cursor on %d, want step Compare", p.cursor)
		}
		player.Keys("up")
		player.Show(waiting())
		if p.cursor != answers+peers {
			t.Errorf("cursor on %d, want where it was moved to", p.cursor)
		}
	})
}

// A peer that goes down after it was compared does not undo the checklist.
func TestStaysDone(t *testing.T) {
	s := statustest.Degraded()
	if done, all := Progress(s); done != all {
		t.Errorf("%d of %d", done, all)
	}
}

// The community license is installed with its parameters; the checklist then goes on.
func TestCommunity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := tuitest.NewBackend(statustest.Unlicensed())
		b.On("license install", func(control.Request) (any, error) {
			return control.LicenseShown{License: status.License{Licensed: true, Community: true}}, nil
		})
		b.On("license parameters", func(control.Request) (any, error) {
			return control.LicenseShown{License: status.License{Licensed: true, Finalized: true, Community: true}}, nil
		})
		p := New(tuitest.NewContext(b))
		player := tuitest.Play(t, p.page, p)
		player.Keys("enter", "tab", "tab", "enter")
		if asked := b.Asked(); len(asked) != 2 || asked[0] != (control.LicenseInstall{Community: true}) || asked[1] != (control.LicenseParameters{Default: true}) {
			t.Errorf("asked %v", asked)
		}
		if len(player.Dialogs) != 0 {
			t.Error("the dialog is still open")
		}
	})
}

// A console that is attached to another one's engine does not take it for its own.
func TestEngineOfAnotherConsole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := tuitest.NewContext(tuitest.NewBackend(statustest.Unlicensed()))
		c.Origin = page.Origin{Engine: "attached to the engine of this machine"}
		player := tuitest.Play(t, c, New(c))
		player.Keys("s")
		if len(player.Sent) > 0 {
			t.Errorf("s hands over the engine of another console: %v", player.Sent)
		}
		if view := player.Page.View(); strings.Contains(view, "hand it to systemd") || !strings.Contains(view, "runs inside another console") {
			t.Errorf("it takes the engine for its own:\n%s", view)
		}
	})
}
