package settings

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/component/form"
	"vns3/tui/page"
	"vns3/tui/theme"
)

// setting is one line of the page.
type setting struct {
	section string // heading above it; empty: as the one before
	label   string
	about   string
	value   func(*Page) string
	enter   func(*Page) tea.Cmd      // changes it
	turn    func(*Page, int) tea.Cmd // takes the next or the one before; nil: it is typed
}

// settings are the lines of the page.
var settings = []setting{
	{
		section: "CONTROLLER", label: "Name", about: "what other controllers and people call this one",
		value: func(p *Page) string { return p.of.Controller.Name },
		enter: func(p *Page) tea.Cmd {
			return p.edit(text{
				label: "Name", value: p.of.Controller.Name, hint: "empty: as this machine is called",
				request: func(s string) control.Request { return control.ConfigSet{Name: &s} },
			})
		},
	},
	{
		label: "Topology", about: "a label; it is not part of the checksum",
		value: func(p *Page) string { return p.of.Controller.TopologyName },
		enter: func(p *Page) tea.Cmd {
			return p.edit(text{
				label: "Topology", value: p.of.Controller.TopologyName,
				request: func(s string) control.Request { return control.ConfigSet{Topology: &s} },
			})
		},
	},
	{
		label: "NTP hosts", about: "whose clocks this one is compared with",
		value: func(p *Page) string { return strings.Join(p.of.Controller.NTPHosts, " ") },
		enter: func(p *Page) tea.Cmd {
			return p.edit(text{
				label: "NTP hosts", value: strings.Join(p.of.Controller.NTPHosts, " "), hint: "names or addresses, with spaces between them",
				request: func(s string) control.Request {
					hosts := strings.Fields(strings.ReplaceAll(s, ",", " "))
					return control.ConfigSet{NTPHosts: &hosts}
				},
			})
		},
	},
	{
		section: "THIS CONSOLE", label: "Theme", about: "colours; auto follows the terminal",
		value: func(p *Page) string { return string(p.theme()) },
		enter: func(p *Page) tea.Cmd { return p.turnTheme(1) },
		turn:  func(p *Page, by int) tea.Cmd { return p.turnTheme(by) },
	},
	{
		label: "Mouse", about: "off leaves it to the terminal, for selecting text",
		value: func(p *Page) string { return onOff(p.c.Mouse) },
		enter: func(p *Page) tea.Cmd { return p.turnMouse() },
		turn:  func(p *Page, _ int) tea.Cmd { return p.turnMouse() },
	},
	{
		label: "ASCII only", about: "for terminals without box drawing",
		value: func(p *Page) string { return onOff(p.c.Theme.Options.ASCII) },
		enter: func(p *Page) tea.Cmd { return p.turnASCII() },
		turn:  func(p *Page, _ int) tea.Cmd { return p.turnASCII() },
	},
	{
		label: "Keys", about: "which key does what, by the names in the file",
		value: func(p *Page) string { return p.rebound() },
		enter: func(p *Page) tea.Cmd { return page.Open(dialog.NewLive(p.c, "Keys", p.keyList)) },
	},
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// text is a value that is typed.
type text struct {
	label, value, hint string
	request            func(string) control.Request
}

// edit opens the form for a value that is typed.
func (p *Page) edit(v text) tea.Cmd {
	const field = "value"
	return dialog.OpenSheet(p.c, control.ConfigSet{}, dialog.Spec{
		Title: v.label, Yes: "Save", Fields: []form.Field{{Name: field, Label: v.label, Value: v.value, Hint: v.hint}},
		Request: func(f *form.Model) control.Request { return v.request(strings.TrimSpace(f.Value(field))) },
		Done:    func(page.Reply) tea.Cmd { return page.Toast(status.Info, fmt.Sprintf("%s saved.", v.label)) },
	})
}

// theme is the name of the theme that is chosen.
func (p *Page) theme() theme.Name {
	if name := p.c.Theme.Options.Name; name != "" {
		return name
	}
	return theme.Auto
}

func (p *Page) turnTheme(by int) tea.Cmd {
	all := theme.Names()
	name := all[(slices.Index(all, p.theme())+by+len(all))%len(all)]
	kept := string(name)
	return p.both(page.SetTheme{Name: name, ASCII: p.c.Theme.Options.ASCII}, control.ConfigSet{Theme: &kept})
}

func (p *Page) turnMouse() tea.Cmd {
	on := !p.c.Mouse
	return p.both(page.SetMouse{On: on}, control.ConfigSet{Mouse: &on})
}

func (p *Page) turnASCII() tea.Cmd {
	on := !p.c.Theme.Options.ASCII
	return p.both(page.SetTheme{Name: p.theme(), ASCII: on}, control.ConfigSet{ASCII: &on})
}

// both changes the looks of this console at once, and keeps them in the file where it may be written.
func (p *Page) both(now tea.Msg, kept control.ConfigSet) tea.Cmd {
	show := func() tea.Msg { return now }
	if why := p.c.Why(kept.Action()); why != "" {
		return tea.Batch(show, page.Note("It holds until this console ends; it is not kept: "+why))
	}
	return tea.Batch(show, p.c.Do(p, kept))
}
