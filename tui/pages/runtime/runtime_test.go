package runtime

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/control"
	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

var topologies = map[string]func() *status.Snapshot{
	"three": statustest.Three, "degraded": statustest.Degraded, "nine": statustest.Nine, "single": statustest.Single,
	"crowd": statustest.Crowd, "unlicensed": statustest.Unlicensed, "no-keyset": statustest.NoKeyset,
	"other-keyset": statustest.OtherKeyset, "one-way": statustest.OneWay,
}

// The page at every size, in every state of a topology.
func TestGolden(t *testing.T) {
	for name, build := range topologies {
		t.Run(name, func(t *testing.T) {
			tuitest.Golden(t, open, func() *page.Context { return tuitest.NewContext(tuitest.NewBackend(build())) })
		})
	}
}

func open(_ *testing.T, c *page.Context) page.Page {
	p := New(c)
	p.Init()
	return p
}

// The list of clients, sorted by trouble and filtered.
func TestGoldenClients(t *testing.T) {
	tuitest.Golden(t, func(t *testing.T, c *page.Context) page.Page {
		p := New(c)
		player := tuitest.Play(t, c, p)
		player.Keys("s", "s", "s", "/", `"#2 203"`, "enter", "down")
		return p
	}, func() *page.Context { return tuitest.NewContext(tuitest.NewBackend(statustest.Crowd())) })
}

// After a save of the peering table its verdict stands on top, and esc closes it.
func TestGoldenSaved(t *testing.T) {
	tuitest.Golden(t, open, func() *page.Context {
		c := tuitest.NewContext(tuitest.NewBackend(statustest.Degraded()))
		c.SavedPeering = statustest.Now.Add(-4 * time.Second)
		return c
	})
}

// A drain runs: the page says so, wherever it was begun.
func TestGoldenTask(t *testing.T) {
	tuitest.Golden(t, open, func() *page.Context { return tuitest.NewContext(tuitest.NewBackend(statustest.Draining())) })
}

func play(t testing.TB, s *status.Snapshot) (*Page, *tuitest.Player, *tuitest.Backend) {
	t.Helper()
	b := tuitest.NewBackend(s)
	c := tuitest.NewContext(b)
	p := New(c)
	return p, tuitest.Play(t, c, p), b
}

func screen(p *Page) string { return ansi.Strip(p.View()) }

// shown is what the topmost dialog shows.
func shown(t *testing.T, player *tuitest.Player) string {
	t.Helper()
	if len(player.Dialogs) == 0 {
		t.Fatal("no dialog is open")
	}
	return ansi.Strip(player.Dialogs[len(player.Dialogs)-1].View(80, 60))
}

// The cursor begins on the first peer in trouble; enter shows all its checks with their remedies, live.
func TestPeerDetail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, player, _ := play(t, statustest.Degraded())
		player.Keys("enter")
		for _, want := range []string{"Peer #3", "down since 14:02:11", "port closed", "#1 → #2 → #3", "0 of 12 probes", "Open UDP 1195", statustest.Checksum} {
			if got := shown(t, player); !strings.Contains(got, want) {
				t.Fatalf("%q is missing:\n%s", want, got)
			}
		}
		player.Show(statustest.Three())
		if got := shown(t, player); !strings.Contains(got, "● up since") {
			t.Errorf("the detail is not live:\n%s", got)
		}
	})
}

// Up from the first peer are the warnings, below the last one the clients; enter opens each.
func TestCursor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, player, _ := play(t, statustest.Degraded())
		player.Keys("up", "up", "up", "up", "enter")
		if got := shown(t, player); !strings.Contains(got, "Peer #3") {
			t.Errorf("the warning about #3 does not lead to it:\n%s", got)
		}
		player.Keys("esc", "down", "down", "down", "down", "down", "down", "enter")
		if !p.listing || !strings.Contains(screen(p), "CLIENT") {
			t.Errorf("the clients are not listed:\n%s", screen(p))
		}
		player.Keys("esc")
		if p.listing {
			t.Error("esc does not lead back")
		}
	})
}

