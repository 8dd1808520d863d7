package packs

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"vns3/control"
	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// code asks for the QR code of a pack. It counts as exported only once it is seen.
func (p *Page) code(name string) tea.Cmd {
	return p.c.Do(p, control.PackExport{Name: name, Format: "qr", Preview: true})
}

// code is the dialog that shows a QR code, light on dark whatever the theme, so that a camera reads it. A
// part of a code is of no use: where there is no room for all it says how large a screen it needs.
type code struct {
	c     *page.Context
	name  string
	lines []string
	width int
	seen  bool
}

func newCode(c *page.Context, name string, file control.PackFile) *code {
	d := &code{c: c, name: name, lines: strings.Split(strings.TrimRight(string(file.Data), "\n"), "\n")}
	for _, line := range d.lines {
		d.width = max(d.width, text.Width(line))
	}
	return d
}

// The border of a box and the screen around it, in columns and lines.
const (
	besideCode = 6
	aboveCode  = 4
)

// fits says that all of the code can be drawn now.
func (d *code) fits() bool {
	return !d.c.Theme.Options.ASCII && d.width+besideCode <= d.c.Width && len(d.lines)+aboveCode <= d.c.Height
}

// Init counts the pack as exported if it is seen.
func (d *code) Init() tea.Cmd { return d.count() }

func (d *code) count() tea.Cmd {
	if d.seen || !d.fits() {
		return nil
	}
	d.seen = true
	return d.c.Do(d, control.PackExport{Name: d.name, Format: "qr"})
}

// Update closes and copies.
func (d *code) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case page.Refreshed:
		return d.count(), false
	case page.Reply:
		if msg.Err != nil {
			return page.Toast(status.Error, d.name+" does not count as exported: "+msg.Err.Error()), false
		}
	case tea.KeyPressMsg:
		switch {
		case key.Matches(msg, d.c.Keys.Copy):
			return page.Copy("QR code", strings.Join(d.lines, "\n")+"\n"), false
		case key.Matches(msg, d.c.Keys.Back, d.c.Keys.Enter, d.c.Keys.Quit):
			return nil, true
		}
	}
	return nil, false
}

// View draws the code, or why it cannot be drawn.
func (d *code) View(width, height int) string {
	t, title := d.c.Theme, "QR code of "+d.name
	if !d.fits() {
		const wide = 76
		width = min(width, wide)
		return dialog.Box(t, title, text.Wrap(d.trouble(), dialog.Inner(width)), width, height)
	}
	style := lipgloss.NewStyle().Foreground(lipgloss.Color("#FFFFFF")).Background(lipgloss.Color("#000000"))
	lines := make([]string, len(d.lines))
	for i, line := range d.lines {
		lines[i] = style.Render(text.Fit(line, d.width))
	}
	return dialog.Box(t, title, lines, d.width+4, height)
}

func (d *code) trouble() string {
	if d.c.Theme.Options.ASCII {
		return "This console draws with ASCII only, and a code needs blocks: turn that off on the page Settings, or export the clientpack to a file (e)."
	}
	return fmt.Sprintf("The code needs a screen of %d columns and %d lines; this one has %d and %d. Make the window larger or its letters smaller, or export the clientpack to a file (e).",
		d.width+besideCode, len(d.lines)+aboveCode, d.c.Width, d.c.Height)
}

// ShortHelp names the keys.
func (d *code) ShortHelp() []key.Binding {
	return []key.Binding{d.c.Keys.Copy, page.As(d.c.Keys.Back, "close")}
}

// FullHelp is ShortHelp.
func (d *code) FullHelp() [][]key.Binding { return [][]key.Binding{d.ShortHelp()} }
