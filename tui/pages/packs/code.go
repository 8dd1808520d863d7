package packs

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"vns3/control"
	"vns3/tui/component/dialog"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// code asks for the QR code of a pack.
func (p *Page) code(name string) tea.Cmd {
	return p.c.Do(p, control.PackExport{Name: name, Format: "qr"})
}

// showCode shows the code, light on dark whatever the theme, so that a camera reads it; or says how
// large a screen it needs, because a part of a code is of no use.
func (p *Page) showCode(name string, file control.PackFile) tea.Cmd {
	lines := strings.Split(strings.TrimRight(string(file.Data), "\n"), "\n")
	width := 0
	for _, line := range lines {
		width = max(width, text.Width(line))
	}
	const border = 6 // box, its inner space, and the screen around it
	if width+border > p.c.Width || len(lines)+border/2 > p.c.Height {
		return page.Open(dialog.NewMessage(p.c, "QR code of "+name, fmt.Sprintf(
			"The code needs a screen of %d columns and %d lines; this one has %d and %d. Make the window larger or its letters smaller and press c again, or export the clientpack to a file (e).",
			width+border, len(lines)+border/2, p.c.Width, p.c.Height)))
	}
	style := lipgloss.NewStyle().Foreground(lipgloss.Color("#FFFFFF")).Background(lipgloss.Color("#000000"))
	for i := range lines {
		lines[i] = style.Render(text.Fit(lines[i], width))
	}
	return page.Open(dialog.NewRaw(p.c, "QR code of "+name, strings.Join(lines, "\n")))
}
