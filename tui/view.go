package tui

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/tui/component/dialog"
	"vns3/tui/component/layer"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// View draws the screen.
func (m *Model) View() tea.View {
	v := tea.View{AltScreen: true, WindowTitle: "vns3 " + m.page.Snapshot.Controller.Name}
	v.KeyboardEnhancements.ReportAlternateKeys = true // ctrl+c also with a layout that has no c
	if m.page.Mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	if m.page.Width > 0 { // nothing is known about the screen before its first size
		v.Content = m.page.Theme.Plain(strings.Join(m.draw(), "\n"))
	}
	return v
}

func (m *Model) draw() []string {
	width, height := m.page.Width, m.page.Height
	if m.layout.TooSmall {
		return m.tooSmall()
	}
	t, l := m.page.Theme, m.layout
	lines := make([]string, 0, height)
	lines = append(lines, m.header(width), m.rule(t.Glyph.TeeDown))
	lines = append(lines, m.body()...)
	if l.LowerRule {
		lines = append(lines, m.rule(t.Glyph.TeeUp))
	}
	lines = append(lines, m.helpLine(width))

	if m.menu.focused && l.MenuWidth == 0 {
		layer.Place(lines, m.popMenu(), 0, l.BodyTop-1)
	}
	if len(m.dialogs) > 0 {
		m.corner.x, m.corner.y = layer.Center(lines, m.viewDialog(), width)
	}
	if box := m.toasts.View(t, min(width-2, 58)); box != "" {
		top := l.BodyTop + l.Body - strings.Count(box, "\n") - 1
		if len(m.dialogs) > 0 { // a dialog has its buttons below
			top = 0
		}
		layer.Place(lines, box, width, top)
	}
	return lines
}

// viewDialog draws the topmost dialog.
func (m *Model) viewDialog() string {
	return m.dialogs[len(m.dialogs)-1].View(m.page.Width-2, m.page.Height-2)
}

// rule is the line below the header or above the help, with the tee where the menu's edge meets it.
func (m *Model) rule(tee string) string {
	t := m.page.Theme
	if m.layout.MenuWidth == 0 {
		return t.Border.Render(strings.Repeat(t.Glyph.Rule, m.page.Width))
	}
	left, right := m.layout.MenuWidth, m.page.Width-m.layout.MenuWidth-1
	return t.Border.Render(strings.Repeat(t.Glyph.Rule, left) + tee + strings.Repeat(t.Glyph.Rule, right))
}

// body is the menu and the page, side by side.
func (m *Model) body() []string {
	t, l := m.page.Theme, m.layout
	p := m.shown()
	lines := make([]string, 0, l.Body)
	if m.latest == nil { // what a page would say of a controller that nobody knows is not true
		lines = append(lines, text.Block(m.waiting(), l.Width, l.Height+1)...)
	} else {
		lines = append(lines, m.breadcrumb(p))
		lines = append(lines, text.Block(p.View(), l.Width, l.Height)...)
	}
	if l.MenuWidth == 0 {
		return lines
	}
	bar := t.Border.Render(t.Glyph.Bar)
	for i, left := range m.menu.view(m.at, l.Body, m.unsaved) {
		lines[i] = left + bar + lines[i]
	}
	return lines
}

// waiting is shown instead of a page until the controller was heard.
func (m *Model) waiting() string {
	words := "Asking the controller " + m.page.Origin.Engine
	switch {
	case m.page.Origin.Inside:
		words = "The engine starts inside this console"
	case m.page.Origin.File != "":
		words = "Asking the engine of this machine"
	}
	t := m.page.Theme
	return "\n " + t.Accent.Render(t.Glyph.Half) + " " + words + " " + t.Glyph.Ellipsis
}

// breadcrumb says where one is, and at the right what the page remarks.
func (m *Model) breadcrumb(p page.Page) string {
	t, crumb := m.page.Theme, m.at.Title()
	left := t.Strong.Render(crumb)
	if g := m.at.Group(); g != page.NoGroup {
		left = t.Dim.Render(string(g)+" "+t.Glyph.Crumb+" ") + left
	}
	return text.Sides(left, p.Note(), m.layout.Width)
}

