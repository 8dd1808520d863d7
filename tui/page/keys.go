package page

import "charm.land/bubbles/v2/key"

// Keys are the bindings that mean the same everywhere. Help is made from the very bindings that
// handle the keys. None clashes with the prefixes of tmux and screen (ctrl+b, ctrl+a).
type Keys struct {
	Up, Down, Left, Right     key.Binding
	PageUp, PageDown          key.Binding
	Top, Bottom               key.Binding
	Enter, Back               key.Binding
	Next, Previous            key.Binding // field of a form
	Filter, Sort, Copy, Pause key.Binding
	Save, Undo                key.Binding
	Reveal                    key.Binding // show a secret
	Palette, Help, Menu, Quit key.Binding
	Interrupt                 key.Binding
	NextPage, PreviousPage    key.Binding
	Mouse                     key.Binding
	Visit                     key.Binding // the console of the controller under the cursor
}

// DefaultKeys returns the bindings.
func DefaultKeys() *Keys {
	bind := func(shown, does string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
	}
	return &Keys{
		Up: bind("↑", "up", "up", "k"), Down: bind("↓", "down", "down", "j"),
		Left: bind("←", "left", "left", "h"), Right: bind("→", "right", "right", "l"),
		PageUp: bind("pgup", "page up", "pgup"), PageDown: bind("pgdn", "page down", "pgdown"),
		Top: bind("home", "first", "home", "g"), Bottom: bind("end", "last", "end", "G"),
		Enter: bind("enter", "open", "enter"), Back: bind("esc", "back", "esc"),
		Next: bind("tab", "next field", "tab"), Previous: bind("shift+tab", "previous field", "shift+tab"),
		Filter: bind("/", "filter", "/"), Sort: bind("s", "sort", "s"), Copy: bind("y", "copy", "y"), Pause: bind("p", "pause", "p"),
		Save: bind("ctrl+s", "save", "ctrl+s"), Undo: bind("u", "undo", "u"),
		Reveal:  bind("ctrl+r", "show or hide", "ctrl+r"),
		Palette: bind(":", "commands", ":", "ctrl+p"), Help: bind("?", "help", "?"), Menu: bind("m", "menu", "m"), Quit: bind("q", "quit", "q"),
		Interrupt: bind("ctrl+c", "end", "ctrl+c"),
		NextPage:  bind("]", "next page", "]"), PreviousPage: bind("[", "previous page", "["),
		Mouse: bind("M", "mouse on or off", "M"), Visit: bind("O", "open its console", "O"),
	}
}

// Bind makes a binding of one key; shown and does stand in the help.
func Bind(shown, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
}

// As is the binding b with another word in the help.
func As(b key.Binding, does string) key.Binding {
	b.SetHelp(b.Help().Key, does)
	return b
}
