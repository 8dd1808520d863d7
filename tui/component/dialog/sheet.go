package dialog

import (
	"context"
	"errors"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/tui/component/form"
	"vns3/tui/component/text"
	"vns3/tui/page"
	"vns3/tui/theme"
)

// Spec is what a Sheet asks for and what it does with it.
type Spec struct {
	Title  string
	Intro  string // a sentence above the fields; may be empty
	Fields []form.Field
	Yes    string // name of the button that does it: "Save"

	// Confirm is asked, with Cancel in focus, before something is sent that cannot be taken back; nil or
	// a question without text: nothing is asked.
	Confirm func(*form.Model) Question

	Request func(*form.Model) control.Request // made from the fields once they are valid
	Done    func(page.Reply) tea.Cmd          // after it was done; nil: nothing more

	// Act is done instead of a Request where it is no action of the controller. Its context ends with the
	// sheet. It is made in Update, and what it returns runs in the background.
	Act func(context.Context, *form.Model) func() (any, error)
	// Drop takes what Act brought at the very moment in which the sheet was closed; nil: nothing is to be done.
	Drop func(value any) tea.Cmd
}

// Sheet is a form for one action. It closes when the action was done; when it was refused, the reason
// stands under the fields and what was typed is still there. It may be left while it waits: what comes
// of it is told all the same.
type Sheet struct {
	page   *page.Context
	spec   Spec
	form   *form.Model
	asking bool
	failed error

	open  context.Context // ends when the sheet is closed
	close context.CancelFunc
}

// confirmed says that the question before the request was answered with Yes.
type confirmed struct{}

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
	switch msg := msg.(type) {
	case page.Reply:
		d.asking, d.failed = false, msg.Err
		return d.did(msg), msg.Err == nil
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
		if d.asking || !d.form.Valid() {
			return nil, false
		}
		return d.ask(), false
	case 1:
		return nil, true
	}
	return nil, false
}

// ask sends the request, or asks first where that is wanted.
func (d *Sheet) ask() tea.Cmd {
	if d.spec.Confirm != nil {
		if q := d.spec.Confirm(d.form); q.Text != "" {
			q.Then = page.Address(d, func() tea.Msg { return confirmed{} })
			return page.Open(NewConfirm(d.page, q))
		}
	}
	return d.send()
}

// send sends the request, or does what is done instead.
func (d *Sheet) send() tea.Cmd {
	d.asking, d.failed = true, nil
	if d.spec.Act == nil {
		return d.page.Do(d, d.spec.Request(d.form))
	}
	act := d.spec.Act(d.open, d.form)
	return page.Address(d, func() tea.Msg {
		value, err := act()
		return page.Reply{Value: value, Err: err}
	})
}

// did is what follows after the action was done.
func (d *Sheet) did(r page.Reply) tea.Cmd {
	if r.Err != nil || d.spec.Done == nil {
		return nil
	}
	return d.spec.Done(r)
}

// Late tells what came of the request though the form is closed already. What was done instead of one
// ended with the form, and what it brought is dropped.
func (d *Sheet) Late(msg tea.Msg) tea.Cmd {
	r, is := msg.(page.Reply)
	switch {
	case is && d.spec.Drop != nil && r.Err == nil:
		return d.spec.Drop(r.Value)
	case !is || d.spec.Act != nil:
		return nil
	case r.Err != nil:
		return page.Toast(status.Error, d.spec.Title+": "+r.Err.Error())
	}
	return d.did(r)
}

// View draws the form. Where there is no room for all, the introduction goes first, then, until somebody
// goes back into the fields, what stands above a refusal.
func (d *Sheet) View(width, height int) string {
	const wide = 64
	width = min(width, wide)
	inner, t := Inner(width), d.page.Theme
	fields := d.form.View(inner)
	last := len(fields) - 2
	body := append(append(fields[:last:last], d.waiting()...), Refusal(t, d.failed, inner)...)
	buttons := fields[last:]
	if intro := d.intro(inner); len(intro)+len(body)+len(buttons) <= height-1 { // the empty line may give way
		body = append(intro, body...)
	}
	lines := text.Tighten(append(body, buttons...), height-2)
	if over := len(lines) - (height - 2); over > 0 && d.failed != nil && d.form.OnButton() {
		lines = lines[over:]
	}
	return Box(t, d.spec.Title, lines, width, height)
}

// waiting says that the answer is not there yet, and what esc means now.
func (d *Sheet) waiting() []string {
	if !d.asking {
		return nil
	}
	t, words := d.page.Theme, " asking; the outcome is told even after esc "
	if d.spec.Act != nil {
		words = " asking, esc gives it up "
	}
	return []string{"", t.Accent.Render(t.Glyph.Half) + t.Dim.Render(words+t.Glyph.Ellipsis)}
}

// intro is the sentence above the fields.
func (d *Sheet) intro(width int) []string {
	if d.spec.Intro == "" {
		return nil
	}
	var lines []string
	for _, line := range text.Wrap(d.spec.Intro, width) {
		lines = append(lines, d.page.Theme.Dim.Render(line))
	}
	return append(lines, "")
}

// Refusal is an empty line, why an action was refused, and what to do; nothing where it was not.
func Refusal(t *theme.Theme, failed error, width int) []string {
	if failed == nil {
		return nil
	}
	reason, remedy := failed.Error(), ""
	if refused := (*control.Error)(nil); errors.As(failed, &refused) {
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
