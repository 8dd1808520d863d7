package peering

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/control"
	"vns3/peering"
	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui/component/dialog"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

func address(a string) peering.Row { return peering.Row{Kind: peering.Address, Address: a} }

// fresh is a controller that just fetched its keyset: a table came with it, nothing is peered.
func fresh() *status.Snapshot {
	s := statustest.Three()
	s.Controller.ID, s.Controller.Peered, s.Controller.PrivateAddress = 0, false, "10.0.2.10"
	s.Peering = status.Peering{State: "empty", Version: "v1"}
	for i := range s.Peers {
		s.Peers[i] = status.Peer{ID: i + 1, State: status.NotSet}
	}
	s.Suggestion = &status.Suggestion{
		From:  "10.0.1.10",
		Table: peering.Table{1: address("10.0.1.10"), 2: {Kind: peering.Self}, 3: address("10.0.3.10")},
		Notes: map[int]string{2: "controller 1 lists 10.0.2.10, an address of this machine", 3: "listed by controller 1; answers"},
	}
	return s
}

// answers makes every check of an address find it well, except those in bad.
func answers(b *tuitest.Backend, bad map[string]status.Check) {
	b.On("peering check", func(r control.Request) (any, error) {
		if c, wrong := bad[r.(control.PeeringCheck).Address]; wrong {
			return control.Report{Findings: []control.Finding{{Subject: "peer", Check: c}}}, nil
		}
		return control.Report{OK: true, Findings: []control.Finding{
			{Check: status.Check{What: "name", Verdict: "ok", Text: "is an address"}},
			{Check: status.Check{What: "port", Verdict: "ok", Text: "UDP 1196 answers"}},
			{Check: status.Check{What: "keyset", Verdict: "ok", Text: "the same keyset"}},
		}}, nil
	})
}

var unknownName = map[string]status.Check{"no.example": {What: "name", Verdict: "error", Text: "no.example has no address", Remedy: "Correct the name, or the DNS record."}}

func open(t *testing.T, s *status.Snapshot) (*tuitest.Player, *Page, *tuitest.Backend) {
	t.Helper()
	b := tuitest.NewBackend(s)
	answers(b, unknownName)
	p := New(tuitest.NewContext(b))
	return tuitest.Play(t, p.page, p), p, b
}

func screen(p *Page) string { return ansi.Strip(p.View()) }

func wants(t *testing.T, p *Page, texts ...string) {
	t.Helper()
	for _, want := range texts {
		if !strings.Contains(screen(p), want) {
			t.Fatalf("%q is not on the page:\n%s", want, screen(p))
		}
	}
}

// The page looks as recorded in its states, at every size.
func TestGolden(t *testing.T) {
	for name, state := range map[string]struct {
		snapshot func() *status.Snapshot
		keys     []string
	}{
		"running":       {statustest.Degraded, []string{"down", "down"}},
		"single":        {statustest.Single, nil},
		"nine":          {statustest.Nine, nil},
		"unlicensed":    {statustest.Unlicensed, nil},
		"no-keyset":     {statustest.NoKeyset, nil},
		"list-open":     {fresh, []string{"enter", `<10.0.1.10`, "enter", "down", "enter"}},
		"address-typed": {fresh, []string{"enter", `<10.0.1.10:8000`}},
		"cannot-save":   {fresh, []string{"enter", `<10.0.1.10`, "enter", "down"}},
		"duplicate":     {fresh, []string{"i", "down", "enter", `<10.0.9.9`, "enter", "down", "enter", `<10.0.9.9`, "enter"}},
		"bad-name":      {fresh, []string{"i", "down", "enter", `<no.example`, "enter"}},
		"suggestion":    {fresh, []string{"t"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := tuitest.NewBackend(state.snapshot())
			answers(b, unknownName)
			tuitest.Golden(t, func(t *testing.T, c *page.Context) page.Page {
				p := New(c)
				player := tuitest.Play(t, c, p)
				player.Keys(state.keys...)
				return p
			}, func() *page.Context { return tuitest.NewContext(b) })
		})
	}
}

