// Package license is the page License: what the license in use allows, and the dialogs that install
// one, upgrade it and set the overlay parameters.
package license

import (
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/overlay"
	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/dialog"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// Page is the license page.
type Page struct {
	page          *page.Context
	install, show key.Binding
	parameters    key.Binding
	top           int // first line shown, on a screen too low for all
	width, height int
}

// New makes the page.
func New(c *page.Context) *Page {
	return &Page{page: c,
		install:    page.Bind("i", "install or upgrade", "i"),
		parameters: page.Bind("o", "overlay parameters", "o"),
		show:       page.Bind("t", "its text", "t"),
	}
}

// Init does nothing.
func (p *Page) Init() tea.Cmd { return nil }

// SetSize takes the page's size.
func (p *Page) SetSize(width, height int) { p.width, p.height = width, height }

// Note says whether a license is in use.
func (p *Page) Note() string {
	t, l := p.page.Theme, p.license()
	switch {
	case !l.Licensed:
		return t.Warn.Render("no license")
	case l.Expired:
		return t.Bad.Render(t.Glyph.Down + " expired")
	case !l.Finalized:
		return t.Warn.Render(t.Glyph.Half + " parameters not set")
	}
	return t.Good.Render(t.Glyph.Up + " in use")
}

// Typing is never: inputs are in dialogs.
func (p *Page) Typing() bool { return false }

func (p *Page) license() status.License { return p.page.Snapshot.Controller.License }

// Update handles keys, commands from the palette and replies.
func (p *Page) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case page.Invoke:
		switch msg.Action {
		case "license install", "license upgrade":
			return p.askInstall(), true
		case "license parameters":
			return p.askParameters(), true
		case "license show":
			return p.page.Do(p, control.LicenseShow{}), true
		}
	case page.Reply:
		if msg.Err != nil {
			return page.Toast(status.Error, msg.Err.Error()), true
		}
		if shown, ok := msg.Value.(control.LicenseShown); ok {
			return page.Open(dialog.NewRaw(p.page, "License", shown.Text)), true
		}
	case tea.MouseWheelMsg:
		if msg.Button == tea.MouseWheelUp {
			p.scroll(-3)
		} else {
			p.scroll(3)
		}
		return nil, true
	case tea.KeyPressMsg:
		if p.moved(msg) {
			return nil, true
		}
		switch {
		case key.Matches(msg, p.install):
			return p.askInstall(), true
		case key.Matches(msg, p.parameters):
			return p.askParameters(), true
		case key.Matches(msg, p.show) && p.license().Licensed:
			return p.page.Do(p, control.LicenseShow{}), true
		case key.Matches(msg, p.page.Keys.Copy) && p.license().SHA1 != "":
			return page.Copy("license checksum", p.license().SHA1), true
		}
	}
	return nil, false
}

func (p *Page) askInstall() tea.Cmd {
	if refused := p.page.Refuse(control.LicenseInstall{}); refused != nil {
		return refused
	}
	return page.Open(NewInstall(p.page))
}

// moved scrolls where the key says so.
func (p *Page) moved(k tea.KeyPressMsg) bool {
	keys, all := p.page.Keys, len(p.lines())
	for _, way := range []struct {
		key key.Binding
		by  int
	}{{keys.Up, -1}, {keys.Down, 1}, {keys.PageUp, -p.height}, {keys.PageDown, p.height}, {keys.Top, -all}, {keys.Bottom, all}} {
		if key.Matches(k, way.key) {
			p.scroll(way.by)
			return true
		}
	}
	return false
}

func (p *Page) askParameters() tea.Cmd {
	if refused := p.page.Refuse(control.LicenseParameters{}); refused != nil {
		return refused
	}
	switch l := p.license(); {
	case !l.Licensed:
		return page.Toast(status.Warn, "first install a license: i")
	case l.Finalized:
		return page.Note("the overlay parameters are set and stay as they are")
	}
	return page.Open(NewParameters(p.page))
}

// overflow is how many lines do not fit the page.
func (p *Page) overflow() int { return max(len(p.lines())-p.height, 0) }

func (p *Page) scroll(by int) { p.top = max(min(p.top+by, p.overflow()), 0) }

// View draws the page.
func (p *Page) View() string {
	lines := p.lines()
	from := min(p.top, max(len(lines)-p.height, 0))
	return strings.Join(lines[from:min(from+max(p.height, 1), len(lines))], "\n")
}

