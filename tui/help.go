package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"

	"vns3/tui/component/dialog"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// help lists every key that works now, from the bindings that handle them.
func (m *Model) help() page.Dialog {
	keys := m.page.Keys
	var b strings.Builder
	section := func(title string, bindings []key.Binding) {
		b.WriteString(m.page.Theme.Strong.Render(title) + "\n")
		for _, k := range bindings {
			if h := k.Help(); k.Enabled() && h.Key != "" {
				b.WriteString("  " + m.page.Theme.Key.Render(text.Fit(h.Key, 12)) + h.Desc + "\n")
			}
		}
		b.WriteByte('\n')
	}
	var own []key.Binding
	for _, group := range m.shown().FullHelp() {
		own = append(own, group...)
	}
	if len(own) > 0 {
		section(m.at.Title(), own)
	}
	section("Everywhere", []key.Binding{
		page.Bind(": ctrl+p", "commands: everything that can be done", ":"), keys.Help,
		page.As(keys.Menu, "menu; enter opens a page"), page.Bind("[ ]", "previous, next page", "["),
		page.As(keys.Back, "back; closes what is open"), page.As(keys.Pause, "pause: the screen stands still"),
		page.As(keys.Mouse, "mouse: captured, or left for selecting text"), keys.Quit,
		page.As(keys.Interrupt, "end at once where nothing is lost; twice: stop"),
	})
	b.WriteString(m.page.Theme.Strong.Render("This console") + "\n")
	for _, line := range [][2]string{{"engine", m.page.Origin.Engine}, {"file", m.page.Origin.File}, {"data", m.page.Snapshot.Controller.DataDir}, {"read-only", m.page.ReadOnly}} {
		if line[1] != "" {
			b.WriteString("  " + m.page.Theme.Dim.Render(text.Fit(line[0], 12)) + line[1] + "\n")
		}
	}
	return dialog.NewRaw(m.page, "Help", b.String())
}