// Choosing "this instance" in a second row offers to move it, and moves it only then.
func TestMoveSelf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, p, _ := open(t, statustest.Three())
		player.Keys("down", "i")
		if len(player.Dialogs) != 1 || p.draft.table.Self() != 1 {
			t.Fatalf("no question, or moved at once: %d dialogs, self %d", len(player.Dialogs), p.draft.table.Self())
		}
		player.Arm()
		player.Keys("right", "enter")
		if got := p.draft.table; got.Self() != 2 || got[1].Kind != peering.NotSet {
			t.Errorf("the table is %v", got)
		}
		player.Keys("ctrl+s")
		if shown := ansi.Strip(player.Dialogs[len(player.Dialogs)-1].View(78, 24)); !strings.Contains(shown, "All tunnels of this controller end") || strings.Contains(shown, "undisturbed") {
			t.Errorf("a new ID is said to disturb nothing:\n%s", shown)
		}
	})
}

// A wrong address is not taken, and its reason stands in the list; a right one is staged in its normal
// form and checked.
func TestTypedAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, p, _ := open(t, fresh())
		player.Keys("enter", `<10.0.1.10:8000`, "enter")
		wants(t, p, "has a port")
		player.Keys("esc", `< VNS3-A.Example.NET.`, "enter")
		if got := p.draft.table[1]; got != address("vns3-a.example.net") {
			t.Fatalf("staged %v", got)
		}
		wants(t, p, "* ● answers, same keyset")
	})
}

// An answer to a check that was overtaken by another address is dropped.
func TestOvertakenCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, p, b := open(t, fresh())
		b.On("peering check", func(r control.Request) (any, error) {
			if wrong, late := unknownName[r.(control.PeeringCheck).Address]; late {
				time.Sleep(time.Second)
				return control.Report{Findings: []control.Finding{{Subject: "peer", Check: wrong}}}, nil
			}
			return control.Report{OK: true, Findings: []control.Finding{{Check: status.Check{What: "keyset", Verdict: "ok", Text: "the same keyset"}}}}, nil
		})
		player.Keys("enter", `<no.example`, "enter")
		wants(t, p, "checking")
		player.Keys("enter", `<10.0.1.10`, "enter")
		wants(t, p, "● answers, same keyset")
		player.After(time.Second)
		wants(t, p, "● answers, same keyset")
	})
}

// What is typed is looked up once typing pauses, not at each key.
func TestTypingIsChecked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, p, b := open(t, fresh())
		player.Keys("enter", `"10.0.1.1`)
		if asked := b.Asked(); len(asked) != 0 {
			t.Fatalf("asked while typing: %v", asked)
		}
		player.After(settle - 1)
		player.Keys("0", "backspace")
		player.After(settle - 1)
		if asked := b.Asked(); len(asked) != 0 {
			t.Fatalf("asked while typing goes on: %v", asked)
		}
		player.After(1)
		if asked := b.Asked(); len(asked) != 1 || asked[0] != (control.PeeringCheck{ID: 1, Address: "10.0.1.1"}) {
			t.Fatalf("asked %v", asked)
		}
		wants(t, p, "answers, same keyset")
	})
}

// A save sends the rows that were edited with the version they were edited from, then leads to
// Runtime Status; before it, every consequence is named.
func TestSave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, p, b := open(t, statustest.Three())
		player.Keys("down", "x", "down", "down", "enter", `<10.0.9.9`, "enter", "ctrl+s")
		shown := ansi.Strip(player.Dialogs[0].View(70, 20))
		for _, want := range []string{"row 2: 10.0.2.10 → not set", "row 4: not set → 10.0.9.9", "[▸Cancel ]"} {
			if !strings.Contains(shown, want) {
				t.Errorf("%q is not in the question:\n%s", want, shown)
			}
		}
		player.Arm()
		player.Keys("right", "enter")
		asked := b.Asked()
		set, ok := asked[len(asked)-1].(control.PeeringSet)
		if !ok || len(set.Rows) != 2 || set.Rows[4] != address("10.0.9.9") || set.Version != p.page.Snapshot.Peering.Version || !set.Strict {
			t.Fatalf("asked %+v", asked)
		}
		if p.Unsaved() != "" || p.page.SavedPeering.IsZero() || !player.Asked(page.GoTo{Page: page.Runtime}) {
			t.Errorf("unsaved %q, saved at %v, sent %v", p.Unsaved(), p.page.SavedPeering, player.Sent)
		}
	})
}

