package license

import (
	"errors"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/dialog"
	"vns3/tui/component/form"
	"vns3/tui/component/localfile"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

const (
	whichField = "which"
	fileField  = "file"

	community = "community license"
	ownFile   = "file or text"
)

// maxFile bounds what is read as a license, in bytes.
const maxFile = 64 << 10

// Install is the dialog that installs or upgrades a license.
type Install struct {
	page    *page.Context
	on      control.Backend // the controller that it is for
	form    *form.Model
	upgrade bool   // the overlay of the license in use is laid out: only a larger one can replace it
	pasted  string // license text that was pasted instead of a path
	busy    bool
	failure error
}

// fileRead is the license file that the dialog named.
type fileRead struct {
	text string
	err  error
}

// NewInstall makes the dialog. It upgrades once the overlay parameters are set; until then a license that
// was the wrong one is simply replaced.
func NewInstall(c *page.Context) *Install {
	l := c.Snapshot.Controller.License
	d := &Install{page: c, on: c.Backend, upgrade: l.Licensed && l.Finalized}
	which := form.Field{Name: whichField, Label: "Use", Kind: form.Choice, Options: []string{community, ownFile}, Value: community}
	if d.upgrade {
		which.Options, which.Value = []string{ownFile}, ownFile
	}
	d.form = form.New(c, []form.Field{which, {
		Name: fileField, Label: "File", Placeholder: "path, or paste the text here",
		Hint: "A path on this machine, ~ is your home, or the text of the license pasted.",
	}}, "Install", "Cancel")
	if which.Value == ownFile {
		d.form.Focus(1)
	}
	return d
}

// Init does nothing.
func (d *Install) Init() tea.Cmd { return nil }

// Update takes input and replies.
func (d *Install) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case page.Reply:
		return d.replied(msg)
	case fileRead:
		if msg.err != nil {
			d.busy, d.failure = false, msg.err
			return nil, false
		}
		return d.send(msg.text), false
	case tea.PasteMsg:
		if strings.Contains(strings.TrimSpace(msg.Content), "\n") {
			d.pasted = msg.Content
			d.form.SetValue(whichField, ownFile)
			d.form.SetValue(fileField, "")
			d.form.FocusButton(0)
			return nil, false
		}
	case tea.KeyPressMsg:
		if key.Matches(msg, d.page.Keys.Back) {
			return nil, true
		}
		if key.Matches(msg, d.page.Keys.Enter) && d.form.At(whichField) && d.form.Value(whichField) == community {
			d.form.FocusButton(0) // it needs no file
			return nil, false
		}
	}
	event, _ := d.form.Update(msg)
	if event.Changed == fileField {
		d.form.SetValue(whichField, ownFile)
		d.pasted = ""
	}
	if event.Changed != "" {
		d.failure = nil
	}
	switch event.Button {
	case 0:
		return d.submit(), false
	case 1:
		return nil, true
	}
	return nil, false
}

func (d *Install) submit() tea.Cmd {
	path := strings.TrimSpace(d.form.Value(fileField))
	switch {
	case d.busy:
		return nil
	case d.form.Value(whichField) == community:
		d.busy = true
		return d.page.Do(d, control.LicenseInstall{Community: true})
	case d.pasted != "":
		return d.send(d.pasted)
	case path == "":
		d.failure = errors.New("Give the path of the license file, or paste its text.")
		d.form.Focus(1)
		return nil
	}
	d.busy = true
	return page.Address(d, func() tea.Msg {
		text, err := localfile.Read(path, maxFile)
		return fileRead{text, err}
	})
}

func (d *Install) send(license string) tea.Cmd {
	d.busy = true
	if d.upgrade {
		return d.page.Do(d, control.LicenseUpgrade{Text: license})
	}
	return d.page.Do(d, control.LicenseInstall{Text: license})
}

// replied goes on after the license was taken: a new one needs its parameters set.
func (d *Install) replied(r page.Reply) (tea.Cmd, bool) {
	d.busy = false
	if r.Err != nil {
		d.failure = r.Err
		return nil, false
	}
	switch shown := r.Value.(type) {
	case control.LicenseUpgraded:
		return page.Toast(status.Info, "license upgraded: "+figures.Count(len(shown.NewControllers), "new controller")+", "+figures.Count(len(shown.NewClients), "new clientpack")), true
	case control.LicenseShown:
		switch {
		case shown.Expired:
			return page.Toast(status.Warn, "This license expired on "+shown.Expires.Format(time.DateOnly)+": nothing new starts with it. Install one that is still good."), true
		case shown.Finalized:
			return page.Toast(status.Info, "license installed"), true
		}
		if _, set := r.Request.(control.LicenseInstall); set && shown.Community {
			d.busy = true
			return d.page.Do(d, control.LicenseParameters{Default: true}), false
		}
		return page.Open(newParameters(d.page, shown.Parameters.Subnet.String(), shown.Controllers, shown.Clientpacks)), true
	}
	return nil, true
}

// Late goes on, or tells the reason, though the dialog is closed already; it does not go on at another
// controller that is shown by now.
func (d *Install) Late(msg tea.Msg) tea.Cmd {
	r, is := msg.(page.Reply)
	switch {
	case !is:
		return nil
	case r.Err != nil:
		return page.Toast(status.Error, "License: "+r.Err.Error())
	case d.page.Backend != d.on:
		return nil
	}
	cmd, _ := d.replied(r)
	return cmd
}

// View draws the dialog.
func (d *Install) View(width, height int) string {
	t := d.page.Theme
	width = min(width, 62)
	title := "Install license"
	if d.upgrade {
		title = "Upgrade license"
	}
	lines := d.form.View(dialog.Inner(width))
	var note []string
	if d.form.Value(whichField) == community {
		for _, line := range text.Wrap("Built in: 9 controllers, 1,000 clientpacks, needs no file.", dialog.Inner(width)) {
			note = append(note, t.Dim.Render(line))
		}
	}
	if d.pasted != "" {
		note = []string{t.Good.Render(t.Glyph.OK) + " pasted " + figures.Count(strings.Count(strings.TrimSpace(d.pasted), "\n")+1, "line")}
	}
	if d.busy {
		note = []string{t.Accent.Render(t.Glyph.Half) + " installing …"}
	}
	buttons := lines[len(lines)-2:]
	lines = lines[: len(lines)-2 : len(lines)-2]
	if note != nil {
		lines = append(append(lines, ""), note...)
	}
	lines = append(lines, dialog.Refusal(t, d.failure, dialog.Inner(width))...)
	return dialog.Box(t, title, append(lines, buttons...), width, height)
}

// ShortHelp names the keys.
func (d *Install) ShortHelp() []key.Binding { return d.form.ShortHelp() }

// FullHelp is ShortHelp.
func (d *Install) FullHelp() [][]key.Binding { return [][]key.Binding{d.ShortHelp()} }
