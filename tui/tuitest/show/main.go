// Command show prints a page of the console as it looks from a fixed snapshot, so that anybody can
// look at it: go run ./tui/tuitest/show -size 80x24 -snapshot three "controller peering" down enter
package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui"
	"vns3/tui/page"
	"vns3/tui/theme"
	"vns3/tui/tuitest"
)

var snapshots = map[string]func() *status.Snapshot{
	"single": statustest.Single, "three": statustest.Three, "degraded": statustest.Degraded, "nine": statustest.Nine, "storm": statustest.Storm,
	"crowd": statustest.Crowd, "oneway": statustest.OneWay, "otherkeyset": statustest.OtherKeyset,
	"unlicensed": statustest.Unlicensed, "nokeyset": statustest.NoKeyset, "routed": statustest.Routed, "draining": statustest.Draining,
}

func main() {
	size := flag.String("size", "80x24", "columns x lines")
	snapshot := flag.String("snapshot", "degraded", strings.Join(names(), ", "))
	name := flag.String("theme", "dark", "dark, light, 16, none")
	ascii := flag.Bool("ascii", false, "ASCII only")
	plain := flag.Bool("plain", false, "print without colours")
	svg := flag.Bool("svg", false, "print as a picture, for the documents")
	live := flag.Bool("live", false, "show the whole console on this terminal instead")
	flag.Parse()
	if *live {
		if err := run(*snapshot, tui.Options{Theme: theme.Name(*name), ASCII: *ascii}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if err := show(*size, *snapshot, tui.Options{Theme: theme.Name(*name), ASCII: *ascii}, form{*plain, *svg}, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func names() []string { return slices.Sorted(maps.Keys(snapshots)) }

// form is how a screen is printed.
type form struct{ plain, svg bool }

func show(size, snapshot string, o tui.Options, f form, args []string) error {
	var width, height int
	if _, err := fmt.Sscanf(size, "%dx%d", &width, &height); err != nil {
		return fmt.Errorf("size %q: write it as 80x24", size)
	}
	fixed, known := snapshots[snapshot]
	if !known {
		return fmt.Errorf("no snapshot %q: there are %s", snapshot, strings.Join(names(), ", "))
	}
	o.Backend = tuitest.NewBackend(fixed())
	o.Origin = page.Origin{File: "/etc/vns3/vns3.toml", Engine: "inside this console", Inside: true}
	d := tuitest.Live(tui.New(context.Background(), o))
	d.Send(tea.WindowSizeMsg{Width: width, Height: height})
	for i, arg := range args {
		if id, isPage := find(arg); i == 0 && isPage {
			d.Send(page.GoTo{Page: id})
			continue
		}
		d.Keys(arg)
	}
	drawn := d.Screen()
	switch {
	case f.svg && o.Theme == theme.Light:
		drawn = tuitest.SVG(drawn, tuitest.Size{Width: width, Height: height}, tuitest.LightPaper)
	case f.svg:
		drawn = tuitest.SVG(drawn, tuitest.Size{Width: width, Height: height}, tuitest.DarkPaper)
	case f.plain:
		drawn = ansi.Strip(drawn)
	}
	fmt.Println(drawn)
	return nil
}

// run shows the console for real; the snapshot is published again every second, as an engine would.
func run(snapshot string, o tui.Options) error {
	fixed, known := snapshots[snapshot]
	if !known {
		return fmt.Errorf("no snapshot %q: there are %s", snapshot, strings.Join(names(), ", "))
	}
	b := tuitest.NewBackend(fixed())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for started := time.Now(); ; {
			select {
			case now := <-tick.C:
				s := fixed()
				s.At = s.At.Add(now.Sub(started))
				b.Publish(s)
			case <-ctx.Done():
				return
			}
		}
	}()
	o.Backend = b
	o.Origin = page.Origin{File: "/etc/vns3/vns3.toml", Engine: "a fixed snapshot"}
	return tui.Run(ctx, o)
}

func find(name string) (page.ID, bool) {
	for _, id := range page.All() {
		if strings.EqualFold(id.Title(), name) {
			return id, true
		}
	}
	return page.None, false
}