// A key in flight when the question appears confirms nothing.
func TestGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, _, b := open(t, fresh())
		player.Keys("i", "ctrl+s", "enter", "enter")
		player.After(dialog.Grace - 1)
		player.Keys("right", "enter")
		if asked := b.Asked(); len(asked) != 0 {
			t.Errorf("asked %v", asked)
		}
		player.After(1)
		player.Keys("right", "enter")
		if asked := b.Asked(); len(asked) != 1 {
			t.Errorf("asked %v after the grace", asked)
		}
	})
}

// Saving is impossible while the table is wrong, and the words stand at the rows.
func TestCannotSave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, p, b := open(t, statustest.Three())
		player.Keys("x", "ctrl+s")
		wants(t, p, `Cannot save`, `"this instance"`)
		player.Keys("u", "down", "down", "enter", `<10.0.2.10`, "enter", "ctrl+s")
		wants(t, p, "also in row 2", "also in row 3")
		for _, r := range b.Asked() {
			if r.Action() == "peering set" {
				t.Errorf("asked %v", r)
			}
		}
	})
}

// An edit of the file meanwhile: untouched rows follow it, edited rows stay and say what is there now,
// and the save names what it overwrites.
func TestChangedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, p, _ := open(t, statustest.Three())
		player.Keys("down", "enter", `<10.0.7.7`, "enter")
		next := statustest.Three()
		next.Peering.Version = "another"
		next.Peering.Table[2], next.Peering.Table[3] = address("10.0.8.8"), peering.Row{}
		player.Show(next)
		wants(t, p, "10.0.7.7", "⚠ now 10.0.8.8", "Changed meanwhile", "#3 [not set")
		player.Keys("ctrl+s")
		if shown := ansi.Strip(player.Dialogs[0].View(70, 20)); !strings.Contains(shown, "changed meanwhile by somebody else; saving") {
			t.Errorf("the question does not say so:\n%s", shown)
		}
		player.Keys("esc", "u")
		wants(t, p, "#2 [10.0.8.8")
	})
}

// A save that comes second keeps the edits and says so.
func TestConflict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, p, b := open(t, statustest.Three())
		b.On("peering set", func(control.Request) (any, error) {
			return nil, &control.Error{Kind: control.Conflict, What: "peering table", Reason: "it was changed meanwhile"}
		})
		player.Keys("down", "x", "ctrl+s")
		player.Arm()
		player.Keys("right", "enter")
		wants(t, p, "Not saved: the table was changed meanwhile")
		if p.Unsaved() == "" {
			t.Error("the edits are gone")
		}
	})
}

// The table that came with the keyset is staged on request, checked, and not saved unseen.
func TestSuggestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, p, b := open(t, fresh())
		player.Send(page.Invoke{Action: page.UseSuggestion})
		wants(t, p, "#1 [10.0.1.10", "#2 [this instance", "#3 [10.0.3.10", "answers, same keyset")
		for _, r := range b.Asked() {
			if r.Action() != "peering check" {
				t.Errorf("asked %v", r)
			}
		}
	})
}

