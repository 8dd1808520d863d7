package page

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/tui/theme"
)

// Context is what the frame shares with all pages and dialogs. Only the frame writes it, except where
// a field says otherwise; it is read in Update and View, never inside a command.
type Context struct {
	Ctx      context.Context // ends with the console
	Backend  control.Backend
	Snapshot *status.Snapshot // what is shown now: never nil, older than Backend's while paused
	Theme    *theme.Theme
	Keys     *Keys
	Width    int // of the screen
	Height   int

	ReadOnly string    // why nothing may be written; empty: it may, see Why
	Paused   bool      // the screen stands still
	Mouse    bool      // the mouse is captured
	Gone     time.Time // since when the controller does not answer; zero: it does
	Origin   Origin

	// SavedPeering is the instant of the peering page's last save, by the controller's clock; zero:
	// none, or seen. Peering page and Runtime Status write it.
	SavedPeering time.Time

	// FetchSource is where a keyset was asked for last. The keyset dialog writes it and begins with it.
	FetchSource string
}

// Origin says what the console is on: always shown, so that nobody edits the wrong controller.
type Origin struct {
	File   string // configuration file: "/etc/vns3/vns3.toml"
	Inside bool   // the engine runs in this console's process
	Engine string // "inside this console", "attached locally", "at 10.0.2.10"
}

// Now is the instant that ages are counted from: that of the snapshot, so a paused screen stands still.
func (c *Context) Now() time.Time { return c.Snapshot.At }

// MayWrite says that actions that write are allowed here; those that edit the file may still not be.
func (c *Context) MayWrite() bool { return c.ReadOnly == "" }

// MayEdit says that the configuration file may be written, as far as it is known.
func (c *Context) MayEdit() bool {
	file := c.Snapshot.Config
	return c.MayWrite() && (file.Writable || file.Path == "")
}

// Why says why this console may not ask for the action with the name; empty: it may.
func (c *Context) Why(name string) string {
	switch action, _ := control.Find(name); {
	case action.Writes && !c.MayWrite():
		return c.ReadOnly
	case action.Edits && !c.MayEdit():
		return "the engine may not write " + c.Snapshot.Config.Path
	}
	return ""
}

// Do asks the controller and sends the Reply to who alone. In a read-only console an action that
// writes is answered with the reason, and the controller is not asked.
func (c *Context) Do(who any, request control.Request) tea.Cmd {
	ctx, backend, refused := c.Ctx, c.Backend, c.Refusal(request)
	return Address(who, func() tea.Msg {
		if refused != nil {
			return Reply{Request: request, Err: refused}
		}
		value, err := backend.Do(ctx, request)
		return Reply{Request: request, Value: value, Err: err}
	})
}

// Refusal says why this console may not ask for the action; nil: it may.
func (c *Context) Refusal(request control.Request) error {
	why, remedy := c.Why(request.Action()), ""
	if why == "" {
		return nil
	}
	if c.MayWrite() {
		remedy = "edit it as its owner, or give the engine's user write permission"
	}
	return &control.Error{Kind: control.ReadOnly, What: request.Action(), Reason: why, Remedy: remedy}
}

// Refuse tells why this console may not ask for the action; nil: it may.
func (c *Context) Refuse(request control.Request) tea.Cmd {
	if why := c.Why(request.Action()); why != "" {
		return Toast(status.Warn, "read-only: "+why)
	}
	return nil
}

// Task returns the task with the ID.
func (c *Context) Task(id int) (status.Task, bool) {
	for _, t := range c.Snapshot.Tasks {
		if t.ID == id {
			return t, true
		}
	}
	return status.Task{}, false
}

// RunningTask returns the newest task of the action that still runs.
func (c *Context) RunningTask(action string) (status.Task, bool) {
	for i := len(c.Snapshot.Tasks) - 1; i >= 0; i-- {
		if t := c.Snapshot.Tasks[i]; t.Name == action && (t.State == status.Running || t.State == status.Waiting) {
			return t, true
		}
	}
	return status.Task{}, false
}
