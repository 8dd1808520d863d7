// Package theme holds the colours, styles and glyphs of the console: one accent, three states, and
// nothing that is told by colour alone. It never asks the terminal anything.
package theme

import (
	"image/color"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
)

// Name is the name of a theme, as the setting `theme` has it.
type Name string

// The themes.
const (
	Auto    Name = "auto"  // dark or light, as the terminal says; dark while it says nothing
	Dark    Name = "dark"  // on a terminal that has but sixteen colours: those
	Light   Name = "light" // likewise
	Sixteen Name = "16"    // the terminal's own sixteen colours
	Plain   Name = "none"  // no colour at all
)

// Names returns all themes, for a choice.
func Names() []Name { return []Name{Auto, Dark, Light, Sixteen, Plain} }

// Options choose a theme.
type Options struct {
	Name  Name
	Light bool // the terminal says that its background is light; for Auto and Sixteen
	ASCII bool // no glyph outside ASCII

	Profile colorprofile.Profile // the colours that the terminal has, once that is known
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

	faint bool // dim and border are the ink made faint
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
		faint: true, accent: lipgloss.Cyan,
		good: lipgloss.Green, warn: lipgloss.Yellow, bad: lipgloss.BrightRed, onAccent: lipgloss.Black,
	},
	Plain: {},
}

// sixteenOnLight is Sixteen where yellow, green and cyan would be lost on the paper. Bright black is in
// neither: some terminals give it the colour of their background.
var sixteenOnLight = palette{
	faint: true, accent: lipgloss.Blue,
	good: lipgloss.Green, warn: lipgloss.Magenta, bad: lipgloss.Red, onAccent: lipgloss.BrightWhite,
}

// colours are those that the options choose.
func (o Options) colours() palette {
	name, light := o.Name, o.Light
	switch name {
	case Auto:
		name = Dark
		if light {
			name = Light
		}
	case Dark, Light:
		light = name == Light
	}
	switch o.Profile {
	case colorprofile.ANSI:
		if name != Plain {
			name = Sixteen
		}
	case colorprofile.ASCII, colorprofile.NoTTY:
		name = Plain
	}
	if name == Sixteen && light {
		return sixteenOnLight
	}
	return palettes[name]
}

// New makes a theme. An unknown name is Auto.
func New(o Options) *Theme {
	t := new(Theme)
	t.Set(o)
	return t
}

// Set changes the theme in place.
func (t *Theme) Set(o Options) {
	if _, known := palettes[o.Name]; !known {
		o.Name = Auto
	}
	p := o.colours()
	in := func(c color.Color) lipgloss.Style {
		if c == nil {
			return lipgloss.NewStyle()
		}
		return lipgloss.NewStyle().Foreground(c)
	}
	dim, border, pressed := in(p.dim), in(p.border), lipgloss.NewStyle().Reverse(true)
	if p.faint {
		dim = lipgloss.NewStyle().Faint(true)
		border = dim
	}
	if p.accent != nil {
		pressed = lipgloss.NewStyle().Background(p.accent).Foreground(p.onAccent)
	}
	*t = Theme{
		Options: o, Glyph: glyphs(o.ASCII),
		Text: lipgloss.NewStyle(), Dim: dim, Strong: lipgloss.NewStyle().Bold(true),
		Accent: in(p.accent).Bold(true), Heading: dim, Border: border, Key: in(p.accent),
		Selected: in(p.accent).Bold(true), Input: lipgloss.NewStyle(), Button: dim, Pressed: pressed,
		Good: in(p.good), Warn: in(p.warn), Bad: in(p.bad),
	}
}