// Rebasing loses no edit: for random tables and edits, a row edited here is as edited, any other is as
// it runs, and a row is marked if and only if both sides changed it to different things.
func TestRebaseOracle(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	rows := []peering.Row{{}, {Kind: peering.Self}, address("10.0.0.1"), address("10.0.0.2")}
	table := func() (t peering.Table) {
		for id := range t.Rows() {
			t[id] = rows[random.IntN(len(rows))]
		}
		return t
	}
	for range 2000 {
		base, mine, theirs := table(), table(), table()
		d := draft{base: base, table: base}
		for id := range mine.Rows() {
			d.set(id, mine[id])
		}
		d.rebase(theirs, "2")
		for id := range mine.Rows() {
			want := mine[id]
			if mine[id] == base[id] {
				want = theirs[id]
			}
			clash := mine[id] != base[id] && theirs[id] != base[id] && mine[id] != theirs[id]
			if d.table[id] != want || d.theirs[id] != clash {
				t.Fatalf("row %d: base %v, mine %v, theirs %v: got %v marked %v", id, base[id], mine[id], theirs[id], d.table[id], d.theirs[id])
			}
		}
	}
}

// After a save each row with an address gets its verdict within ten seconds: reached, around through
// another controller, or not reached with the reason; rows that are not set are not counted.
func TestPanel(t *testing.T) {
	c := tuitest.NewContext(tuitest.NewBackend(statustest.Degraded()))
	if Panel(c, 58, 20).Lines != nil {
		t.Error("a panel before any save")
	}
	c.SavedPeering = c.Snapshot.At.Add(-2 * time.Second)
	got := ansi.Strip(strings.Join(Panel(c, 58, 20).Lines, "\n"))
	for _, want := range []string{"Peering saved", "3 of 3 reached", "● #2", "◐ #3", "reached via #2", "Open UDP 1195"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in the panel:\n%s", want, got)
		}
	}
	for _, twice := range []string{"#3: ", "firewall\n", "vns3-c.example.net  reached"} {
		if strings.Contains(got, twice) {
			t.Errorf("%q stands in the panel:\n%s", twice, got)
		}
	}
	silent := status.Peer{ID: 3, State: status.Down, Address: "10.0.3.10"}
	s := statustest.Three()
	s.Warnings = nil
	for after, want := range map[time.Duration]outcome{0: trying, 9 * time.Second: trying, Patience: notReached} {
		if got := judge(s, silent, after); got.verdict != want {
			t.Errorf("after %v: %v %s", after, got.verdict, got.words)
		}
	}
}

// However many rows are not reached, the verdict on each is on a screen of 80x24 and leaves room for the
// rest; a warning that the panel tells whole need not be told again.
func TestPanelOfMany(t *testing.T) {
	s := statustest.Nine()
	for i := range s.Peers[1:] {
		p := &s.Peers[i+1]
		p.State, p.Path = status.Down, nil
		p.Checks = []status.Check{{What: "port", Verdict: "error", Text: fmt.Sprintf("#%d: nobody listens at %s, UDP 1195", p.ID, p.Address), Remedy: "start vns3 there"}}
	}
	c := tuitest.NewContext(tuitest.NewBackend(s))
	c.SavedPeering = s.At.Add(-2 * time.Second)
	w := status.Warning{Peer: 4, Text: s.Peers[3].Checks[0].Text, Remedy: "start vns3 there"}
	for _, size := range []struct {
		height int
		want   string
		tells  bool
	}{{40, "✗ #4 not reached: nobody listens at 10.0.4.10, UDP 1195. Start vns3 there.", true}, {8, "✗ not reached: #2 #3 #4 #5 #6 #7 #8 #9", false}} {
		got := Panel(c, 78, size.height)
		if shown := ansi.Strip(strings.Join(got.Lines, "\n")); !strings.Contains(shown, size.want) || len(got.Lines) > size.height {
			t.Errorf("in %d lines %q is missing:\n%s", size.height, size.want, shown)
		}
		if got.Tells(w) != size.tells || got.Tells(status.Warning{Peer: 4, Text: "another"}) {
			t.Errorf("in %d lines it tells the warning: %v", size.height, got.Tells(w))
		}
	}
}

