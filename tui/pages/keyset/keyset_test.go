package keyset

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/charmbracelet/x/ansi"

	"vns3/control"
	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

// fetching is the fetch of the sketch, in the state given.
func fetching(state status.TaskState) status.Task {
	t := status.Task{ID: 4, Name: "keyset fetch", Title: "Fetch Keyset", State: state, Cancel: state == status.Running, Steps: []status.Step{
		{Text: "reached 10.0.1.10, TCP 8000", State: status.Done, TookMs: 3},
		{Text: `it is vns3 1.0, controller 1, "Acme overlay"`, State: status.Done},
		{Text: "token prepared", State: status.Done, TookMs: 400},
		{Text: "proving the token to controller 1 …", State: status.Running},
		{Text: "receive and verify keys, license, parameters", State: status.Waiting},
		{Text: "write them", State: status.Waiting},
		{Text: "API restarts, about 8 s; nothing else is disturbed", State: status.Waiting},
		{Text: "compare topology checksums", State: status.Waiting},
	}}
	switch state {
	case status.Failed:
		t.Steps[3] = status.Step{Text: "controller 1 did not accept the token", State: status.Failed}
		t.Error = "controller 1 did not accept the token"
		t.Reason = "It is not the token its fetch is protected by."
		t.Remedy = "Type it again (ctrl+r shows it). Lost? On controller 1: Keyset › Change token."
	case status.Done:
		for i := range t.Steps {
			t.Steps[i].State = status.Done
		}
		t.Result = "The topology checksum is equal to controller 1's."
	}
	return t
}

func with(s *status.Snapshot, tasks ...status.Task) *status.Snapshot {
	s.Tasks = tasks
	return s
}

func open(t *testing.T, s *status.Snapshot) (*tuitest.Player, *Page, *tuitest.Backend) {
	t.Helper()
	b := tuitest.NewBackend(s)
	p := New(tuitest.NewContext(b))
	return tuitest.Play(t, p.page, p), p, b
}

func top(t *testing.T, p *tuitest.Player) string {
	t.Helper()
	if len(p.Dialogs) == 0 {
		t.Fatal("no dialog is open")
	}
	return ansi.Strip(p.Dialogs[len(p.Dialogs)-1].View(78, 22))
}

func wants(t *testing.T, shown string, texts ...string) {
	t.Helper()
	for _, want := range texts {
		if !strings.Contains(shown, want) {
			t.Fatalf("%q is not shown:\n%s", want, shown)
		}
	}
}

// The page looks as recorded in its states, at every size.
func TestGolden(t *testing.T) {
	closed := func() *status.Snapshot {
		s := statustest.Three()
		s.Fetch = status.Fetch{Failures: 500, LastAt: s.At, LastFrom: "203.0.113.66"}
		return s
	}
	for name, snapshot := range map[string]func() *status.Snapshot{
		"none":    statustest.Unlicensed,
		"present": statustest.Three,
		"closed":  closed,
		"differs": statustest.OtherKeyset,
		"running": func() *status.Snapshot { return with(statustest.Unlicensed(), fetching(status.Running)) },
		"failed":  func() *status.Snapshot { return with(statustest.Unlicensed(), fetching(status.Failed)) },
	} {
		t.Run(name, func(t *testing.T) {
			tuitest.Golden(t, func(_ *testing.T, c *page.Context) page.Page { return New(c) },
				func() *page.Context { return tuitest.NewContext(tuitest.NewBackend(snapshot())) })
		})
	}
}

// The dialogs look as recorded while they are filled in, run, failed and done.
func TestDialogGolden(t *testing.T) {
	for name, c := range map[string]struct {
		state status.TaskState
		keys  []string
	}{
		"generate":    {"", []string{"enter", "<Acme overlay", "tab", "<correct horse 7!"}},
		"fetch":       {"", []string{"down", "enter", "<10.0.1.10", "tab", "<wrong token"}},
		"bad-source":  {"", []string{"down", "enter", "<10.0.1.10:http", "tab"}},
		"in-progress": {status.Running, []string{"down", "enter"}},
	} {
		tuitest.Run(t, name, func(t *testing.T) {
			s := statustest.Unlicensed()
			if c.state != "" {
				with(s, fetching(c.state))
			}
			player, _, _ := open(t, s)
			player.Keys(c.keys...)
			tuitest.Same(t, top(t, player))
		})
	}
	for _, end := range []status.TaskState{status.Failed, status.Done} {
		tuitest.Run(t, string(end), func(t *testing.T) {
			player, _, _ := open(t, with(statustest.Unlicensed(), fetching(status.Running)))
			player.Keys("down", "enter")
			s := with(statustest.Three(), fetching(end))
			s.Suggestion = &status.Suggestion{From: "10.0.1.10"}
			if end == status.Failed {
				s = with(statustest.Unlicensed(), fetching(end))
			}
			player.Show(s)
			tuitest.Same(t, top(t, player))
		})
	}
}

