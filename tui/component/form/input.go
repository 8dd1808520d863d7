package form

import (
	"charm.land/bubbles/v2/textinput"

	"vns3/tui/theme"
)

// NewInput makes a one-line input in the theme. Its cursor does not blink: a console over SSH that is
// left alone sends nothing.
func NewInput(t *theme.Theme) textinput.Model {
	input := textinput.New()
	input.Prompt = ""
	input.CharLimit = 2048 // all tags of a clientpack, each character of them quoted
	Style(&input, t)
	return input
}

// Style draws the input with the theme as it is now.
func Style(input *textinput.Model, t *theme.Theme) {
	styles := input.Styles()
	styles.Focused.Text, styles.Blurred.Text = t.Input, t.Input
	styles.Focused.Prompt, styles.Blurred.Prompt = t.Accent, t.Dim
	styles.Focused.Placeholder, styles.Blurred.Placeholder = t.Dim, t.Dim
	styles.Cursor.Blink = false
	styles.Cursor.Color = t.Accent.GetForeground()
	input.SetStyles(styles)
	if mask := []rune(t.Glyph.Mask); len(mask) == 1 {
		input.EchoCharacter = mask[0]
	}
}
