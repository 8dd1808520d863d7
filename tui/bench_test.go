package tui_test

import (
	"fmt"
	"testing"

	tea "charm.land/bubbletea/v2"

	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

// What a View costs; the aims are 2 ms at 80x24 and 5 ms at 200x50, also with 1,000 clients and with
// a dialog open.
func BenchmarkView(b *testing.B) {
	for _, size := range []tuitest.Size{{Width: 80, Height: 24}, {Width: 200, Height: 50}} {
		for _, id := range []page.ID{page.Setup, page.Runtime, page.Mesh, page.Peering, page.Keyset, page.Packs} {
			for name, s := range map[string]*status.Snapshot{"nine": statustest.Nine(), "crowd": statustest.Crowd()} {
				b.Run(fmt.Sprintf("%s/%s/%s", size, id, name), func(b *testing.B) {
					d := tuitest.Live(tui.New(b.Context(), tui.Options{Backend: tuitest.NewBackend(s)}))
					d.Send(tea.WindowSizeMsg{Width: size.Width, Height: size.Height})
					d.Send(page.GoTo{Page: id})
					for b.Loop() {
						d.Model.View()
					}
				})
			}
		}
	}
}

// What a View costs with a dialog above the page.
func BenchmarkViewWithDialog(b *testing.B) {
	d := tuitest.Live(tui.New(b.Context(), tui.Options{Backend: tuitest.NewBackend(statustest.Nine())}))
	d.Send(tea.WindowSizeMsg{Width: 80, Height: 24})
	d.Keys(":")
	for b.Loop() {
		d.Model.View()
	}
}
