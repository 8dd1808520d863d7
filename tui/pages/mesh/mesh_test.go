package mesh

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui/page"
	"vns3/tui/theme"
	"vns3/tui/tuitest"
)

// The page at every size, for topologies of one to nine controllers, well and not.
func TestGolden(t *testing.T) {
	for name, build := range map[string]func() *status.Snapshot{
		"three": statustest.Three, "degraded": statustest.Degraded, "nine": statustest.Nine, "storm": statustest.Storm, "one-way": statustest.OneWay,
		"single": statustest.Single, "unlicensed": statustest.Unlicensed,
	} {
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

func play(t testing.TB, s *status.Snapshot) (*Page, *tuitest.Player) {
	t.Helper()
	c := tuitest.NewContext(tuitest.NewBackend(s))
	p := New(c)
	return p, tuitest.Play(t, c, p)
}

func screen(p *Page) string { return ansi.Strip(p.View()) }

// The page opens on the link that is worst off; arrows choose other ends; all modes show their figures.
func TestChoose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, player := play(t, statustest.Degraded())
		if p.from != 1 || p.to != 3 {
			t.Fatalf("opens on #%d → #%d, want #1 → #3", p.from, p.to)
		}
		player.Keys("down", "left", "left", "left")
		if got := screen(p); !strings.Contains(got, "#2 → #1  direct, 1.2ms") || !strings.Contains(got, "if it fails: by #2 → #4 → #1") {
			t.Errorf("not #2 → #1:\n%s", got)
		}
		player.Keys("up", "right", "right", "right")
		if got := screen(p); !strings.Contains(got, "17% of heartbeats lost") {
			t.Errorf("not #1 → #4:\n%s", got)
		}
		for _, want := range []string{"◐17", "◐5M", "◐sus"} {
			player.Keys("v")
			if got := screen(p); !strings.Contains(got, want) {
				t.Errorf("%s: %q is missing:\n%s", p.Note(), want, got)
			}
		}
	})
}

// Two controllers, one address each: the signs are whole beside the map, and no address stands twice.
func TestPair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := statustest.Three()
		s.Controllers = slices.DeleteFunc(s.Controllers, func(c status.MeshController) bool { return c.ID > 2 })
		s.Links = slices.DeleteFunc(s.Links, func(l status.Link) bool { return l.From > 2 || l.To > 2 })
		for i := range s.Controllers {
			s.Controllers[i].Addresses = []string{"10.0.7.10", "10.0.7.10"}
		}
		p, player := play(t, s)
		p.SetSize(58, 19)
		player.Keys("down")
		got := screen(p)
		if !strings.Contains(got, "lossy or suspect") || !strings.Contains(got, "●") {
			t.Errorf("a sign is cut, or there is no map:\n%s", got)
		}
		player.Keys("left", "right", "right")
		if got := screen(p); strings.Count(got, "10.0.7.10") != 1 {
			t.Errorf("not one address:\n%s", got)
		}
	})
}

// Enter shows both directions of the link and what the doctor says of it; y copies the path.
func TestLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, player := play(t, statustest.OneWay())
		player.Keys("y", "enter")
		if copied, is := player.Sent[0].(page.CopyText); !is || copied.Text != "#1 -> #2 -> #3" {
			t.Errorf("copied %v", player.Sent[0])
		}
		got := ansi.Strip(player.Dialogs[0].View(80, 40))
		for _, want := range []string{"#1 → #3   init", "#3 → #1   down", "it has our keyset"} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is missing:\n%s", want, got)
			}
		}
	})
}

// chart is the map of nine controllers at 140x40, with marks for the inks that it is drawn with.
func chart(s *status.Snapshot, path []int) (d drawing, inked string) {
	d = drawing{grid: newGrid(s), path: path, from: path[0], to: path[len(path)-1], theme: theme.New(theme.Options{Name: theme.Plain})}
	d = d.sized(56, 24)
	marks := map[ink]string{quiet: "q", broken: "b", doubted: "d", taken: "t", well: "w", chosen: "c"}
	paint := func(with ink, text string) string {
		if with == blank {
			return text
		}
		return strings.Repeat(marks[with], len([]rune(text)))
	}
	return d, strings.Join(d.canvas().lines(paint), "\n")
}

