package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/tui/component/palette"
	"vns3/tui/page"
	"vns3/tui/theme"
)

// homes says on which page an action is done, by the first word of its name.
var homes = map[string]page.ID{
	"peering": page.Peering, "keyset": page.Keyset, "license": page.License, "clientpack": page.Packs,
	"route": page.Routes, "drain": page.Drain, "rebalance": page.Drain, "takeover": page.Drain,
	"access": page.Access, "config": page.Settings, "check": page.Runtime, "task": page.Runtime,
}

// home is the page that an action is done on.
func home(action string) page.ID {
	first, _, _ := strings.Cut(action, " ")
	return homes[first]
}

// palette lists everything that can be done: pages, actions of the controller, the frame's own.
func (m *Model) palette() page.Dialog {
	var items []palette.Item
	for _, id := range m.menu.items() {
		items = append(items, palette.Item{Name: strings.ToLower(id.Title()), About: id.About(), Run: page.Go(id), Page: true})
	}
	for _, a := range control.Actions() {
		items = append(items, palette.Item{Name: a.Name, About: a.Short, Run: m.invoke(a.Name), Why: m.page.Why(a.Name)})
	}
	return palette.New(m.page, append(items, m.ownCommands()...))
}

// invoke opens the action's page and begins the action there.
func (m *Model) invoke(action string) tea.Cmd {
	return tea.Sequence(page.Go(home(action)), func() tea.Msg { return page.Invoke{Action: action} })
}

func (m *Model) ownCommands() []palette.Item {
	say := func(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }
	items := []palette.Item{
		{Name: "quit", About: "leave the console", Run: say(page.AskQuit{})},
		{Name: "mouse", About: "capture the mouse, or leave it for selecting text", Run: say(page.SetMouse{On: !m.page.Mouse})},
	}
	for _, name := range theme.Names() {
		o := m.page.Theme.Options
		items = append(items, palette.Item{Name: "theme " + string(name), About: "draw this console so, until it ends", Run: say(page.SetTheme{Name: name, ASCII: o.ASCII})})
	}
	items = append(items, palette.Item{Name: "ascii", About: "use ASCII only, or not", Run: say(page.SetTheme{Name: m.page.Theme.Options.Name, ASCII: !m.page.Theme.Options.ASCII})})
	if sum := m.page.Snapshot.Controller.TopologyChecksum; sum != "" {
		items = append(items, palette.Item{Name: "copy checksum", About: sum, Run: page.Copy("topology checksum", sum)})
	}
	if m.options.Owner != nil {
		items = append(items, palette.Item{Name: "service install", About: "hand the engine to systemd", Run: say(page.InstallService{})})
	}
	if m.options.Switch == nil {
		return items
	}
	for _, c := range m.page.Snapshot.Controllers {
		if hosts := m.hosts(c.ID); !c.Self && len(hosts) > 0 {
			items = append(items, palette.Item{Name: fmt.Sprintf("switch to #%d", c.ID), About: c.Name + " " + hosts[0], Run: say(page.SwitchTo{ID: c.ID})})
		}
	}
	if m.page.Backend != m.options.Backend {
		items = append(items, palette.Item{Name: "switch back", About: "to the controller that this console was opened on", Run: say(page.SwitchTo{})})
	}
	return items
}
