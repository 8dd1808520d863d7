package tuitest

import (
	"fmt"
	"html"
	"image/color"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
)

// Paper is the terminal that an SVG pretends to be.
type Paper struct {
	Ink, Ground string // colours where the console sets none
}

// The papers of the two kinds of terminals.
var (
	DarkPaper  = Paper{Ink: "#D7DAE0", Ground: "#15191F"}
	LightPaper = Paper{Ink: "#24292F", Ground: "#FBFBFA"}
)

const (
	cellWidth  = 8.4
	cellHeight = 16
	margin     = 12
)

// SVG draws a screen as a picture, for the documents.
func SVG(drawn string, size Size, paper Paper) string {
	screen := vt.NewEmulator(size.Width, size.Height)
	screen.Write([]byte(strings.ReplaceAll(drawn, "\n", "\r\n")))
	var b strings.Builder
	width, height := float64(size.Width)*cellWidth+2*margin, size.Height*cellHeight+2*margin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" font-family="DejaVu Sans Mono, Menlo, monospace" font-size="14">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", paper.Ground)
	for y := range size.Height {
		for x := 0; x < size.Width; x++ {
			if cell := screen.CellAt(x, y); cell != nil {
				paper.cell(&b, cell, x, y)
			}
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func (p Paper) cell(b *strings.Builder, cell *uv.Cell, x, y int) {
	ink, ground := hex(cell.Style.Fg, p.Ink), hex(cell.Style.Bg, "")
	if cell.Style.Attrs&uv.AttrReverse != 0 {
		if ground == "" {
			ground = p.Ground
		}
		ink, ground = ground, ink
	}
	left, top := margin+float64(x)*cellWidth, margin+y*cellHeight
	if ground != "" {
		fmt.Fprintf(b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", left, top, cellWidth+0.1, cellHeight, ground)
	}
	if strings.TrimSpace(cell.Content) == "" {
		return
	}
	weight := ""
	if cell.Style.Attrs&uv.AttrBold != 0 {
		weight = ` font-weight="bold"`
	}
	if cell.Style.Attrs&uv.AttrFaint != 0 {
		weight += ` opacity="0.6"`
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%d" fill="%s"%s>%s</text>`+"\n", left, top+13, ink, weight, html.EscapeString(cell.Content))
}

func hex(c color.Color, otherwise string) string {
	if c == nil {
		return otherwise
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02X%02X%02X", r>>8, g>>8, b>>8)
}
