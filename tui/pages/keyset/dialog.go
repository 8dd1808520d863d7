package keyset

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/component/form"
	"vns3/tui/component/progress"
	"vns3/tui/page"
)

// phase is how far a dialog is.
type phase uint8

const (
	filling phase = iota
	sent          // asked, no task known yet
	running
	failed
	lost // its engine ended, and the task with it
	done
)

// Dialog asks for what a task needs, starts it and shows its steps. Closing it does not end the task.
type Dialog struct {
	page    *page.Context
	kind    kind
	phase   phase
	form    *form.Model
	buttons *form.Model // below the steps
	asked   []string    // what was asked for, to show above the steps
	task    status.Task
	engine  time.Time      // when that engine started: another one counts its tasks anew
	armed   bool           // its grace is over: Cancel takes no key that was in flight
	refused *control.Error // why the controller did not even start
	propose key.Binding
	copy    key.Binding
}

// proposed is a token that was made up.
type proposed struct{ token string }

// NewGenerate makes the dialog that generates the keys. Where that is going on already, it shows it.
func NewGenerate(c *page.Context) *Dialog { return newDialog(c, generate, "") }

// NewFetch makes the dialog that fetches the keys, from source if one is known.
func NewFetch(c *page.Context, source string) *Dialog { return newDialog(c, fetch, source) }

// NewChangeToken makes the dialog that sets another security token.
func NewChangeToken(c *page.Context) *Dialog { return newDialog(c, changeToken, "") }

func newDialog(c *page.Context, k kind, source string) *Dialog {
	if k == fetch {
		source = cmp.Or(source, c.FetchSource)
	}
	d := &Dialog{page: c, kind: k,
		propose: page.Bind("ctrl+g", "propose", "ctrl+g"),
		copy:    page.Bind("ctrl+y", "copy token", "ctrl+y"),
	}
	d.form = form.New(c, k.fields(c, source), words[k].button, "Cancel")
	if k == fetch {
		d.propose.SetEnabled(false)
	}
	if source != "" {
		d.form.Focus(1)
	}
	if t, busy := c.RunningTask(words[k].action); busy {
		d.phase, d.task, d.engine = running, t, c.Snapshot.Controller.StartedAt
		d.setButtons("Cancel")
	}
	return d
}

// Init starts the grace of a dialog that opens on a running task.
func (d *Dialog) Init() tea.Cmd { return d.arm() }

// arm starts the grace of the button Cancel, if it is there.
func (d *Dialog) arm() tea.Cmd {
	if d.phase != running {
		return nil
	}
	d.armed = false
	return dialog.Arm(d)
}

// Follows is the task that the dialog shows.
func (d *Dialog) Follows() int { return d.task.ID }

// Update takes input, the reply and what the snapshot says of the task.
func (d *Dialog) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case page.Reply:
		return d.replied(msg), false
	case page.Refreshed:
		d.follow()
		return nil, false
	case dialog.Armed:
		d.armed = true
		return nil, false
	case proposed:
		d.form.SetValue(tokenField, msg.token)
		d.form.Reveal(tokenField, true)
		return nil, false
	case tea.KeyPressMsg:
		if key.Matches(msg, d.page.Keys.Back) {
			return nil, true
		}
		if d.phase == filling {
			return d.fill(msg)
		}
	case tea.PasteMsg, page.Click:
		if d.phase == filling {
			return d.input(msg)
		}
	}
	return d.press(msg)
}

func (d *Dialog) fill(k tea.KeyPressMsg) (tea.Cmd, bool) {
	switch {
	case key.Matches(k, d.propose):
		return page.Address(d, func() tea.Msg { return proposed{propose()} }), false
	case key.Matches(k, d.copy) && d.form.Value(tokenField) != "":
		return page.Copy("security token", d.form.Value(tokenField)), false
	}
	return d.input(k)
}

// input hands what was typed, pasted or clicked to the form.
func (d *Dialog) input(msg tea.Msg) (tea.Cmd, bool) {
	event, _ := d.form.Update(msg)
	if event.Changed != "" {
		d.refused = nil
	}
	switch event.Button {
	case 0:
		return d.submit(), false
	case 1:
		return nil, true
	}
	return nil, false
}

func (d *Dialog) submit() tea.Cmd {
	if !d.form.Valid() {
		return nil
	}
	request := d.kind.request(d.form)
	if q, is := request.(control.KeysetFetch); is {
		d.page.FetchSource = q.Source
	}
	d.phase, d.refused, d.asked = sent, nil, d.summary()
	d.setButtons()
	return d.page.Do(d, request)
}

