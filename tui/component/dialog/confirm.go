package dialog

import (
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/tui/component/form"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// Grace is how long a question takes no answer after it appeared, so that a key in flight cannot
// confirm what nobody read.
const Grace = 400 * time.Millisecond

// Armed says that the grace of a dialog is over.
type Armed struct{}

// Arm sends Armed to the dialog after its grace.
func Arm(d page.Dialog) tea.Cmd {
	return page.Address(d, tea.Tick(Grace, func(time.Time) tea.Msg { return Armed{} }))
}

// Question is what Confirm asks.
type Question struct {
	Title  string
	Points []Point // what happens, one by one
	Text   string  // what happens, and what is lost
	Yes    string  // name of the button that does it: "Remove keyset"
	Then   tea.Cmd // carried out at Yes

	// Harmless puts the focus on Yes: nothing is lost by it.
	Harmless bool

	// Typed, if set, must be typed before Yes does anything; TypedLabel says what it is.
	Typed, TypedLabel string
}

// Point is one of the things that happen, with a sign before it.
type Point struct{ Sign, Text string }

// Confirm is a question before a destructive action. Cancel has the focus.
type Confirm struct {
	page     *page.Context
	question Question
	form     *form.Model
	armed    bool
}

const typedField = "typed"

// NewConfirm makes the question.
func NewConfirm(c *page.Context, q Question) *Confirm {
	d := &Confirm{page: c, question: q}
	var fields []form.Field
	if q.Typed != "" {
		fields = []form.Field{{Name: typedField, Label: q.TypedLabel, Check: d.check}}
	}
	d.form = form.New(c, fields, "Cancel", q.Yes)
	switch {
	case q.Typed != "": // the input comes first
	case q.Harmless:
		d.form.FocusButton(1)
	default:
		d.form.FocusButton(0)
	}
	return d
}

// Init starts the grace.
func (d *Confirm) Init() tea.Cmd { return Arm(d) }

// Update takes the answer.
func (d *Confirm) Update(msg tea.Msg) (tea.Cmd, bool) {
	if _, over := msg.(Armed); over {
		d.armed = true
		return nil, false
	}
	k, isKey := msg.(tea.KeyPressMsg)
	if isKey && key.Matches(k, d.page.Keys.Back) {
		return nil, true
	}
	_, isClick := msg.(page.Click)
	if (isKey || isClick) && !d.armed && d.question.Typed == "" {
		return nil, false
	}
	if isKey && d.form.Typing() && key.Matches(k, d.page.Keys.Enter) { // enter moves on, it never answers
		if d.form.Valid() {
			d.form.FocusButton(1)
		}
		return nil, false
	}
	event, _ := d.form.Update(msg)
	switch event.Button {
	case 0:
		return nil, true
	case 1:
		return d.confirmed()
	}
	return nil, false
}

// check refuses any other words than those that must be typed.
func (d *Confirm) check(typed string) error {
	if strings.TrimSpace(typed) != d.question.Typed {
		return fmt.Errorf("type %s to go on", d.question.Typed)
	}
	return nil
}

func (d *Confirm) confirmed() (tea.Cmd, bool) {
	if !d.form.Valid() {
		return nil, false
	}
	return d.question.Then, true
}

// View draws the question.
func (d *Confirm) View(width, height int) string {
	width = min(width, 60)
	var lines []string
	for _, point := range d.question.Points {
		lines = append(lines, text.Hang(point.Sign+" ", point.Text, Inner(width))...)
	}
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	lines = append(lines, text.Wrap(d.question.Text, Inner(width))...)
	fields := d.form.View(Inner(width))
	if d.question.Typed == "" {
		fields = fields[1:]
	}
	if last := len(fields) - 1; !d.armed && d.question.Typed == "" {
		fields[last] = d.page.Theme.Dim.Render(ansi.Strip(fields[last])) // not to be pressed yet
	}
	lines = append(lines, "")
	if room := height - 2 - len(fields); len(lines) > room { // what is typed and pressed stays
		lines = text.Squeeze(lines, room)
	}
	return Box(d.page.Theme, d.question.Title, append(lines, fields...), width, height)
}

// ShortHelp names the keys.
func (d *Confirm) ShortHelp() []key.Binding {
	if d.form.Typing() {
		return []key.Binding{page.As(d.page.Keys.Enter, "go on"), page.As(d.page.Keys.Back, "cancel")}
	}
	return []key.Binding{page.Bind("←→", "choose", "left", "right"), page.As(d.page.Keys.Enter, "take"), page.As(d.page.Keys.Back, "cancel")}
}

// FullHelp is ShortHelp.
func (d *Confirm) FullHelp() [][]key.Binding { return [][]key.Binding{d.ShortHelp()} }
