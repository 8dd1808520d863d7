package access

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/tui/component/dialog"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// once is the dialog that shows a secret once. It closes only at esc or enter, and not in its grace, so
// that a key in flight does not take it away unread.
type once struct {
	c            *page.Context
	what, secret string
	armed        bool
}

func newOnce(c *page.Context, what, secret string) *once {
	return &once{c: c, what: strings.TrimSpace(what), secret: secret}
}

// Init starts the grace.
func (d *once) Init() tea.Cmd { return dialog.Arm(d) }

// Update copies and closes.
func (d *once) Update(msg tea.Msg) (tea.Cmd, bool) {
	if _, over := msg.(dialog.Armed); over {
		d.armed = true
	}
	k, is := msg.(tea.KeyPressMsg)
	switch k = page.Latin(k); {
	case !is:
		return nil, false
	case key.Matches(k, d.c.Keys.Copy):
		return page.Copy(d.what, d.secret), false
	}
	return nil, d.armed && key.Matches(k, d.c.Keys.Back, d.c.Keys.Enter)
}

// View draws the secret whole, on more than one line if need be.
func (d *once) View(width, height int) string {
	width = min(width, 60)
	inner, t := dialog.Inner(width), d.c.Theme
	var lines []string
	for rest := d.secret; rest != ""; {
		line := text.Cut(rest, inner, "")
		lines, rest = append(lines, t.Strong.Render(line)), rest[len(line):]
	}
	lines = append(lines, "")
	for _, line := range text.Wrap("It is shown this once and stored only as a hash. y sends it to the terminal's clipboard; enter closes.", inner) {
		lines = append(lines, t.Dim.Render(line))
	}
	return dialog.Box(t, d.what, lines, width, height)
}

// ShortHelp names the keys.
func (d *once) ShortHelp() []key.Binding {
	return []key.Binding{d.c.Keys.Copy, page.As(d.c.Keys.Enter, "close")}
}

// FullHelp is ShortHelp.
func (d *once) FullHelp() [][]key.Binding { return [][]key.Binding{d.ShortHelp()} }
