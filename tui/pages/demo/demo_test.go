package demo

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

// fake is a Mesh that shows one state and notes what is done to it.
type fake struct {
	mu    sync.Mutex
	state State
	err   error
	asked []string
}

// become shows another state from now on, and fails whatever is asked.
func (f *fake) become(s State, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state, f.err = s, err
}

func (f *fake) note(format string, args ...any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, fmt.Sprintf(format, args...))
	return f.err
}

func (f *fake) State() State {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state
}

func (f *fake) Break(a, b int, to Fault) { _ = f.note("%d-%d %v", a, b, to) }
func (f *fake) Kill(id int) error        { return f.note("kill %d", id) }
func (f *fake) Revive(id int) error      { return f.note("revive %d", id) }
func (f *fake) Mark(what string)         { _ = f.note("mark") }
func (f *fake) Drain(_ context.Context, id int, undo bool) error {
	return f.note("drain %d undo %v", id, undo)
}

// steady is so many slots in which all arrived, and then the last ones.
func steady(n int, last ...int) []int {
	rate := make([]int, n, n+len(last))
	for i := range rate {
		rate[i] = PerSlot
	}
	return append(rate, last...)
}

// well is the mesh with nothing broken.
func well() State {
	s := State{What: "the start", Lasts: 12 * time.Second}
	for id := 1; id <= 3; id++ {
		s.Controllers = append(s.Controllers, Controller{ID: id, Address: fmt.Sprintf("127.0.0.%d", 10+id), Alive: true, Shown: id == 1, Clients: min(3-id, 1)})
		for other := id + 1; other <= 3; other++ {
			s.Links = append(s.Links, Link{A: id, B: other, State: status.Up, RTTms: 0.3, Path: []int{id, other}})
		}
	}
	tally := Tally{Sent: 1204, Received: 1204, Gap: 11 * time.Millisecond, Silent: 3 * time.Millisecond, Rate: steady(119)}
	s.Streams = []Stream{
		{From: "100.127.252.1", To: "100.127.252.2", FromAt: 1, ToAt: 2, Path: []int{1, 2}, Tally: tally},
		{From: "100.127.252.2", To: "100.127.252.1", FromAt: 2, ToAt: 1, Path: []int{2, 1}, Tally: tally},
	}
	return s
}

// rerouted is well after the link #1–#2 was cut; the link #2–#3 is lossy.
func rerouted() State {
	s := well()
	s.What, s.Lasts = "#1–#2 cut", 3*time.Second
	s.Links[0] = Link{A: 1, B: 2, Fault: Cut, State: status.Down, Path: []int{1, 3, 2}}
	s.Links[2] = Link{A: 2, B: 3, Fault: Lossy, State: status.Up, RTTms: 0.4, Path: []int{2, 3}}
	for i := range s.Streams {
		one := &s.Streams[i]
		one.Path = []int{one.FromAt, 3, one.ToAt}
		one.Tally = Tally{Sent: 300, Received: 262, Lost: 38, Gap: 214 * time.Millisecond, Silent: 8 * time.Millisecond, Rate: steady(10, 4, 0, 0, 8, 10, 7, 9, 8, 5, 8)}
	}
	return s
}

// killed is well a moment after controller 2 was killed.
func killed() State {
	s := well()
	s.What, s.Lasts = "#2 killed", 310*time.Millisecond
	s.Controllers[1].Alive, s.Controllers[1].Clients, s.Controllers[2].Draining = false, 0, true
	s.Links[0].State, s.Links[0].Path = status.Suspect, nil
	s.Links[2].State, s.Links[2].Path = status.Down, nil
	for i := range s.Streams {
		one := &s.Streams[i]
		one.Path = nil
		one.Tally = Tally{Sent: 31, Gap: 310 * time.Millisecond, Silent: 310 * time.Millisecond, Rate: steady(40, 0, 0, 0)}
	}
	s.Streams[0].ToAt, s.Streams[1].FromAt = 0, 0
	return s
}

func open(s State) (*fake, *page.Context) {
	return &fake{state: s}, tuitest.NewContext(tuitest.NewBackend(statustest.Three()))
}

