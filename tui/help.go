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
	everywhere := []key.Binding{
		page.Bind(strings.Join(keys.Palette.Keys(), " "), "commands: everything that can be done", ":"), keys.Help,
		page.As(keys.Menu, "menu; enter opens a page"),
		page.Bind(keys.PreviousPage.Help().Key+" "+keys.NextPage.Help().Key, "previous, next page", "["),
		page.As(keys.Back, "back; closes what is open"), page.As(keys.Pause, "pause: the screen stands still"),
		page.As(keys.Mouse, "mouse: captured, or left for selecting text"), keys.Quit,
		page.As(keys.Interrupt, "end at once where nothing is lost; twice: stop"),
	}
	if m.shell && !m.options.Origin.Inside {
		everywhere = append(everywhere, page.Bind("ctrl+z", "back to the shell; fg comes again", "ctrl+z"))
	}
	var own []key.Binding
	for _, group := range m.shown().FullHelp() {
		own = append(own, group...)
	}
	title, data := m.at.Title(), m.page.Snapshot.Controller.DataDir
	return dialog.NewLive(m.page, "Help", func(width int) []string {
		var lines []string
		if len(own) > 0 {
			lines = append(m.helpOn(title, own, width), "")
		}
		lines = append(lines, m.helpOn("Everywhere", everywhere, width)...)
		lines = append(lines, "", m.page.Theme.Strong.Render("This console"))
		for _, l := range [][2]string{{"engine", m.page.Origin.Engine}, {"file", m.page.Origin.File}, {"data", data}, {"read-only", m.page.ReadOnly}} {
			if l[1] != "" {
				lines = append(lines, text.Hang("  "+m.page.Theme.Dim.Render(text.Fit(l[0], 12)), l[1], width)...)
			}
		}
		return lines
	})
}

// helpOn lists the keys of the bindings under the title.
func (m *Model) helpOn(title string, bindings []key.Binding, width int) []string {
	lines := []string{m.page.Theme.Strong.Render(title)}
	for _, k := range bindings {
		if h := k.Help(); k.Enabled() && h.Key != "" {
			lines = append(lines, text.Hang("  "+m.page.Theme.Key.Render(text.Fit(h.Key, 12)), h.Desc, width)...)
		}
	}
	return lines
}