// On a low screen a form is whole; what it is for is said where there is room.
func TestFormOnLowScreen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, _, _ := open(t, statustest.Unlicensed())
		player.Keys("enter")
		drawn := strings.Split(ansi.Strip(player.Dialogs[0].View(58, 13)), "\n")
		if !strings.Contains(drawn[1], "▸Topology name") || strings.Contains(strings.Join(drawn, "\n"), "Once per topology") {
			t.Errorf("drawn\n%s", strings.Join(drawn, "\n"))
		}
	})
}

// A fetch goes on while the page is left, fails with reason and remedy, is tried again with the source
// still there, and ends with the checksum and the source's peering table.
func TestFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, p, b := open(t, statustest.Unlicensed())
		b.On("keyset fetch", func(control.Request) (any, error) { return control.TaskStarted{Task: 4}, nil })
		player.Keys("down", "enter", "<10.0.1.10", "tab", "<wrong token", "enter")
		if asked := b.Asked(); len(asked) != 1 || asked[0] != (control.KeysetFetch{Source: "10.0.1.10", Token: "wrong token"}) {
			t.Fatalf("asked %v", asked)
		}
		wants(t, top(t, player), "starting", "You may leave this page", "10.0.1.10")
		player.Show(with(statustest.Unlicensed(), fetching(status.Running)))
		wants(t, top(t, player), "✓ token prepared", "0.4 s", "◐ proving the token", "· write them", "Cancel")
		if strings.Contains(top(t, player), "wrong token") {
			t.Error("the token is shown")
		}
		player.Keys("esc")
		wants(t, ansi.Strip(p.View()), "FETCH KEYSET", "◐ proving")
		player.Keys("enter")
		player.Show(with(statustest.Unlicensed(), fetching(status.Failed)))
		wants(t, top(t, player), "failed, nothing was changed here", "Why", "Do", "[▸Try again ]")
		player.Keys("right", "enter")
		if report := copied(player); !strings.Contains(report, "did not accept the token") {
			t.Errorf("copied %q", report)
		}
		player.Keys("left", "enter")
		wants(t, top(t, player), "Controller with the keys", "10.0.1.10")
		b.On("keyset fetch", func(control.Request) (any, error) { return control.TaskStarted{Task: 5}, nil })
		player.Keys("<right token", "enter") // the dialog was opened anew: it knows the source, not the token
		if asked := b.Asked(); asked[len(asked)-1] != (control.KeysetFetch{Source: "10.0.1.10", Token: "right token"}) {
			t.Fatalf("asked %v", asked)
		}
		second := fetching(status.Done)
		second.ID = 5
		end := with(statustest.Three(), fetching(status.Failed), second)
		end.Suggestion = &status.Suggestion{From: "10.0.1.10"}
		player.Show(end)
		wants(t, top(t, player), statustest.Checksum, "equal to controller 1's", "[▸Use its table ]")
		player.Keys("enter")
		if !player.Asked(page.GoTo{Page: page.Peering}) || !player.Asked(page.Invoke{Action: page.UseSuggestion}) {
			t.Errorf("sent %v", player.Sent)
		}
	})
}

func copied(p *tuitest.Player) string {
	for _, msg := range p.Sent {
		if c, ok := msg.(page.CopyText); ok {
			return c.Text
		}
	}
	return ""
}