// The page at every size: well, rerouted, a controller just killed.
func TestGolden(t *testing.T) {
	for name, build := range map[string]func() State{"well": well, "rerouted": rerouted, "killed": killed} {
		t.Run(name, func(t *testing.T) {
			mesh, _ := open(build())
			tuitest.Golden(t, func(_ *testing.T, c *page.Context) page.Page { return New(c, mesh) },
				func() *page.Context { _, c := open(build()); return c })
		})
	}
}

// Each key does its thing to what is chosen, once; enter breaks what is well and mends what is not.
func TestKeys(t *testing.T) {
	for name, c := range map[string]struct {
		state State
		keys  []string
		want  string
	}{
		"cut":          {well(), []string{"end", "up", "c"}, "1-3 cut"},
		"one-way":      {well(), []string{"end", "o"}, "2-3 one-way"},
		"lossy":        {well(), []string{"end", "l"}, "2-3 lossy"},
		"slow":         {well(), []string{"end", "s"}, "2-3 slow"},
		"mend":         {rerouted(), []string{"end", "f"}, "2-3 fair"},
		"enter cuts":   {well(), []string{"end", "enter"}, "2-3 cut"},
		"enter mends":  {rerouted(), []string{"end", "enter"}, "2-3 fair"},
		"kill":         {well(), []string{"down", "K"}, "kill 2"},
		"enter kills":  {well(), []string{"enter"}, "kill 1"},
		"revive":       {killed(), []string{"down", "R"}, "revive 2"},
		"enter wakes":  {killed(), []string{"down", "enter"}, "revive 2"},
		"drain":        {well(), []string{"D"}, "drain 1 undo false"},
		"drain undone": {killed(), []string{"down", "down", "D"}, "drain 3 undo true"},
		"measure anew": {well(), []string{"n"}, "mark"},
	} {
		tuitest.Run(t, name, func(t *testing.T) {
			mesh, pc := open(c.state)
			tuitest.Play(t, pc, New(pc, mesh)).Keys(c.keys...)
			if !reflect.DeepEqual(mesh.asked, []string{c.want}) {
				t.Errorf("did %q, want %q", mesh.asked, c.want)
			}
		})
	}
}

// What makes no sense for what is chosen is answered in words, and nothing is done.
func TestSenseless(t *testing.T) {
	for name, c := range map[string]struct {
		state State
		keys  []string
		why   string
	}{
		"cut a controller": {well(), []string{"c"}, "link first"}, "kill a link": {well(), []string{"end", "K"}, "controller first"},
		"kill the dead": {killed(), []string{"down", "K"}, "R revives"}, "revive the living": {well(), []string{"R"}, "alive"},
	} {
		tuitest.Run(t, name, func(t *testing.T) {
			mesh, pc := open(c.state)
			player := tuitest.Play(t, pc, New(pc, mesh))
			player.Keys(c.keys...)
			if len(mesh.asked) != 0 || len(player.Sent) != 1 || !strings.Contains(player.Sent[0].(page.Say).Text, c.why) {
				t.Errorf("did %q, told %v; want only %q", mesh.asked, player.Sent, c.why)
			}
		})
	}
}

// What fails is told; what an action made of the mesh is shown at once, also while the screen stands still.
func TestDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh, pc := open(well())
		player := tuitest.Play(t, pc, New(pc, mesh))
		pc.Paused = true
		mesh.become(killed(), errors.New("the engine does not start"))
		player.Keys("down", "K")
		if len(player.Sent) != 1 || player.Sent[0].(page.Say).Text != "the engine does not start" {
			t.Errorf("told %v", player.Sent)
		}
		if !strings.Contains(player.Page.View(), "dead") || !strings.Contains(player.Page.Note(), "1 of 3 controllers dead") {
			t.Errorf("the death is not shown:\n%s\n%s", player.Page.Note(), player.Page.View())
		}
	})
}

// A paused screen stands still; otherwise each look is shown.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh, pc := open(well())
		player := tuitest.Play(t, pc, New(pc, mesh))
		mesh.become(rerouted(), nil)
		for _, paused := range []bool{true, true, false} { // it looks again also while it stands still
			pc.Paused = paused
			player.After(look)
			if still := !strings.Contains(player.Page.View(), "via #3"); still != paused {
				t.Errorf("paused %v: stands still %v", paused, still)
			}
		}
	})
}
