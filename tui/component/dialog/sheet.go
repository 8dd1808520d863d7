package dialog

import (
	"context"
	"errors"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/tui/component/form"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// Spec is what a Sheet asks for and what it does with it.
type Spec struct {
	Title  string
	Intro  string // a sentence above the fields; may be empty
	Fields []form.Field
	Yes    string // name of the button that does it: "Save"

	Request func(*form.Model) control.Request // made from the fields once they are valid
	Done    func(page.Reply) tea.Cmd          // after it was done; nil: nothing more

	// Act is done instead of a Request where it is no action of the controller. Its context ends with the
	// sheet. It is made in Update, and what it returns runs in the background.
	Act func(context.Context, *form.Model) func() (any, error)
}

// Sheet is a form for one action. It closes when the action was done; when it was refused, the reason
// stands under the fields and what was typed is still there.
type Sheet struct {
	page   *page.Context
	spec   Spec
	form   *form.Model
	asking bool
	failed error

	open  context.Context // ends when the sheet is closed
	close context.CancelFunc
}

// NewSheet makes the form.
func NewSheet(c *page.Context, spec Spec) *Sheet {
	d := &Sheet{page: c, spec: spec, form: form.New(c, spec.Fields, spec.Yes, "Cancel")}
	d.open, d.close = context.WithCancel(c.Ctx)
	return d
}

// Init does nothing.
func (d *Sheet) Init() tea.Cmd { return nil }

// Update fills the form, asks, and takes the answer.
func (d *Sheet) Update(msg tea.Msg) (cmd tea.Cmd, done bool) {
	if cmd, done = d.take(msg); done {
		d.close()
	}
	return cmd, done
}

func (d *Sheet) take(msg tea.Msg) (cmd tea.Cmd, done bool) {
	if r, is := msg.(page.Reply); is {
		d.asking, d.failed = false, r.Err
		if r.Err != nil {
			return nil, false
		}
		if d.spec.Done == nil {
			return nil, true
		}
		return d.spec.Done(r), true
	}
	if k, is := msg.(tea.KeyPressMsg); is && key.Matches(k, d.page.Keys.Back) {
		return nil, true
	}
	event, _ := d.form.Update(msg)
	switch event.Button {
	case 0:
		if d.asking || !d.form.Valid() {
			return nil, false
		}
		d.asking, d.failed = true, nil
		return d.ask(), false
	case 1:
		return nil, true
	}
	return nil, false
}

// ask sends the request, or does what is done instead.
func (d *Sheet) ask() tea.Cmd {
	if d.spec.Act == nil {
		return d.page.Do(d, d.spec.Request(d.form))
	}
	act := d.spec.Act(d.open, d.form)
	return page.Address(d, func() tea.Msg {
		value, err := act()
		return page.Reply{Value: value, Err: err}
	})
}

// View draws the form.
func (d *Sheet) View(width, height int) string {
	const wide = 64
	width = min(width, wide)
	inner, t := Inner(width), d.page.Theme
	fields := d.form.View(inner)
	last := len(fields) - 2
	lines := fields[:last:last]
	if d.asking {
		lines = append(lines, "", t.Accent.Render(t.Glyph.Half)+t.Dim.Render(" asking, esc gives it up "+t.Glyph.Ellipsis))
	}
	lines = append(append(lines, d.refusal(inner)...), fields[last:]...)
	if d.spec.Intro != "" {
		var intro []string
		for _, line := range text.Wrap(d.spec.Intro, inner) {
			intro = append(intro, t.Dim.Render(line))
		}
		if len(intro)+len(lines) <= height-2 { // on a low screen the fields come first
			lines = append(append(intro, ""), lines...)
		}
	}
	return Box(t, d.spec.Title, lines, width, height)
}

// refusal says why the action was refused, and what to do.
func (d *Sheet) refusal(width int) []string {
	t := d.page.Theme
	if d.failed == nil {
		return nil
	}
	reason, remedy := d.failed.Error(), ""
	if refused := (*control.Error)(nil); errors.As(d.failed, &refused) {
		reason, remedy = refused.Reason, refused.Remedy
	}
	lines := append([]string{""}, text.Hang(t.Bad.Render(t.Glyph.Down)+" ", reason, width)...)
	if remedy != "" {
		lines = append(lines, text.Hang(t.Accent.Render("Do")+" ", remedy, width)...)
	}
	return lines
}

// ShortHelp names the keys.
func (d *Sheet) ShortHelp() []key.Binding { return d.form.ShortHelp() }

// FullHelp is ShortHelp.
func (d *Sheet) FullHelp() [][]key.Binding { return [][]key.Binding{d.ShortHelp()} }