// What was cancelled is no failure to worry about: the dialog says so, and the page forgets it. Trying
// again begins with the source where that was not reached, else with the token.
func TestCancelledAndAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failing := func(change func(*status.Task)) (*tuitest.Player, *Page) {
			player, p, b := open(t, statustest.Unlicensed())
			b.On("keyset fetch", func(control.Request) (any, error) { return control.TaskStarted{Task: 4}, nil })
			player.Keys("down", "enter", "<10.0.1.10", "tab", "<some token", "enter")
			end := fetching(status.Failed)
			change(&end)
			player.Show(with(statustest.Unlicensed(), end))
			return player, p
		}
		player, p := failing(func(task *status.Task) {
			task.Cancelled, task.Error, task.Reason, task.Remedy = true, "cancelled", "it was cancelled; nothing was changed", ""
		})
		wants(t, top(t, player), "cancelled, nothing was changed here")
		if strings.Contains(p.View(), "✗") {
			t.Errorf("the page calls it a failure:\n%s", p.View())
		}
		player, _ = failing(func(*status.Task) {})
		player.Keys("enter")
		wants(t, top(t, player), "▸Security token")
		player, _ = failing(func(task *status.Task) {
			task.Steps = []status.Step{{Text: "reaching 10.0.1.10:8000", State: status.Failed}}
		})
		player.Keys("enter")
		wants(t, top(t, player), "▸Controller with the keys")
	})
}

// However much is to be said of the keys, what can be done with them is in sight.
func TestChoicesInSight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := statustest.OtherKeyset()
		s.Controller.TopologyName = "日本語のとても長いトポロジーの名前 東京 大阪 名古屋 札幌 福岡 仙台 広島 終わり"
		s.Fetch = status.Fetch{Failures: 500, LastAt: s.At, LastFrom: "203.0.113.66"}
		_, p, _ := open(t, s)
		p.SetSize(60, 11)
		wants(t, ansi.Strip(p.View()), "closed after too many", "Re-arm", "Fetch another one")
		tuitest.Fits(t, p.View(), 60, 11)
	})
}

// A long name of a topology can be read whole.
func TestLongTopologyName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := statustest.Three()
		s.Controller.TopologyName = "日本語のとても長いトポロジーの名前 東京 大阪 名古屋 札幌 福岡 仙台 広島 終わり"
		_, p, _ := open(t, s)
		wants(t, ansi.Strip(p.View()), "終わり")
		tuitest.Fits(t, p.View(), 58, 19)
	})
}

// A running task is cancelled by its button, and only then: not by a key that was in flight when the
// button appeared.
func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, _, b := open(t, with(statustest.Unlicensed(), fetching(status.Running)))
		player.Keys("down", "enter", "esc")
		if len(b.Asked()) != 0 {
			t.Fatalf("closing the dialog asked %v", b.Asked())
		}
		player.Keys("enter", "enter")
		if asked := b.Asked(); len(asked) != 0 {
			t.Errorf("a key in flight asked %v", asked)
		}
		player.Arm()
		player.Keys("enter")
		if asked := b.Asked(); len(asked) != 1 || asked[0] != (control.TaskCancel{ID: 4}) {
			t.Errorf("asked %v", asked)
		}
	})
}

// A refusal stands in the dialog with its remedy, and what was typed is still there.
func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, _, b := open(t, statustest.Unlicensed())
		b.On("keyset generate", func(control.Request) (any, error) {
			return nil, &control.Error{Kind: control.Exists, Reason: "Keyset already exists.", Remedy: "Remove it first, if it is not the one."}
		})
		player.Keys("enter", "<Acme", "tab", "<correct horse 7!", "enter")
		wants(t, top(t, player), "✗ Keyset already exists.", "Remove it first", "[Acme")
	})
}

// A token that is missing or too short starts nothing and says why; ctrl+g proposes one that is
// strong and shown; ctrl+r hides it.
func TestToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, _, b := open(t, statustest.Unlicensed())
		player.Keys("enter", "<Acme", "tab", "<short", "enter")
		wants(t, top(t, player), "at least 8 characters", "weak")
		player.Keys("ctrl+g")
		wants(t, top(t, player), "strong")
		player.Keys("ctrl+y")
		if token := copied(player); measure(token) != strong || !strings.Contains(top(t, player), token) {
			t.Errorf("proposed %q\n%s", token, top(t, player))
		}
		player.Keys("ctrl+r")
		if strings.Contains(top(t, player), copied(player)) {
			t.Error("the token is still shown")
		}
		if len(b.Asked()) != 0 {
			t.Errorf("asked %v", b.Asked())
		}
	})
}