// In a mesh of many the map draws the path, what is not well, and the links that begin where the path
// does; the others, of which there are most, are left out, and the map says so.
func TestMapLeadsTheEye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, whole := chart(statustest.Nine(), []int{1, 2})
		if strings.ContainsAny(whole, "b") || strings.Count(whole, "q") > 8*24 {
			t.Errorf("more is drawn than the links of #1:\n%s", whole)
		}
		d, storm := chart(statustest.Storm(), []int{1, 2, 4})
		for _, ill := range [][2]int{{1, 4}, {2, 7}, {3, 5}, {6, 8}} {
			if l, drawn := d.look(ill[0], ill[1]); !drawn || l.sign == "" || l.pen != dashed {
				t.Errorf("link %v is drawn %v as %v", ill, drawn, l)
			}
		}
		for _, left := range [][2]int{{2, 3}, {3, 9}, {1, 9}} {
			if _, drawn := d.look(left[0], left[1]); drawn {
				t.Errorf("link %v is drawn", left)
			}
		}
		for _, want := range []string{"t", "b", "d", "q"} {
			if !strings.Contains(storm, want) {
				t.Errorf("nothing is drawn with %q:\n%s", want, storm)
			}
		}
		if l, _ := d.look(2, 4); l.pen != broad || l.with != taken {
			t.Errorf("the path is drawn as %v", l)
		}
		d.path = []int{2, 7}
		if l, _ := d.look(2, 7); l.pen != broad || l.with != taken || l.sign == "" || l.signed != doubted {
			t.Errorf("a path over a link in doubt is drawn as %v", l)
		}
		p, _ := play(t, statustest.Storm())
		p.SetSize(tuitest.Size{Width: 120, Height: 30}.Page())
		if got := screen(p); !strings.Contains(got, "drawn: links of #1, and trouble") {
			t.Errorf("the caption is cut:\n%s", got)
		}
		p.SetSize(tuitest.Size{Width: 140, Height: 40}.Page())
		for _, want := range []string{"drawn: links of #1, and trouble", "28 links between 8 controllers, 24 up", "✗ #3 – #5  down; by #3 → #1 → #5", "one way, only #6 hears #8"} {
			if !strings.Contains(screen(p), want) {
				t.Errorf("%q is missing:\n%s", want, screen(p))
			}
		}
	})
}

// A line of more weight has its cell for itself, whichever was drawn first; without colours the path is
// told by its breadth.
func TestCanvas(t *testing.T) {
	c := newCanvas(4, 1, false)
	c.line(center(0, 0), center(3, 0), quiet, whole)
	c.line(center(0, 0), center(1, 0), taken, broad)
	c.line(center(0, 0), center(3, 0), broken, whole)
	if got := c.lines(func(_ ink, s string) string { return s })[0]; got != "⠶⠆⠒⠂" {
		t.Errorf("drawn %q", got)
	}
}

// What is wrong with a link stands before what is well, so that it is seen without scrolling.
func TestLinkWrongFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, player := play(t, statustest.Degraded())
		player.Keys("enter")
		got := ansi.Strip(player.Dialogs[0].View(80, 40))
		if wrong, well := strings.Index(got, "✗ port"), strings.Index(got, "✓ name"); wrong < 0 || well < wrong {
			t.Errorf("the port that is closed does not come first:\n%s", got)
		}
	})
}

// What a controller said before it was lost is not shown as if it still held.
func TestLostSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := statustest.Three()
		s.Controllers[2].Reachable = false
		for i := range s.Links {
			if s.Links[i].To == 3 {
				s.Links[i].State = status.Down // as the others say; its own last word was "up"
			}
		}
		s.Peers[2].State, s.Peers[2].Path = status.Down, nil
		p, player := play(t, s)
		if got := screen(p); !strings.Contains(got, " #3     ✗    ✗    ·") {
			t.Errorf("the row of #3 is stale:\n%s", got)
		}
		s.Controllers[1].Reachable = false
		again := *s
		player.Show(&again)
		if got := screen(p); !strings.Contains(got, " #3     ✗    –    ·") {
			t.Errorf("a link between two lost controllers is told of:\n%s", got)
		}
	})
}

