package settings

import (
	"fmt"
	"slices"
	"strings"

	cells "vns3/tui/component/text"
	"vns3/tui/page"
)

// own are the keys that actions have where nobody changed them.
var own = page.DefaultKeys()

// changed says that the action has other keys than its own.
func (p *Page) changed(name string) bool {
	return !slices.Equal(p.c.Keys.Binding(name).Keys(), own.Binding(name).Keys())
}

// rebound says how many actions have other keys than their own.
func (p *Page) rebound() string {
	n := 0
	for _, name := range own.Names() {
		if p.changed(name) {
			n++
		}
	}
	if n == 0 {
		return "default"
	}
	return fmt.Sprintf("%d of %d changed", n, len(own.Names()))
}

// keyList is which keys each action has, and how to give it others.
func (p *Page) keyList(width int) []string {
	t := p.c.Theme
	lines := append(cells.Wrap("Change them in the file, below [console]; the next console has them:", width), "")
	lines = append(lines, t.Strong.Render(`keys.copy = ["y", "ctrl+y"]`), "")
	for _, name := range own.Names() {
		b := p.c.Keys.Binding(name)
		line := t.Text.Render(cells.Fit(name, 15)) + t.Key.Render(cells.Fit(strings.Join(b.Keys(), " "), 15)) + t.Dim.Render(b.Help().Desc)
		if p.changed(name) {
			line += t.Warn.Render(", not its own: " + strings.Join(own.Binding(name).Keys(), " "))
		}
		lines = append(lines, cells.Cut(line, width, t.Glyph.Ellipsis))
	}
	return lines
}