// Tokens by strength.
func TestMeasure(t *testing.T) {
	for token, want := range map[string]strength{
		"": weak, "secret": weak, "password1": weak, "aaaaaaaaaaaaaaaa": weak, "12345678": weak, "qwertzuiop": weak,
		"horse7battery": fair, "plum-pear": fair, "correct horse battery staple": strong, propose(): strong,
	} {
		if got := measure(token); got != want {
			t.Errorf("%q is %v (%.0f bits), want %v", token, got, entropy(token), want)
		}
	}
}

// Sources that are taken, and those that are refused.
func TestSource(t *testing.T) {
	for source, ok := range map[string]bool{
		"10.0.1.10": true, "10.0.1.10:8000": true, "vns3-a.example.net": true, "vns3-a.example.net:8000": true,
		"2001:db8::1": true, "[2001:db8::1]:8000": true, " 10.0.1.10 ": true,
		"": false, "10.0.1.10:0": false, "10.0.1.10:http": false, "https://10.0.1.10": false, "10.0.1": false, "a b": false,
	} {
		if err := checkSource(source); (err == nil) != ok {
			t.Errorf("%q: %v", source, err)
		}
	}
}

// Removing asks for the first digits of the checksum and says what is lost; nothing less removes.
func TestRemove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, p, b := open(t, statustest.Three())
		player.Send(page.Invoke{Action: "keyset remove"})
		wants(t, top(t, player), "2 tunnels to other controllers", "client servers")
		player.Keys("enter", "<12345678", "enter", "tab", "tab", "enter")
		if len(b.Asked()) != 0 {
			t.Fatalf("asked %v", b.Asked())
		}
		player.Keys("esc")
		player.Send(page.Invoke{Action: "keyset remove"})
		player.Keys("<"+statustest.Checksum[:8], "enter", "enter")
		if asked := b.Asked(); len(asked) != 1 || asked[0] != (control.KeysetRemove{Confirm: statustest.Checksum[:8]}) {
			t.Errorf("asked %v\n%s", asked, p.View())
		}
	})
}

// Generated on both controllers by mistake: what removing this keyset loses is said, then the fetch
// begins by itself.
func TestGeneratedOnBoth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, p, b := open(t, statustest.OtherKeyset())
		wants(t, ansi.Strip(p.View()), "differs on #", "Fetch another one")
		player.Keys("down", "down", "enter")
		wants(t, top(t, player), "Remove this keyset and fetch another?")
		sum := p.page.Snapshot.Controller.TopologyChecksum
		player.Keys("<"+sum[:8], "enter", "enter")
		if asked := b.Asked(); len(asked) != 1 || asked[0] != (control.KeysetRemove{Confirm: sum[:8]}) {
			t.Fatalf("asked %v", asked)
		}
		wants(t, top(t, player), "Fetch Keyset", "Controller with the keys")
	})
}

// A closed source is opened again from the page.
func TestRearm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := statustest.Three()
		s.Fetch = status.Fetch{Failures: 500}
		player, p, b := open(t, s)
		wants(t, ansi.Strip(p.View()), "closed after too many wrong tokens", "500 wrong tokens")
		player.Keys("down", "enter")
		if asked := b.Asked(); len(asked) != 1 || asked[0] != (control.KeysetRearm{}) {
			t.Errorf("asked %v", asked)
		}
	})
}

// Actions that make no sense now say why.
func TestInvokeOutOfOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for action, s := range map[string]*status.Snapshot{"keyset generate": statustest.Three(), "keyset remove": statustest.Unlicensed(), "keyset rearm": statustest.Unlicensed(), "keyset change-token": statustest.Unlicensed()} {
			player, _, b := open(t, s)
			player.Send(page.Invoke{Action: action})
			if len(player.Dialogs) != 0 || len(b.Asked()) != 0 || len(player.Sent) != 1 {
				t.Errorf("%s: %d dialogs, asked %v, said %v", action, len(player.Dialogs), b.Asked(), player.Sent)
			}
		}
	})
}

// Dialogs fit a small screen whatever state they are in.
func TestDialogsFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, state := range []status.TaskState{status.Running, status.Failed, status.Done} {
			player, _, _ := open(t, with(statustest.Unlicensed(), fetching(status.Running)))
			player.Keys("down", "enter")
			player.Show(with(statustest.Three(), fetching(state)))
			for _, size := range []tuitest.Size{{Width: 58, Height: 13}, {Width: 78, Height: 22}} {
				tuitest.Fits(t, player.Dialogs[0].View(size.Width, size.Height), size.Width, size.Height)
			}
		}
	})
}