// The cursor stays on its peer when another one comes or goes.
func TestCursorStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, player, _ := play(t, statustest.Nine())
		player.Keys("down", "down", "down")
		if got := p.rows[p.cursor.index].ID; got != 5 {
			t.Fatalf("the cursor is on #%d, want #5", got)
		}
		fewer := statustest.Nine()
		fewer.Peers[2] = status.Peer{ID: 3, State: status.NotSet}
		player.Show(fewer)
		if got := p.rows[p.cursor.index].ID; got != 5 {
			t.Errorf("the cursor moved to #%d", got)
		}
	})
}

// A peer is gone while the cursor is on the last one: nothing breaks, at any size.
func TestShrinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, player, _ := play(t, statustest.Nine())
		player.Keys("end", "down", "down", "down", "down", "down", "down", "down", "down")
		for _, s := range []*status.Snapshot{statustest.Single(), statustest.Unlicensed(), {}} {
			player.Show(s)
			for _, size := range tuitest.Sizes {
				p.SetSize(size.Page())
				player.Keys("up", "enter", "esc", "down", "enter", "esc", "down")
				p.View()
			}
		}
	})
}

// Whatever a path says, it is drawn.
func TestOddPaths(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, path := range [][]int{nil, {1}, {1, 2}, {1, 2, 3}} {
			s := statustest.Three()
			s.Peers[1].Path = path
			p, player, _ := play(t, s)
			p.SetSize(80, 20)
			player.Keys("enter")
			p.View()
		}
	})
}

// The checksum is copied whole, and on every screen that is large enough it stands in one piece.
func TestChecksum(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, player, _ := play(t, statustest.Degraded())
		player.Keys("y")
		if copied, is := player.Sent[0].(page.CopyText); !is || copied.Text != statustest.Checksum {
			t.Errorf("copied %v", player.Sent[0])
		}
		for name, build := range topologies {
			s := build()
			if s.Controller.TopologyChecksum == "" {
				continue
			}
			player.Show(s)
			for _, size := range tuitest.Sizes[:3] { // the last is too small for anything but a notice
				p.SetSize(size.Page())
				if got := screen(p); !strings.Contains(got, statustest.Checksum) {
					t.Errorf("%s at %v: the checksum is cut:\n%s", name, size, got)
				}
			}
		}
	})
}

// A single controller is calm: no warning glyph, nothing red.
func TestSingleIsCalm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, player, _ := play(t, statustest.Single())
		got := screen(p)
		if !strings.Contains(got, "Peers: none") || strings.ContainsAny(got, "⚠✗◐") {
			t.Errorf("not calm:\n%s", got)
		}
		red := player.Context.Theme.Bad.Render("x")
		if code := red[:strings.Index(red, "x")]; strings.Contains(p.View(), code) {
			t.Error("something is red")
		}
	})
}

// A filter and a sort work on all 1,000 clients; the cursor stays on its client as they change.
func TestClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, player, _ := play(t, statustest.Crowd())
		player.Keys("/", `"branch-17 "`, "enter")
		for _, i := range p.clients.rows {
			if tag := p.seen.Clients[i].Tags["site"]; !strings.HasPrefix(tag, "branch-17") {
				t.Fatalf("%q passed the filter", tag)
			}
		}
		if n := len(p.clients.rows); n != 11 { // 17 and 170…179
			t.Errorf("%d clients pass, want 11", n)
		}
		player.Keys("esc", "s", "s", "s", "s", "down", "down")
		name := p.clients.selected()
		traffic := func(i int) uint64 { c := p.seen.Clients[p.clients.rows[i]]; return c.TxBytes + c.RxBytes }
		for i := range len(p.clients.rows) - 1 {
			if traffic(i) < traffic(i+1) {
				t.Fatalf("row %d has less traffic than the next", i)
			}
		}
		busier := statustest.Crowd()
		busier.Clients[500].TxBytes = 1 << 40
		player.Show(busier)
		if got := p.clients.selected(); got != name {
			t.Errorf("the cursor moved from %s to %s", name, got)
		}
		player.Keys("enter")
		if got := shown(t, player); !strings.Contains(got, name) || !strings.Contains(got, "held by") {
			t.Errorf("no detail of %s:\n%s", name, got)
		}
	})
}

