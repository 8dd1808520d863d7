package theme

import (
	"strings"

	"charm.land/lipgloss/v2"
)

// Glyphs are the signs of the console. Each has a word beside it where it is used.
type Glyphs struct {
	Up, Half, Down string // ● ◐ ✗
	OK, Waiting    string // ✓ ·
	Warning        string // ⚠
	Cursor         string // ▸ marks the selected row, also without colour
	Open           string // ▾ a closed drop-down
	Crumb          string // ›
	Ellipsis       string // …
	Rule, Bar      string // ─ │
	TeeDown, TeeUp string // ┬ ┴
	Arrow, Back    string // → ←
	Dash           string // –
	Radio, NoRadio string // (•) ( )
	Check, NoCheck string // [x] [ ]
	Mask           string // • stands for a hidden character
	ScrollUp       string // ↑
	ScrollDown     string // ↓
	Bars           []string
	Border         lipgloss.Border
}

func glyphs(ascii bool) Glyphs {
	if ascii {
		return Glyphs{
			Up: "*", Half: "~", Down: "x", OK: "+", Waiting: ".", Warning: "!", Cursor: ">", Open: "v", Crumb: ">", Ellipsis: "~",
			Rule: "-", Bar: "|", TeeDown: "+", TeeUp: "+", Arrow: "->", Back: "<-", Dash: "-",
			Radio: "(*)", NoRadio: "( )", Check: "[x]", NoCheck: "[ ]", Mask: "*", ScrollUp: "^", ScrollDown: "v",
			Bars:   []string{"_", ".", ".", "-", "-", "=", "=", "#"},
			Border: lipgloss.ASCIIBorder(),
		}
	}
	return Glyphs{
		Up: "●", Half: "◐", Down: "✗", OK: "✓", Waiting: "·", Warning: "⚠", Cursor: "▸", Open: "▾", Crumb: "›", Ellipsis: "…",
		Rule: "─", Bar: "│", TeeDown: "┬", TeeUp: "┴", Arrow: "→", Back: "←", Dash: "–",
		Radio: "(•)", NoRadio: "( )", Check: "[x]", NoCheck: "[ ]", Mask: "•", ScrollUp: "↑", ScrollDown: "↓",
		Bars:   []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
		Border: lipgloss.NormalBorder(),
	}
}

// plain writes what pages take from outside the glyphs, such as arrows and dashes in sentences.
var plain = strings.NewReplacer(
	"–", "-", "—", "-", "…", "~", "›", ">", "·", ".", "•", "*", "▸", ">", "▾", "v", "●", "*", "◐", "~", "✗", "x", "✓", "+", "⚠", "!",
	"↑", "^", "↓", "v", "←", "<", "→", ">", "×", "x", "±", "~",
	"─", "-", "│", "|", "┌", "+", "┐", "+", "└", "+", "┘", "+", "├", "+", "┤", "+", "┬", "+", "┴", "+", "┼", "+", "╱", "/", "╲", "\\", "╳", "x",
)

// Plain is s without anything outside ASCII that the console itself writes, cell for cell, in a theme
// that is ASCII only; else s as it is. Names and addresses stay as they are.
func (t *Theme) Plain(s string) string {
	if !t.Options.ASCII {
		return s
	}
	return plain.Replace(s)
}