// Controllers come and go: the ends stay where they can.
func TestChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, player := play(t, statustest.Nine())
		player.Keys("down", "down", "right", "right", "right", "right", "right", "right", "right")
		if p.from != 3 || p.to != 9 {
			t.Fatalf("#%d → #%d, want #3 → #9", p.from, p.to)
		}
		player.Show(statustest.Three())
		if p.from != 3 || p.to == 9 {
			t.Errorf("#%d → #%d after #9 is gone", p.from, p.to)
		}
		for _, s := range []*status.Snapshot{statustest.Single(), {}, statustest.Nine()} {
			player.Show(s)
			for _, size := range tuitest.Sizes {
				p.SetSize(size.Page())
				player.Keys("down", "right", "v", "up", "left", "enter", "esc")
				tuitest.Fits(t, p.View(), p.width, p.height)
			}
		}
	})
}

// A click on a cell chooses the link.
func TestMouse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, player := play(t, statustest.Nine())
		lines := strings.Split(screen(p), "\n")
		x := len([]rune(lines[0][:strings.Index(lines[0], "#6")]))
		player.Send(tea.MouseClickMsg{X: x, Y: 4, Button: tea.MouseLeft})
		if p.from != 4 || p.to != 6 {
			t.Errorf("chose #%d → #%d, want #4 → #6", p.from, p.to)
		}
	})
}

// The path is the cheapest of all simple paths, found by trying each one.
func TestPathOracle(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 11))
	for range 300 {
		n := 2 + random.IntN(5)
		s := &status.Snapshot{}
		for id := 1; id <= n; id++ {
			s.Controllers = append(s.Controllers, status.MeshController{ID: id, Reachable: true})
		}
		for from := 1; from <= n; from++ {
			for to := 1; to <= n; to++ {
				state := []status.PeerState{status.Up, status.Up, status.Suspect, status.Down}[random.IntN(4)]
				if from != to {
					s.Links = append(s.Links, status.Link{From: from, To: to, State: state, Cost: 1 + random.Uint32N(50)})
				}
			}
		}
		g := newGrid(s)
		for from := 1; from <= n; from++ {
			for to := 1; to <= n; to++ {
				path, want := g.path(from, to), cheapest(g, []int{from}, to)
				if (len(path) == 0) != (want < 0) || want >= 0 && int64(g.cost(path)) != want {
					t.Fatalf("#%d → #%d of %d: %v costs %d, want %d", from, to, n, path, g.cost(path), want)
				}
			}
		}
	}
}

// cheapest is the least cost of going on along a path to an end; -1: there is no way.
func cheapest(g *grid, path []int, to int) int64 {
	at := path[len(path)-1]
	if at == to {
		return int64(g.cost(path))
	}
	best := int64(-1)
	for _, next := range g.ids {
		if !slices.Contains(path, next) && g.usable(at, next) {
			if c := cheapest(g, append(slices.Clone(path), next), to); c >= 0 && (best < 0 || c < best) {
				best = c
			}
		}
	}
	return best
}

// With the ASCII option no page has a sign beyond ASCII.
func TestASCII(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, player := play(t, statustest.Degraded())
		player.Context.Theme.Set(theme.Options{Name: theme.Plain, ASCII: true})
		for _, size := range tuitest.Sizes {
			p.SetSize(size.Page())
			if i := strings.IndexFunc(screen(p), func(r rune) bool { return r > 126 }); i >= 0 {
				t.Errorf("%v: beyond ASCII:\n%s", size, screen(p))
			}
		}
	})
}

// A path may be used before the mesh tells of its link.
func TestUsedButNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := statustest.Three()
		s.Links = nil
		p, player := play(t, s)
		if !strings.Contains(screen(p), "#1 → #2  direct") {
			t.Errorf("the path is not named:\n%s", screen(p))
		}
		player.Keys("enter")
	})
}

// Drawing nine controllers costs no more than the console's aims: 2 ms at 80x24, 5 ms at 200x50.
func BenchmarkView(b *testing.B) {
	for _, size := range []tuitest.Size{{Width: 80, Height: 24}, {Width: 200, Height: 50}} {
		b.Run(size.String(), func(b *testing.B) {
			p, _ := play(b, statustest.Nine())
			p.SetSize(size.Page())
			for b.Loop() {
				p.View()
			}
		})
	}
}