func (d *Dialog) replied(r page.Reply) tea.Cmd {
	if _, cancel := r.Request.(control.TaskCancel); cancel {
		if r.Err != nil {
			return page.Toast(status.Error, r.Err.Error())
		}
		return nil
	}
	if r.Err != nil {
		d.phase = filling
		if !errors.As(r.Err, &d.refused) {
			d.refused = &control.Error{Kind: control.Internal, Reason: r.Err.Error()}
		}
		return nil
	}
	if started, ok := r.Value.(control.TaskStarted); ok {
		d.task = status.Task{ID: started.Task, Name: r.Request.Action(), State: status.Running, Cancel: true}
		d.engine = d.page.Snapshot.Controller.StartedAt
		d.phase = running
		d.setButtons("Cancel")
		d.follow()
	}
	return d.arm()
}

// follow takes over what the snapshot says of the task.
func (d *Dialog) follow() {
	if d.phase != running {
		return
	}
	task, known := d.page.Task(d.task.ID)
	switch known = known && d.is(task); {
	case !known && !d.engine.Equal(d.page.Snapshot.Controller.StartedAt):
		d.lose()
		return
	case !known:
		return
	}
	d.task = task
	switch task.State {
	case status.Failed:
		d.phase = failed
		d.setButtons("Try again", "Copy report", closeIt)
	case status.Done:
		d.phase = done
		d.setButtons(d.onward()...)
	}
}

// is says that the task, which has the number of the one followed, is that one.
func (d *Dialog) is(t status.Task) bool {
	return t.Name == d.task.Name && (d.task.StartedAt.IsZero() || t.StartedAt.Equal(d.task.StartedAt))
}

// lose ends the following of a task that ended with its engine.
func (d *Dialog) lose() {
	d.phase, d.task.State, d.task.Cancel = lost, status.Failed, false
	d.task.Steps = slices.Clone(d.task.Steps) // the snapshot's
	for i := range d.task.Steps {
		if d.task.Steps[i].State == status.Running {
			d.task.Steps[i].State = status.Failed
		}
	}
	d.task.Error = "the engine restarted during it"
	d.task.Reason, d.task.Remedy = d.task.Error, "close this and see what the page says of the keys; if it was not done, do it again"
	d.setButtons("Try again", "Copy report", closeIt)
}

// The buttons of a dialog whose task is done.
const (
	useTable   = "Use its table"
	toPeering  = "Peering"
	copyDigits = "Copy checksum"
	closeIt    = "Close"
)

// onward names the buttons that lead to the next step.
func (d *Dialog) onward() []string {
	switch {
	case d.kind == changeToken:
		return []string{closeIt}
	case d.kind == fetch && d.page.Snapshot.Suggestion != nil:
		return []string{useTable, copyDigits, closeIt}
	}
	return []string{toPeering, copyDigits, closeIt}
}

func (d *Dialog) setButtons(names ...string) { d.buttons = form.New(d.page, nil, names...) }

// press handles the buttons below the steps.
func (d *Dialog) press(msg tea.Msg) (tea.Cmd, bool) {
	if d.buttons == nil {
		return nil, false
	}
	event, _ := d.buttons.Update(msg)
	if event.Button < 0 {
		return nil, false
	}
	switch d.phase {
	case running:
		if d.task.Cancel && d.armed {
			return d.page.Do(d, control.TaskCancel{ID: d.task.ID}), false
		}
	case failed, lost:
		switch event.Button {
		case 0:
			d.form.Focus(0)
			if d.form.Value(sourceField) != "" && reached(d.task) { // then it is the token, most often
				d.form.Focus(1)
			}
			d.phase, d.task = filling, status.Task{}
		case 1:
			return page.Copy("report", progress.Report(d.task)), false
		default:
			return nil, true
		}
	case done:
		switch d.onward()[event.Button] {
		case useTable:
			return tea.Sequence(page.Go(page.Peering), func() tea.Msg { return page.Invoke{Action: page.UseSuggestion} }), true
		case toPeering:
			return page.Go(page.Peering), true
		case copyDigits:
			return page.Copy("topology checksum", d.page.Snapshot.Controller.TopologyChecksum), false
		default:
			return nil, true
		}
	}
	return nil, false
}

// reached says that the task came beyond its first step, which for a fetch is to reach the source.
func reached(t status.Task) bool { return len(t.Steps) > 0 && t.Steps[0].State == status.Done }

// ShortHelp names the keys.
func (d *Dialog) ShortHelp() []key.Binding {
	if d.phase == filling {
		return append([]key.Binding{d.propose}, d.form.ShortHelp()...)
	}
	leave := page.As(d.page.Keys.Back, "close")
	if d.phase == running {
		leave = page.As(d.page.Keys.Back, "leave it running")
	}
	return []key.Binding{page.Bind("←→", "choose", "left"), page.As(d.page.Keys.Enter, "take"), leave}
}

// FullHelp is ShortHelp and the copy key.
func (d *Dialog) FullHelp() [][]key.Binding { return [][]key.Binding{append(d.ShortHelp(), d.copy)} }