func (p *Page) lines() []string {
	t, l := p.page.Theme, p.license()
	if !l.Licensed {
		return p.unlicensed()
	}
	lines := p.field("License", strings.Join(p.kind(l), ", "))
	add := func(label, value string) {
		if value != "" {
			lines = append(lines, p.field(label, value)...)
		}
	}
	add("Topology", l.Topology)
	add("Controllers", fmt.Sprintf("%s, %d in use", figures.Count(l.Controllers, "controller"), p.inUse()))
	add("Clientpacks", text.Thousands(l.Clientpacks))
	add("Expires", p.expiry(l))
	add("Signed by", l.Signer)
	if !l.UploadedAt.IsZero() {
		add("Installed", l.UploadedAt.Format(time.DateTime))
	}
	add("SHA-1", l.SHA1)
	lines = append(lines, "")
	if o := p.page.Snapshot.Controller.Overlay; o != nil && l.Finalized {
		lines = append(lines, t.Heading.Render(" OVERLAY"))
		add("Subnet", o.Subnet.String())
		add("VIP", o.VIP.String()+t.Dim.Render("  the same on all controllers"))
		for i, row := range p.addresses(o) {
			label := ""
			if i == 0 {
				label = "Addresses"
			}
			lines = append(lines, p.field(label, row)...)
		}
		if n := len(o.Clients); n > 0 {
			add("Clientpacks", fmt.Sprintf("%s … %s", o.Clients[0], o.Clients[n-1]))
		}
	} else {
		lines = append(lines, text.Hang(" "+t.Warn.Render(t.Glyph.Half)+" ", "The overlay parameters are not set: o takes the license's own, or a subnet of yours.", p.width)...)
	}
	return lines
}

// addresses lists the controllers' overlay addresses, as many beside each other as fit.
func (p *Page) addresses(o *overlay.Parameters) []string {
	const column = 20
	perRow := max((p.width-14)/column, 1)
	var rows []string
	for i, c := range o.Controllers {
		cell := text.Fit(fmt.Sprintf("#%d %s", c.ID, c.Address), column)
		if i%perRow == 0 {
			rows = append(rows, cell)
		} else {
			rows[len(rows)-1] += cell
		}
	}
	return rows
}

func (p *Page) kind(l status.License) []string {
	words := []string{"installed from a file"}
	if l.Community {
		words = []string{"community, built in"}
	}
	if l.Expired {
		words = append(words, p.page.Theme.Bad.Render("expired"))
	}
	return words
}

func (p *Page) expiry(l status.License) string {
	if l.Expires.IsZero() {
		return "never"
	}
	left := l.Expires.Sub(p.page.Now())
	date := l.Expires.Format(time.DateOnly)
	if left <= 0 {
		return p.page.Theme.Bad.Render(date) + ": nothing that runs is dropped, nothing new starts"
	}
	return fmt.Sprintf("%s, in %s", date, figures.Span(left))
}

func (p *Page) inUse() int {
	n := 0
	for _, peer := range p.page.Snapshot.Peers {
		if peer.Self || peer.State != status.NotSet {
			n++
		}
	}
	return n
}

// field is a label with its value, whole.
func (p *Page) field(label, value string) []string {
	return text.Hang(" "+p.page.Theme.Dim.Render(text.Fit(label, 13)), value, p.width)
}

func (p *Page) unlicensed() []string {
	t := p.page.Theme
	lines := []string{t.Strong.Render(" This controller has no license."), ""}
	paragraph := func(s string) {
		lines = append(lines, text.Hang(" ", s, p.width)...)
	}
	paragraph("A license says how many controllers and clientpacks the topology may have, and which overlay subnet it uses.")
	lines = append(lines, "")
	paragraph(t.Key.Render("i") + "  install one: the built-in community license (9 controllers, 1,000 clientpacks), a file, or pasted text.")
	lines = append(lines, "")
	paragraph("A controller that fetches its keyset gets the license with it: then nothing is to be done here.")
	return lines
}

// ShortHelp names the keys.
func (p *Page) ShortHelp() []key.Binding {
	l := p.license()
	p.show.SetEnabled(l.Licensed)
	p.parameters.SetEnabled(l.Licensed && !l.Finalized)
	help := []key.Binding{p.install, p.parameters, p.show}
	if p.overflow() > 0 {
		help = append([]key.Binding{page.Bind("↑↓", "scroll", "up")}, help...)
	}
	return help
}

// FullHelp is ShortHelp and the copy key.
func (p *Page) FullHelp() [][]key.Binding {
	return [][]key.Binding{append(p.ShortHelp(), page.As(p.page.Keys.Copy, "copy the checksum"))}
}
