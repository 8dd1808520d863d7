package settings

import (
	"cmp"
	"strings"

	"charm.land/bubbles/v2/key"

	"vns3/status/figures"
	cells "vns3/tui/component/text"
)

const (
	labelWidth = 12
	valueWidth = 34
)

// View draws the page.
func (p *Page) View() string {
	lines, _ := p.draw()
	return strings.Join(lines[:min(len(lines), p.height)], "\n")
}

// draw draws the page, and tells in which line each setting stands.
func (p *Page) draw() (lines []string, at []int) {
	t := p.c.Theme
	for i, s := range settings {
		if s.section != "" {
			if len(lines) > 0 && p.roomy() {
				lines = append(lines, "")
			}
			lines = append(lines, t.Heading.Render(s.section))
		}
		at = append(at, len(lines))
		lines = append(lines, p.line(i))
	}
	if p.roomy() {
		if !p.wide() {
			lines = append(lines, cells.Cut(" "+t.Dim.Render(settings[p.cursor].label+": "+settings[p.cursor].about), p.width, t.Glyph.Ellipsis))
		}
		lines = append(lines, "")
	}
	lines = append(lines, p.file()...)
	if p.roomy() {
		lines = append(append(lines, "", t.Heading.Render("KEYS THAT ARE THE SAME EVERYWHERE")), p.keys()...)
	}
	return lines, at
}

// roomy says that there is room for more than the settings.
func (p *Page) roomy() bool { return p.height >= 17 }

// wide says that there is room beside each setting for what it is for.
func (p *Page) wide() bool { return p.width > 90 }

// line draws one setting.
func (p *Page) line(i int) string {
	t, s := p.c.Theme, settings[i]
	value := cmp.Or(s.value(p), "none")
	if s.turn != nil {
		value = "[" + value + "]"
	}
	value = cells.Cut(value, p.width-labelWidth-2, t.Glyph.Ellipsis)
	mark, style := " ", t.Text
	if i == p.cursor {
		mark, style = t.Glyph.Cursor, t.Selected
	}
	line := style.Render(mark + cells.Fit(s.label, labelWidth) + value)
	if p.wide() {
		line = cells.Fit(line, labelWidth+1+valueWidth) + " " + t.Dim.Render(s.about)
	}
	return line
}

// file says which file all this is kept in.
func (p *Page) file() []string {
	t, f := p.c.Theme, p.of.Config
	words := figures.Since(p.c.Now(), f.AppliedAt) + " ago"
	switch {
	case f.Error != "":
		return append([]string{cells.Cut(" "+t.Dim.Render("file ")+f.Path, p.width, t.Glyph.Ellipsis)},
			cells.Hang(" "+t.Bad.Render(t.Glyph.Down)+" ", f.Error, p.width)...)
	case f.Defaults:
		words = "not there yet, defaults"
	case !f.Writable:
		words = "may not be written: changes are refused"
	default:
		words = "applied " + words
	}
	head, tail := t.Dim.Render("file "), t.Dim.Render(", "+words)
	path := cells.CutLeft(f.Path, p.width-1-cells.Width(head+tail), t.Glyph.Ellipsis)
	return []string{" " + head + path + tail}
}

// keys lists the frame's keys, two or more beside each other.
func (p *Page) keys() []string {
	k, t := p.c.Keys, p.c.Theme
	all := []key.Binding{k.Palette, k.Help, k.Menu, k.Back, k.NextPage, k.PreviousPage, k.Filter, k.Sort, k.Copy, k.Pause, k.Mouse, k.Quit}
	const column = 19
	per := max((p.width-1)/column, 1)
	var lines []string
	for i, b := range all {
		if i%per == 0 {
			lines = append(lines, " ")
		}
		lines[len(lines)-1] += cells.Fit(t.Key.Render(b.Help().Key)+" "+b.Help().Desc, column)
	}
	return lines
}
