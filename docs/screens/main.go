// Command screens draws the pictures of the documents from a demonstration that really runs: a mesh of
// three controllers, in which the link between two is cut.
//
//	go run ./docs/screens
package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/demo"
	"vns3/status"
	"vns3/tui"
	"vns3/tui/page"
	demopage "vns3/tui/pages/demo"
	"vns3/tui/theme"
	"vns3/tui/tuitest"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := draw(ctx, filepath.Join("docs", "screens"), long); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// picture is a page of the console in a size and a theme.
type picture struct {
	name  string
	page  page.ID
	size  tuitest.Size
	theme theme.Name
	paper tuitest.Paper
	keys  []string // pressed on the page before it is drawn
}

var pictures = []picture{
	{"runtime", page.Runtime, tuitest.Size{Width: 100, Height: 28}, theme.Dark, tuitest.DarkPaper, nil},
	{"mesh", page.Mesh, tuitest.Size{Width: 100, Height: 24}, theme.Dark, tuitest.DarkPaper, []string{"right"}},                                // from the diagonal to the pair 1, 3
	{"peering", page.Peering, tuitest.Size{Width: 80, Height: 24}, theme.Light, tuitest.LightPaper, []string{"down", "down", "down", "enter"}}, // the list of a free row
}

// past is how long the mesh runs before its link is cut, so that figures have a history, and then before
// it is drawn, so that the cause is known.
type past struct{ whole, cut time.Duration }

var long = past{whole: 20 * time.Second, cut: 12 * time.Second}

func draw(ctx context.Context, dir string, ago past) error {
	base := netip.AddrFrom4([4]byte{127, byte(1 + rand.IntN(254)), byte(rand.IntN(256)), 10})
	d, err := demo.Start(ctx, demo.Options{Version: "1.0", Base: base})
	if err != nil {
		return err
	}
	defer d.Close()
	b := d.Backend(1)
	began := b.Snapshot().At
	if err := until(ctx, b, func(s *status.Snapshot) bool { return s.At.Sub(began) > ago.whole }); err != nil {
		return err
	}
	d.Break(1, 3, demopage.Cut)
	if err := until(ctx, b, func(s *status.Snapshot) bool { return round(s) && s.At.Sub(s.Peers[2].Since) > ago.cut }); err != nil {
		return err
	}
	for _, p := range pictures {
		if err := os.WriteFile(filepath.Join(dir, p.name+".svg"), []byte(p.draw(ctx, b)), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// round says that controller 3 is reached by controller 2.
func round(s *status.Snapshot) bool {
	if len(s.Peers) < demo.Size {
		return false
	}
	p := s.Peers[2]
	return p.State == status.Down && len(p.Path) == 3
}

func until(ctx context.Context, b control.Backend, holds func(*status.Snapshot) bool) error {
	s := b.Snapshot()
	for !holds(s) {
		var err error
		if s, err = b.Wait(ctx, s); err != nil {
			return fmt.Errorf("the demonstration does not come to what is to be drawn: %w", err)
		}
	}
	return nil
}

func (p picture) draw(ctx context.Context, b control.Backend) string {
	screen := tuitest.Live(tui.New(ctx, tui.Options{Backend: b, Theme: p.theme}))
	screen.Send(tea.WindowSizeMsg{Width: p.size.Width, Height: p.size.Height})
	screen.Send(page.GoTo{Page: p.page})
	screen.Keys(p.keys...)
	return tuitest.SVG(screen.Screen(), p.size, p.paper)
}
