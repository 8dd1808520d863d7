package packs

import (
	"errors"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/component/form"
	"vns3/tui/component/localfile"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

const (
	formatField = "format"
	fileField   = "file"
)

// formats are what a pack can be exported as. The first is what wg-quick and the WireGuard apps take.
var formats = []string{"conf", "zip", "tar.gz"}

// export is the dialog that writes a pack to a file of the machine that the console runs on.
type export struct {
	c    *page.Context
	name string
	form *form.Model
	busy bool
	err  error
}

// written says how the writing went.
type written struct {
	path string
	err  error
}

func newExport(c *page.Context, name string) *export {
	return &export{c: c, name: name, form: form.New(c, []form.Field{
		{Name: formatField, Label: "Format", Kind: form.Choice, Value: formats[0], Options: formats},
		{Name: fileField, Label: "File", Value: fileName(name, formats[0]), Hint: "a name, or a directory; ~ is your home", Check: checkFile},
	}, "Export", "Cancel")}
}

// fileName is the file proposed. wg-quick names the interface after it, in at most 15 characters, so
// only the last two numbers of the address are in it.
func fileName(name, format string) string {
	parts := strings.Split(name, "_")
	return "vns3-" + strings.Join(parts[max(len(parts)-2, 0):], "_") + "." + format
}

func checkFile(s string) error {
	if strings.TrimSpace(s) == "" {
		return errors.New("a file name, on the machine that this console runs on")
	}
	return nil
}

// Init does nothing.
func (d *export) Init() tea.Cmd { return nil }

// Update fills the form, asks for the pack and writes it.
func (d *export) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case written:
		d.busy, d.err = false, msg.err
		if msg.err != nil {
			return nil, false
		}
		return d.told(msg), true
	case tea.KeyPressMsg:
		if key.Matches(msg, d.c.Keys.Back) {
			return nil, true
		}
	}
	event, _ := d.form.Update(msg)
	if event.Changed == formatField {
		d.rename()
	}
	switch event.Button {
	case 0:
		if d.busy || !d.form.Valid() {
			return nil, false
		}
		d.busy, d.err = true, nil
		return d.write(), false
	case 1:
		return nil, true
	}
	return nil, false
}

// rename gives the file the ending of the format.
func (d *export) rename() {
	file := d.form.Value(fileField)
	for _, format := range formats {
		if base, is := strings.CutSuffix(file, "."+format); is {
			d.form.SetValue(fileField, base+"."+d.form.Value(formatField))
			return
		}
	}
}

// write makes the file, and only then asks for the pack: what could not be written does not count as
// exported.
func (d *export) write() tea.Cmd {
	ctx, backend, typed := d.c.Ctx, d.c.Backend, d.form.Value(fileField)
	request := control.PackExport{Name: d.name, Format: d.form.Value(formatField)}
	return page.Address(d, func() tea.Msg {
		path, err := localfile.Write(typed, fileName(request.Name, request.Format), func() ([]byte, error) {
			file, err := control.Do[control.PackFile](ctx, backend, request)
			return file.Data, err
		})
		return written{path, err}
	})
}

// told says where the pack is now.
func (d *export) told(w written) tea.Cmd {
	return page.Toast(status.Info, "Written to "+w.path+", readable by its owner only: it holds a private key.")
}

// Late tells how it went though the dialog is closed already.
func (d *export) Late(msg tea.Msg) tea.Cmd {
	switch w, is := msg.(written); {
	case !is:
		return nil
	case w.err != nil:
		return page.Toast(status.Error, w.err.Error())
	default:
		return d.told(w)
	}
}

// View draws the dialog.
func (d *export) View(width, height int) string {
	width = min(width, 64)
	inner, t := dialog.Inner(width), d.c.Theme
	var lines []string
	for _, line := range text.Wrap("The file holds a private key. It is written on the machine that this console runs on.", inner) {
		lines = append(lines, t.Dim.Render(line))
	}
	fields := d.form.View(inner)
	lines = append(append(lines, ""), fields[:len(fields)-2]...)
	lines = append(lines, dialog.Refusal(t, d.err, inner)...)
	return dialog.Box(t, "Export "+d.name, append(lines, fields[len(fields)-2:]...), width, height)
}

// ShortHelp names the keys.
func (d *export) ShortHelp() []key.Binding { return d.form.ShortHelp() }

// FullHelp is ShortHelp.
func (d *export) FullHelp() [][]key.Binding { return [][]key.Binding{d.ShortHelp()} }