// A peer that no path leads to has no round trip: the last one is history.
func TestLostHasNoRTT(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _, _ := play(t, statustest.Degraded())
		lost := p.rows[1]
		lost.Path = nil
		if cells := peerCells(p.c, lost); cells[3] != "" || cells[5] != "" {
			t.Errorf("RTT %q, loss %q", cells[3], cells[5])
		}
		if cells := peerCells(p.c, p.rows[1]); cells[3] != "32ms" {
			t.Errorf("RTT through another controller %q", cells[3])
		}
	})
}

// The note beside the breadcrumb leaves it whole on 80 columns.
func TestClientsNote(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, player, _ := play(t, statustest.Crowd())
		player.Keys("c", "s", "s")
		for _, want := range []string{"1,000 of 1,000, by trouble first", "304 here, by trouble first"} {
			if got := ansi.Strip(p.Note()); got != want || len(got) > 58-len("Runtime > Runtime Status ") {
				t.Errorf("the note is %q, want %q", got, want)
			}
			player.Keys("t")
		}
	})
}

// A list without clients says why it is empty.
func TestNoClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := statustest.Three()
		for i := range s.Clients {
			s.Clients[i].ControllerID = 2
		}
		p, player, _ := play(t, s)
		for _, want := range []struct{ keys, words string }{{"c", ""}, {"t", "No client is here; t shows the whole mesh."}, {"/", ""}, {`"nobody`, "No client matches; esc shows all."}} {
			player.Keys(want.keys)
			if got := ansi.Strip(p.View()); !strings.Contains(got, want.words) {
				t.Errorf("after %s %q is missing:\n%s", want.keys, want.words, got)
			}
		}
		s = statustest.Three()
		s.Clients = nil
		p, player, _ = play(t, s)
		player.Keys("c")
		if got := ansi.Strip(p.View()); !strings.Contains(got, "No clientpack is handed out yet") {
			t.Errorf("the list does not say why it is empty:\n%s", got)
		}
	})
}

// A save leads to the overview with its panel, also where the list of clients was left open; once seen,
// the list stays open.
func TestSavedShowsOverview(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, player, _ := play(t, statustest.Degraded())
		player.Keys("c")
		p.Init()
		if !p.listing {
			t.Fatal("the list of clients was closed without a save")
		}
		p.c.SavedPeering = statustest.Now.Add(-time.Second)
		p.Init()
		if got := ansi.Strip(p.View()); !strings.Contains(got, "Peering saved") {
			t.Fatalf("no panel after a save:\n%s", got)
		}
		player.Keys("c")
		p.Init()
		if !p.listing {
			t.Error("the list of clients was closed by a save that was seen")
		}
	})
}

// Side by side, Controller Status does not run into System Status, however long its lines are.
func TestColumnsApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := statustest.Three()
		p, _, _ := play(t, s)
		for n := range 24 {
			s.Controller.PublicAddress = strings.Repeat("9", n)
			p.SetSize(118, 38)
			for _, line := range strings.Split(screen(p), "\n") {
				if cells := []rune(line); len(cells) > 60 && strings.Contains(line, "UDP 1194") && (cells[57] != ' ' || cells[58] != ' ') {
					t.Fatalf("%d digits: %s", n, line)
				}
			}
		}
	})
}

// A controller that wants to peer is accepted after a question.
func TestAccept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := statustest.Single()
		s.Warnings = []status.Warning{{Code: string(status.PeerWantsToPeer), Severity: status.Info, Title: "A controller wants to peer", Text: "controller 2 at 192.168.100.100 wants to peer and has no row here", Peer: 2}}
		p, player, b := play(t, s)
		if shown := strings.Join(strings.Fields(screen(p)), " "); !strings.Contains(shown, "wants to peer and has no row here Enter here accepts it.") {
			t.Errorf("it is not told whole, with what to do:\n%s", screen(p))
		}
		player.Keys("up", "up", "enter")
		player.Arm()
		player.Keys("right", "enter")
		if got := b.Asked(); len(got) != 1 || got[0] != (control.PeeringAccept{ID: 2}) {
			t.Errorf("asked for %+v", got)
		}
	})
}

