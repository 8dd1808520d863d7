package license

import (
	"fmt"
	"net/netip"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/overlay"
	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/component/form"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

const subnetField = "subnet"

// Parameters is the dialog that sets the overlay parameters, for good. It shows what a subnet comes
// to before anything is sent.
type Parameters struct {
	page        *page.Context
	form        *form.Model
	own         string // subnet of the license
	controllers int
	packs       int
	busy        bool
	failure     error
}

// NewParameters makes the dialog for the license that is installed.
func NewParameters(c *page.Context) *Parameters {
	l, subnet := c.Snapshot.Controller.License, ""
	if o := c.Snapshot.Controller.Overlay; o != nil {
		subnet = o.Subnet.String()
	}
	return newParameters(c, subnet, l.Controllers, l.Clientpacks)
}

func newParameters(c *page.Context, subnet string, controllers, packs int) *Parameters {
	d := &Parameters{page: c, own: subnet, controllers: controllers, packs: packs}
	d.form = form.New(c, []form.Field{{
		Name: subnetField, Label: "Subnet", Value: subnet, Placeholder: "172.31.1.0/24",
		Hint:  "The private network inside the tunnels. It must not be in use elsewhere.",
		Check: func(s string) error { _, err := d.layout(s); return err },
	}}, "Set for good", "Cancel")
	return d
}

// layout is what the subnet comes to.
func (d *Parameters) layout(subnet string) (overlay.Parameters, error) {
	prefix, err := netip.ParsePrefix(strings.TrimSpace(subnet))
	if err != nil {
		return overlay.Parameters{}, fmt.Errorf("write an IPv4 network such as 172.31.1.0/24")
	}
	return overlay.Default(prefix, d.controllers, d.packs)
}

// Init does nothing.
func (d *Parameters) Init() tea.Cmd { return nil }

// Update takes input and the reply.
func (d *Parameters) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case page.Reply:
		d.busy = false
		if msg.Err != nil {
			d.failure = msg.Err
			return nil, false
		}
		return d.told(), true
	case confirmed:
		return d.send(), false
	case tea.KeyPressMsg:
		if key.Matches(msg, d.page.Keys.Back) {
			return nil, true
		}
	}
	event, _ := d.form.Update(msg)
	switch event.Button {
	case 0:
		return d.submit(), false
	case 1:
		return nil, true
	}
	return nil, false
}

// confirmed says that the question was answered with Yes.
type confirmed struct{}

// submit asks once more: what follows is for good.
func (d *Parameters) submit() tea.Cmd {
	if d.busy || !d.form.Valid() {
		return nil
	}
	return page.Open(dialog.NewConfirm(d.page, dialog.Question{
		Title: "Set for good", Yes: "Set for good", Then: page.Address(d, func() tea.Msg { return confirmed{} }),
		Text: fmt.Sprintf("Set the overlay to %s? It cannot be changed afterwards: another subnet then needs new keys, and every clientpack anew.", d.subnet()),
	}))
}

func (d *Parameters) subnet() string { return strings.TrimSpace(d.form.Value(subnetField)) }

func (d *Parameters) send() tea.Cmd {
	d.busy, d.failure = true, nil
	if d.subnet() == d.own {
		return d.page.Do(d, control.LicenseParameters{Default: true})
	}
	parameters, err := d.layout(d.subnet())
	if err != nil {
		d.busy, d.failure = false, err
		return nil
	}
	return d.page.Do(d, control.LicenseParameters{Parameters: &parameters})
}

func (d *Parameters) told() tea.Cmd { return page.Toast(status.Info, "overlay parameters set") }

// Late tells what came of it though the dialog is closed already.
func (d *Parameters) Late(msg tea.Msg) tea.Cmd {
	r, is := msg.(page.Reply)
	switch {
	case !is:
		return nil
	case r.Err != nil:
		return page.Toast(status.Error, "Overlay parameters: "+r.Err.Error())
	}
	return d.told()
}

// View draws the dialog with what the subnet comes to.
func (d *Parameters) View(width, height int) string {
	t := d.page.Theme
	width = min(width, 62)
	inner := dialog.Inner(width)
	lines := d.form.View(inner)
	buttons := lines[len(lines)-2:]
	lines = append(lines[:len(lines)-2:len(lines)-2], "")
	if p, err := d.layout(d.form.Value(subnetField)); err == nil {
		first := p.Controllers[0].Address
		last := p.Controllers[len(p.Controllers)-1].Address
		lines = append(lines, t.Dim.Render(" controllers  ")+fmt.Sprintf("#1 %s … #%d %s", first, d.controllers, last), t.Dim.Render(" VIP          ")+p.VIP.String())
		if n := len(p.Clients); n > 0 {
			lines = append(lines, t.Dim.Render(" clientpacks  ")+fmt.Sprintf("%s … %s", p.Clients[0], p.Clients[n-1]))
		}
		lines = append(lines, "")
	}
	lines = append(lines, text.Hang(t.Warn.Render(t.Glyph.Warning)+" ", "They cannot be changed afterwards. The other controllers get them with the keyset.", inner)...)
	lines = append(lines, dialog.Refusal(t, d.failure, inner)...)
	return dialog.Box(t, "Overlay parameters", append(lines, buttons...), width, height)
}

// ShortHelp names the keys.
func (d *Parameters) ShortHelp() []key.Binding { return d.form.ShortHelp() }

// FullHelp is ShortHelp.
func (d *Parameters) FullHelp() [][]key.Binding { return [][]key.Binding{d.ShortHelp()} }