// An address that nobody can be asked about yet says what that waits for.
func TestNotAskedYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, p, b := open(t, fresh())
		b.On("peering check", func(control.Request) (any, error) {
			return control.Report{OK: true, Findings: []control.Finding{{Check: status.Check{What: "port", Verdict: "unknown", Text: "it is asked once there is a keyset here"}}}}, nil
		})
		player.Keys("enter", `"10.0.1.1`)
		player.Run(p.due(checkDue{1, p.typed.generation}))
		wants(t, p, "valid; it is asked once there is a keyset")
		player.Keys("enter")
		wants(t, p, "· valid, not asked yet")
	})
}

// A mouse click chooses a row and opens its list; the wheel moves.
func TestMouse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, p, _ := open(t, statustest.Three())
		player.Send(tea.MouseClickMsg{X: 10, Y: 3, Button: tea.MouseLeft})
		if p.row() != 2 || p.list == nil {
			t.Fatalf("row %d, list %v", p.row(), p.list)
		}
		wants(t, p, "this instance  now row 1; taking it moves it")
		player.Send(tea.MouseClickMsg{X: 10, Y: p.listTop() + 2, Button: tea.MouseLeft})
		if p.list != nil || p.draft.table[2].Kind != peering.NotSet {
			t.Errorf("row 2 is %v\n%s", p.draft.table[2], screen(p))
		}
	})
}

// A controller that wants to peer is shown at its row and accepted by one key.
func TestAccept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := statustest.Three()
		s.Warnings = append(s.Warnings, status.Warning{Code: string(status.PeerWantsToPeer), Peer: 4})
		player, p, b := open(t, s)
		player.Keys("a") // the key that stands there leads to the row from any other
		wants(t, p, "▸#4 [not set", "wants to peer: a")
		if asked := b.Asked(); len(asked) != 0 {
			t.Fatalf("asked %v", asked)
		}
		player.Keys("home")
		player.Send(page.Invoke{Action: "peering accept"})
		wants(t, p, "▸#4 [not set", "wants to peer: a")
		player.Keys("a")
		if asked := b.Asked(); len(asked) != 1 || asked[0] != (control.PeeringAccept{ID: 4}) {
			t.Errorf("asked %v", asked)
		}
		if want := (page.Say{Severity: status.Info, Text: "controller 4 is accepted: its row has its address"}); !player.Asked(want) {
			t.Errorf("told %v", player.Sent)
		}
	})
}

// A first table: the row says which key makes it this controller, and an address may be typed at once.
func TestFirstTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, p, _ := open(t, fresh())
		wants(t, p, "▸#1 [not set                  ▾]   i: this instance")
		player.Keys("i")
		wants(t, p, "▸#1 [this instance            ▾] * runs: not set")
		head := strings.Index(screen(p), "#1")
		player.Keys("down")
		if strings.Index(screen(p), "#1")-head > len("▸") || strings.Contains(screen(p), "i: this instance") {
			t.Errorf("the rows moved with the cursor, or a second row is to be this one:\n%s", screen(p))
		}
		for _, digit := range "10.0.1.10" {
			player.Keys(string(digit))
		}
		player.Keys("enter")
		if got := p.draft.table[2]; got != address("10.0.1.10") {
			t.Errorf("row 2 is %v", got)
		}
	})
}

// Rows staged over the API are told of, and applied on request only.
func TestStagedOverAPI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := statustest.Three()
		staged := s.Peering.Table
		staged[4] = address("10.0.9.9")
		s.Peering.Staged = &staged
		player, p, b := open(t, s)
		wants(t, p, "1 row staged over the API")
		player.Send(page.Invoke{Action: "peering apply"})
		if asked := b.Asked(); len(asked) != 1 || asked[0] != (control.PeeringApply{}) {
			t.Errorf("asked %v", asked)
		}
	})
}

// A row beyond the license is kept and said to be so.
func TestLicenseFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := statustest.Three()
		s.Peering.Table[6] = address("10.0.6.10")
		_, p, _ := open(t, s)
		wants(t, p, "Your license allows 4 controllers", "#6 [10.0.6.10", "license full: 4 of 4")
	})
}