// Where the configuration file may not be written, nothing says that a controller can be accepted.
func TestAcceptNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := statustest.Single()
		s.Config.Writable = false
		s.Warnings = []status.Warning{{Code: string(status.PeerWantsToPeer), Severity: status.Info, Title: "A controller wants to peer", Text: "controller 2 wants to peer", Peer: 2}}
		p, player, b := play(t, s)
		if strings.Contains(screen(p), "accepts it") {
			t.Errorf("it cannot be accepted:\n%s", screen(p))
		}
		player.Keys("up", "up", "enter")
		player.Arm()
		player.Keys("right", "enter")
		if got := b.Asked(); len(got) != 0 {
			t.Errorf("asked for %+v", got)
		}
	})
}

// The doctor's report is shown subject by subject; a running task can be stopped after a question.
func TestInvoked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, player, b := play(t, statustest.Draining())
		b.On("check", func(control.Request) (any, error) {
			return control.Report{Findings: []control.Finding{
				{Subject: "peer 3", Check: status.Check{What: "port", Verdict: "error", Text: "closed", Remedy: "Open it."}},
				{Subject: "peer 3", Check: status.Check{What: "clock", Verdict: "ok", Text: "right"}},
			}}, nil
		})
		player.Send(page.Invoke{Action: "check"})
		if got := shown(t, player); strings.Count(got, "peer 3") != 1 || !strings.Contains(got, "Open it.") {
			t.Errorf("report:\n%s", got)
		}
		player.Keys("esc")
		player.Send(page.Invoke{Action: "task cancel"})
		player.Arm()
		player.Keys("right", "enter")
		if got := b.Asked(); got[len(got)-1] != (control.TaskCancel{ID: 7}) {
			t.Errorf("asked for %+v", got)
		}
	})
}

// A click moves the cursor to what it hits; a second one opens it.
func TestMouse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, player, _ := play(t, statustest.Degraded())
		y := slices.IndexFunc(strings.Split(screen(p), "\n"), func(line string) bool { return strings.HasPrefix(line, " #4") })
		player.Send(tea.MouseClickMsg{X: 3, Y: y, Button: tea.MouseLeft})
		if got := p.rows[p.cursor.index].ID; got != 4 || len(player.Dialogs) != 0 {
			t.Fatalf("the cursor is on #%d with %d dialogs", got, len(player.Dialogs))
		}
		player.Send(tea.MouseClickMsg{X: 3, Y: y, Button: tea.MouseLeft})
		if got := shown(t, player); !strings.Contains(got, "Peer #4") {
			t.Errorf("opened:\n%s", got)
		}
	})
}

// Drawing costs no more than the console's aims, with 1,000 clients: 2 ms at 80x24, 5 ms at 200x50.
func BenchmarkView(b *testing.B) {
	for _, listing := range []bool{false, true} {
		for _, size := range []tuitest.Size{{Width: 80, Height: 24}, {Width: 200, Height: 50}} {
			b.Run(fmt.Sprintf("%v/list=%v", size, listing), func(b *testing.B) {
				p, player, _ := play(b, statustest.Crowd())
				if listing {
					player.Keys("c")
				}
				p.SetSize(size.Page())
				for b.Loop() {
					p.View()
				}
			})
		}
	}
}

// Taking over a snapshot with 1,000 clients: counting, filtering, sorting, arranging.
func BenchmarkRefresh(b *testing.B) {
	p, player, _ := play(b, statustest.Crowd())
	player.Keys("s", "s", "s", "s")
	two := [2]*status.Snapshot{statustest.Crowd(), statustest.Crowd()}
	i := 0
	for b.Loop() {
		player.Context.Snapshot = two[i%2]
		p.Update(page.Refreshed{})
		i++
	}
}
