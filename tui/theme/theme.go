// Package theme holds the colours, styles and glyphs of the console: one accent, three states, and
// nothing that is told by colour alone. It never asks the terminal anything.
package theme

import (
	"image/color"

	"charm.land/lipgloss/v2"
)

// Name is the name of a theme, as the setting `theme` has it.
type Name string

// The themes.
const (
	Auto    Name = "auto"  // dark or light, as the terminal says; dark while it says nothing
	Dark    Name = "dark"  //
	Light   Name = "light" //
	Sixteen Name = "16"    // the terminal's own sixteen colours
	Plain   Name = "none"  // no colour at all
)

// Names returns all themes, for a choice.
func Names() []Name { return []Name{Auto, Dark, Light, Sixteen, Plain} }

// Options choose a theme.
type Options struct {
	Name  Name
	Light bool // the terminal says that its background is light; only for Auto
	ASCII bool // no glyph outside ASCII
}

// Theme is what everything is drawn with. There is one for the life of a console: a change of theme
// changes it in place, so whoever holds the pointer draws with the new one.
type Theme struct {
	Options Options
	Glyph   Glyphs

	Text     lipgloss.Style // ordinary text
	Dim      lipgloss.Style // what may be overlooked
	Strong   lipgloss.Style // names, values that matter
	Accent   lipgloss.Style // the one accent: the current thing
	Heading  lipgloss.Style // a heading within a page or menu
	Border   lipgloss.Style // rules and boxes
	Key      lipgloss.Style // a key in the help line
	Selected lipgloss.Style // the selected row or choice
	Input    lipgloss.Style // text that can be edited
	Button   lipgloss.Style // a button that has no focus
	Pressed  lipgloss.Style // the button that has it
	Good     lipgloss.Style
	Warn     lipgloss.Style
	Bad      lipgloss.Style
}

// palette is the colours of a theme. nil is the terminal's own.
type palette struct {
	dim, accent, border, good, warn, bad, onAccent color.Color
}

var palettes = map[Name]palette{
	Dark: {
		dim: lipgloss.Color("#8B939E"), accent: lipgloss.Color("#5CB8D6"), border: lipgloss.Color("#4B535E"),
		good: lipgloss.Color("#8CC379"), warn: lipgloss.Color("#E3B05C"), bad: lipgloss.Color("#EC7B79"), onAccent: lipgloss.Color("#10151A"),
	},
	Light: {
		dim: lipgloss.Color("#5F6873"), accent: lipgloss.Color("#00678A"), border: lipgloss.Color("#B4BBC4"),
		good: lipgloss.Color("#2A7A2E"), warn: lipgloss.Color("#8F5F00"), bad: lipgloss.Color("#B3261E"), onAccent: lipgloss.Color("#FFFFFF"),
	},
	Sixteen: {
		dim: lipgloss.BrightBlack, accent: lipgloss.Cyan, border: lipgloss.BrightBlack,
		good: lipgloss.Green, warn: lipgloss.Yellow, bad: lipgloss.Red, onAccent: lipgloss.Black,
	},
	Plain: {},
}

// New makes a theme. An unknown name is Auto.
func New(o Options) *Theme {
	t := new(Theme)
	t.Set(o)
	return t
}

// Set changes the theme in place.
func (t *Theme) Set(o Options) {
	name := o.Name
	if _, known := palettes[name]; !known {
		o.Name, name = Auto, Dark
		if o.Light {
			name = Light
		}
	}
	p := palettes[name]
	in := func(c color.Color) lipgloss.Style {
		if c == nil {
			return lipgloss.NewStyle()
		}
		return lipgloss.NewStyle().Foreground(c)
	}
	pressed := lipgloss.NewStyle().Reverse(true)
	if p.accent != nil {
		pressed = lipgloss.NewStyle().Background(p.accent).Foreground(p.onAccent)
	}
	*t = Theme{
		Options: o, Glyph: glyphs(o.ASCII),
		Text: lipgloss.NewStyle(), Dim: in(p.dim), Strong: lipgloss.NewStyle().Bold(true),
		Accent: in(p.accent).Bold(true), Heading: in(p.dim), Border: in(p.border), Key: in(p.accent),
		Selected: in(p.accent).Bold(true), Input: lipgloss.NewStyle(), Button: in(p.dim), Pressed: pressed,
		Good: in(p.good), Warn: in(p.warn), Bad: in(p.bad),
	}
}