// menuHeight is how many lines the menu has where it is shown.
func (m *Model) menuHeight() int {
	if m.layout.MenuWidth == 0 {
		return m.layout.Body - 1
	}
	return m.layout.Body
}

// popMenu is the menu in a box, for screens that have no room for it.
func (m *Model) popMenu() string {
	lines := m.menu.view(m.at, m.menuHeight(), m.unsaved)
	return dialog.Box(m.page.Theme, "Menu", lines, menuBox, m.menuHeight()+2)
}

func (m *Model) tooSmall() []string {
	l := make([]string, m.page.Height)
	if q, asked := m.quitting(); asked { // also here one must be able to leave
		copy(l, strings.Split(q.View(m.page.Width, m.page.Height), "\n"))
		return text.Pad(l, m.page.Width)
	}
	words := []string{
		fmt.Sprintf("The screen is %dx%d.", m.page.Width, m.page.Height),
		fmt.Sprintf("vns3 needs %dx%d.", page.MinWidth, page.MinHeight), m.page.Keys.Quit.Help().Key + " quits",
	}
	for i, line := range words {
		if y := max((len(l)-len(words))/2, 0) + i; y < len(l) {
			l[y] = strings.Repeat(" ", max((m.page.Width-text.Width(line))/2, 0)) + text.Cut(line, m.page.Width, "")
		}
	}
	return l
}

// helpLine shows what the keys do now, made from the bindings that handle them.
func (m *Model) helpLine(width int) string {
	t := m.page.Theme
	var line strings.Builder
	used := 0
	for _, b := range m.bindings() {
		if !b.Enabled() || b.Help().Key == "" {
			continue
		}
		h := b.Help()
		w := text.Width(h.Key) + 1 + text.Width(h.Desc)
		if used > 0 {
			w += 2
		}
		if used+w > width-2 {
			break
		}
		if used > 0 {
			line.WriteString("  ")
		}
		line.WriteString(t.Key.Render(h.Key) + " " + t.Dim.Render(h.Desc))
		used += w
	}
	return " " + text.Fit(line.String(), width-1)
}

// bindings are the keys that work now, those of the topmost thing first. The frame's own are kept
// even where the page has many: they are the way out.
func (m *Model) bindings() []key.Binding {
	keys := m.page.Keys
	if n := len(m.dialogs); n > 0 {
		return m.dialogs[n-1].ShortHelp()
	}
	if m.menu.focused {
		return []key.Binding{page.Bind("↑↓", "choose", "up"), keys.Enter, page.As(keys.Back, "close menu")}
	}
	p := m.shown()
	own := p.ShortHelp()
	switch {
	case m.latest == nil:
		own = nil
	case p.Typing():
		return own
	}
	frame := []key.Binding{keys.Palette, keys.Help, keys.Quit}
	if m.layout.MenuWidth > 0 {
		return append(fitting(own, frame, m.page.Width), frame...)
	}
	frame = append([]key.Binding{keys.Menu}, frame...)
	shown := fitting(own, frame, m.page.Width)
	if len(shown) < len(own) { // what the page is for comes before what its help tells too
		frame = []key.Binding{keys.Menu, keys.Help, keys.Quit}
		shown = fitting(own, frame, m.page.Width)
	}
	return append(shown, frame...)
}

// fitting are the first of own that have room beside the frame's, in a line that begins and ends with a
// space, as wide as the two between keys.
func fitting(own, frame []key.Binding, room int) []key.Binding {
	for _, b := range frame {
		room -= helpWidth(b)
	}
	for i, b := range own {
		if room -= helpWidth(b); room < 0 {
			return own[:i:i]
		}
	}
	return own[:len(own):len(own)]
}

func helpWidth(b key.Binding) int {
	if !b.Enabled() {
		return 0
	}
	return text.Width(b.Help().Key) + text.Width(b.Help().Desc) + 3
}
