package tui_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"vns3/control"
	"vns3/status/statustest"
	"vns3/tui"
	"vns3/tui/component/dialog"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

// far is another controller, and the door to it.
type far struct {
	*tuitest.Backend
	closed atomic.Bool
	asked  []tui.Another
	key    string // password that lets in; empty: everybody is
}

func newFar() *far {
	other := statustest.Nine()
	other.Controller.Name = "vns3-b"
	return &far{Backend: tuitest.NewBackend(other)}
}

func (f *far) Close() error { f.closed.Store(true); return nil }

func (f *far) open(_ context.Context, to tui.Another) (tui.Opened, error) {
	f.asked = append(f.asked, to)
	if to.Password != f.key {
		return tui.Opened{}, &control.Error{Kind: control.Unauthorized, What: "login", Reason: "wrong user or password", Remedy: "give the right ones"}
	}
	return tui.Opened{Backend: f, Host: to.Hosts[0], Note: "first contact: its key is remembered"}, nil
}

// Another controller of the mesh opens with pages of its own, at the address that its link uses, and its
// connection ends when it is left.
func TestSwitch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar()
		d, _ := drive(t, statustest.Three(), func(o *tui.Options) { o.Switch = f.open })
		d.Keys(":", `"switch back`)
		if strings.Contains(text(d), "to the controller that this console was opened on") {
			t.Errorf("a way back is offered before anything was left:\n%s", text(d))
		}
		d.Keys("esc", ":", `"switch to #2`, "enter")
		wants(t, d, "vns3-b", "mesh 9 of 9", "at 10.0.2.10", "· first contact: its key is remembered")
		if want := []string{"10.0.2.10", "100.127.255.252"}; !slices.Equal(f.asked[0].Hosts, want) {
			t.Errorf("it is looked for at %v, not at %v", f.asked[0].Hosts, want)
		}
		if f.closed.Load() {
			t.Error("the connection is closed while it is looked at")
		}
		d.Keys(":", `"switch back`, "enter")
		wants(t, d, "mesh 3 of 3")
		if !f.closed.Load() {
			t.Error("the connection that was left is not closed")
		}
	})
}

// A key opens the console of the peer under the cursor, and leads back to the first one without asking
// for anything.
func TestVisit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar()
		f.Snapshot().Controller.ID = 2
		d, _ := drive(t, statustest.Three(), func(o *tui.Options) { o.Switch = f.open })
		d.Send(page.GoTo{Page: page.Runtime})
		d.Keys("O")
		wants(t, d, "vns3-b", "at 10.0.2.10")
		d.Send(page.GoTo{Page: page.Mesh})
		d.Keys("left", "left", "left", "O")
		wants(t, d, "#1 vns3-a", "mesh 3 of 3")
		d.Send(page.GoTo{Page: page.Mesh})
		d.Keys("right", "O")
		if last := f.asked[len(f.asked)-1]; last.ID != 3 {
			t.Errorf("asked for #%d", last.ID)
		}
	})
}

// What is staged on one controller is neither carried over to another nor lost without a question.
func TestSwitchAsksForEdits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar()
		d, _ := drive(t, statustest.Three(), func(o *tui.Options) { o.Switch = f.open })
		d.Send(page.GoTo{Page: page.Peering})
		d.Keys("down", "x", ":", `"switch to #2`, "enter")
		wants(t, d, "Leave this controller?", "Not saved, and lost by it: 1 row of the", "▸Cancel")
		d.Keys("esc")
		wants(t, d, "1 row unsaved")
		d.Keys(":", `"switch to #2`, "enter")
		d.After(dialog.Grace - 1)
		d.Keys("right", "enter")
		wants(t, d, "Leave this controller?") // it takes no answer in its first moment
		d.After(1)
		d.Keys("right", "enter")
		wants(t, d, "vns3-b")
		d.Send(page.GoTo{Page: page.Peering})
		if strings.Contains(text(d), "unsaved") {
			t.Errorf("edits were carried over:\n%s", text(d))
		}
	})
}

// A controller that wants a password is given one inside the console; a wrong one is said to be so, and
// the right one opens the next controller as well.
func TestSwitchAsksForPassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar()
		f.key = "sesame"
		d, _ := drive(t, statustest.Three(), func(o *tui.Options) { o.Switch = f.open })
		d.Keys(":", `"switch to #2`, "enter")
		wants(t, d, "Open #2", "Its API password lets this console in.")
		d.Keys("enter", "enter")
		wants(t, d, "type the API password of that controller")
		d.Keys(`"open`, "enter")
		wants(t, d, "wrong user or password", "Do give the right ones", "••••")
		d.Keys("up", "ctrl+u", `"sesame`, "enter")
		wants(t, d, "vns3-b", "at 10.0.2.10")
		d.Keys(":", `"switch to #3`, "enter")
		if last := f.asked[len(f.asked)-1]; last.ID != 3 || last.Password != "sesame" {
			t.Errorf("the next one was asked with %+v", last)
		}
	})
}

// Who gives up while a controller is being opened is not taken to it later, and leaves no connection.
func TestSwitchGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar()
		f.key = "sesame"
		reached, goOn := make(chan struct{}), make(chan struct{})
		d, _ := drive(t, statustest.Three(), func(o *tui.Options) {
			o.Switch = func(ctx context.Context, to tui.Another) (tui.Opened, error) {
				if to.Password != "" {
					close(reached)
					<-goOn
				}
				return f.open(ctx, to)
			}
		})
		d.Keys(":", `"switch to #2`, "enter", `"sesame`, "enter")
		<-reached
		wants(t, d, "asking, esc gives it up")
		d.Keys("esc")
		close(goOn)
		d.Late(f.closed.Load)
		wants(t, d, "mesh 3 of 3")
	})
}

// What is begun while a controller is being opened is not lost without a question either.
func TestSwitchHeld(t *testing.T) {
	for name, c := range map[string]struct{ keys, want []string }{
		"edit":   {[]string{"down", "x"}, []string{"1 row unsaved", "still here, as this is not saved: 1 row of"}},
		"dialog": {[]string{"?"}, []string{"Help", "still here, as a dialog was opened meanwhile"}},
	} {
		tuitest.Run(t, name, func(t *testing.T) {
			f := newFar()
			goOn := make(chan struct{})
			d, _ := drive(t, statustest.Three(), func(o *tui.Options) {
				o.Switch = func(ctx context.Context, to tui.Another) (tui.Opened, error) {
					<-goOn
					return f.open(ctx, to)
				}
			})
			d.Keys(":", `"switch to #2`, "enter")
			d.Send(page.GoTo{Page: page.Peering})
			d.Keys(c.keys...)
			close(goOn)
			d.Late(f.closed.Load)
			wants(t, d, append(c.want, "#1 vns3-a")...)
		})
	}
}