// The check of a row shows every finding with its remedy, and of a row that runs also what its tunnel
// shows, each part once; of an address that does not run nothing of the tunnel that does.
func TestCheckReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, _, _ := open(t, statustest.Three())
		player.Keys("down", "c")
		shown := ansi.Strip(player.Dialogs[0].View(78, 20))
		for _, want := range []string{"Check of controller 2, 10.0.2.10", "✓ port", "UDP 1196 answers", "✓ key", "✓ mtu", "✓ clock"} {
			if !strings.Contains(shown, want) {
				t.Errorf("%q is not shown:\n%s", want, shown)
			}
		}
		if n := strings.Count(shown, "✓ port"); n != 1 {
			t.Errorf("the port is judged %d times:\n%s", n, shown)
		}
		player.Keys("esc", "enter", `<10.0.9.9`, "enter", "c")
		if shown := ansi.Strip(player.Dialogs[len(player.Dialogs)-1].View(78, 20)); !strings.Contains(shown, "10.0.9.9") || strings.Contains(shown, "mtu") {
			t.Errorf("of another address:\n%s", shown)
		}
	})
}

// What Save shows has what the checks of the new addresses found.
func TestSaveTellsChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, p, _ := open(t, fresh())
		player.Keys("i", "down", "enter", `<no.example`, "enter", "down", "enter", `<10.0.3.10`, "enter")
		p.probes[3] = probe{address: "10.0.3.10", busy: true}
		player.Keys("ctrl+s")
		shown := ansi.Strip(player.Dialogs[len(player.Dialogs)-1].View(78, 24))
		for _, want := range []string{"⚠ no.example has no address", "⚠ the address of row 3 is still being checked"} {
			if !strings.Contains(shown, want) {
				t.Errorf("%q is not shown:\n%s", want, shown)
			}
		}
	})
}

// What this host's own firewall does stands on the page and behind its key: open ports in a line, a
// blocked one with its rule, and why the rules could not be read.
func TestFirewall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := statustest.Three()
		ports := &s.System.Firewall.Ports
		(*ports)[1].Check = status.Check{What: "firewall", Verdict: "error", Text: "this host's firewall blocks UDP 1197 from #3: table inet filter, chain input, by its policy"}
		player, p, _ := open(t, s)
		p.SetSize(100, 30)
		wants(t, p, "✓ This host lets in UDP 1194, 1196, TCP 8000.", "✗ This host's firewall blocks UDP 1197 from #3", "by its policy")
		s.System.Firewall = status.Firewall{Problem: "not permitted: it needs CAP_NET_ADMIN"}
		player.Show(s)
		wants(t, p, "This host's firewall could not be read: not permitted")
		p.SetSize(60, 12)
		player.Keys("f")
		if shown := ansi.Strip(player.Dialogs[0].View(70, 20)); !strings.Contains(shown, "TCP 8000") || !strings.Contains(shown, "could not be read") {
			t.Errorf("the dialog does not say so:\n%s", shown)
		}
	})
}

// A row that is up although its address does not lead to the peer says so, and what to do.
func TestAstray(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := statustest.Three()
		for i := range s.Peers {
			if s.Peers[i].ID == 3 {
				s.Peers[i].Reason = string(status.PeerAstray)
			}
		}
		s.Warnings = append(s.Warnings, status.Warning{
			Code: string(status.PeerAstray), Severity: status.Info, Peer: 3,
			Text: "the tunnel to #3 is up because #3 reaches us: the row's address, 10.9.9.9, does not lead to it", Remedy: "correct row 3",
		})
		player, p, _ := open(t, s)
		wants(t, p, "● up  ⚠ wrong address")
		player.Keys("down", "down")
		wants(t, p, "the tunnel to #3 is up because #3 reaches us", "Do Correct row 3")
	})
}
