package dialog_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/control"
	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/component/form"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

// On a low screen a form that was refused gives up what introduces it, and then blank lines: why it was
// refused, the fields and the buttons stay.
func TestSheetOnLowScreen(t *testing.T) {
	fields := []form.Field{{Name: "a", Label: "One"}, {Name: "b", Label: "Two"}, {Name: "c", Label: "Three"}, {Name: "d", Label: "Four"}, {Name: "e", Label: "Five"}}
	d := dialog.NewSheet(tuitest.NewContext(tuitest.NewBackend(&status.Snapshot{})), dialog.Spec{
		Title: "Add", Intro: strings.Repeat("introducing ", 12), Yes: "Add", Fields: fields,
		Request: func(*form.Model) control.Request { return control.KeysetRearm{} },
	})
	d.Update(page.Reply{Err: errors.New("there is one already, and this says at some length why there cannot be a second")})
	drawn := ansi.Strip(d.View(58, 12))
	tuitest.Fits(t, drawn, 58, 12)
	for _, want := range []string{"One", "Five", "✗ ", "a second", "[ Add ]  [ Cancel ]"} {
		if !strings.Contains(drawn, want) {
			t.Errorf("%q is not in\n%s", want, drawn)
		}
	}
	if high := ansi.Strip(d.View(58, 20)); !strings.Contains(high, "introducing") {
		t.Error(high)
	}
}

// under is a page that a sheet stands on.
type under struct{ page.Page }

func (*under) Init() tea.Cmd                      { return nil }
func (*under) SetSize(int, int)                   {}
func (*under) Update(msg tea.Msg) (tea.Cmd, bool) { return nil, false }

// sheet opens a form that sets the API password, and answers as reply says.
func sheet(t *testing.T, spec dialog.Spec, reply func() error) (*tuitest.Player, *tuitest.Backend) {
	t.Helper()
	b := tuitest.NewBackend(&status.Snapshot{})
	b.On("access password", func(control.Request) (any, error) { return control.AccessPasswordSet{Password: "made"}, reply() })
	c := tuitest.NewContext(b)
	player := tuitest.Play(t, c, &under{})
	spec.Title, spec.Yes, spec.Intro = "Password", "Set", strings.Repeat("A sentence of some length. ", 6)
	spec.Fields = append([]form.Field{{Name: "a", Label: "First"}}, spec.Fields...)
	spec.Request = func(*form.Model) control.Request { return control.AccessPassword{} }
	spec.Done = func(r page.Reply) tea.Cmd {
		return page.Toast(status.Info, "made "+r.Value.(control.AccessPasswordSet).Password)
	}
	player.Run(dialog.OpenSheet(c, control.AccessPassword{}, spec))
	return player, b
}

// What cannot be taken back is asked once more, with Cancel in focus, and what was typed is still there.
func TestSheetConfirms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ask := func(f *form.Model) dialog.Question {
			if f.Value("a") != "" {
				return dialog.Question{}
			}
			return dialog.Question{Title: "Sure?", Text: "It cannot be undone.", Yes: "Set"}
		}
		player, b := sheet(t, dialog.Spec{Confirm: ask}, func() error { return nil })
		player.Keys("enter")
		if len(player.Dialogs) != 2 || len(b.Asked()) != 0 {
			t.Fatalf("%d dialogs, asked %v", len(player.Dialogs), b.Asked())
		}
		player.Keys("right", "enter") // in flight
		player.Arm()
		player.Keys("enter")
		if len(player.Dialogs) != 1 || len(b.Asked()) != 0 {
			t.Fatalf("enter is not Cancel: %d dialogs, asked %v", len(player.Dialogs), b.Asked())
		}
		player.Keys("enter")
		player.Arm()
		player.Keys("right", "enter")
		if len(player.Dialogs) != 0 || len(b.Asked()) != 1 || !player.Asked(page.Say{Severity: status.Info, Text: "made made"}) {
			t.Errorf("%d dialogs, asked %v, sent %v", len(player.Dialogs), b.Asked(), player.Sent)
		}
		player, b = sheet(t, dialog.Spec{Confirm: ask}, func() error { return nil })
		player.Keys("x", "enter")
		if len(player.Dialogs) != 0 || len(b.Asked()) != 1 {
			t.Errorf("where nothing is to be confirmed: %d dialogs, asked %v", len(player.Dialogs), b.Asked())
		}
	})
}

// A form that is left while the controller has not answered yet still tells what came of it: a secret made
// meanwhile is not lost, nor a refusal.
func TestSheetLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for refusal, want := range map[error]page.Say{
			nil: {Severity: status.Info, Text: "made made"}, errors.New("no"): {Severity: status.Error, Text: "Password: no"},
		} {
			player, _ := sheet(t, dialog.Spec{}, func() error { time.Sleep(time.Second); return refusal })
			player.Keys("enter")
			if drawn := ansi.Strip(player.Dialogs[0].View(80, 24)); !strings.Contains(drawn, "◐ asking; the outcome is told even after esc") {
				t.Errorf("it does not say that it waits:\n%s", drawn)
			}
			player.Keys("esc")
			player.After(time.Second)
			if len(player.Dialogs) != 0 || !player.Asked(want) {
				t.Errorf("%d dialogs, sent %v", len(player.Dialogs), player.Sent)
			}
		}
	})
}

// However low the screen is, a refusal is read to its end, and going back shows the fields again.
func TestSheetLow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refusal := &control.Error{Reason: strings.Repeat("for a reason ", 12) + "END", Remedy: "do this"}
		fields := []form.Field{{Name: "b", Label: "Second"}, {Name: "c", Label: "Third"}, {Name: "d", Label: "Fourth"}, {Name: "e", Label: "Fifth"}}
		player, _ := sheet(t, dialog.Spec{Fields: fields}, func() error { return refusal })
		draw := func() string {
			drawn := ansi.Strip(player.Dialogs[0].View(58, 11))
			tuitest.Fits(t, drawn, 58, 11)
			return drawn
		}
		if got := draw(); strings.Contains(got, "A sentence") || !strings.Contains(got, "Fifth") || !strings.Contains(got, "[ Set ]") {
			t.Errorf("the introduction is in the way:\n%s", got)
		}
		player.Keys("ctrl+s")
		if got := draw(); !strings.Contains(got, "END") || !strings.Contains(got, "Do do this") || !strings.Contains(got, "[▸Set ]") {
			t.Errorf("the refusal is cut:\n%s", got)
		}
		player.Keys("tab", "tab")
		if got := draw(); !strings.Contains(got, "▸First") {
			t.Errorf("the field is out of sight:\n%s", got)
		}
	})
}

// What was done instead of a request, and comes in the moment in which the form is closed, is dropped and
// not forgotten; what was refused then is nobody's.
func TestSheetDrops(t *testing.T) {
	c := tuitest.NewContext(tuitest.NewBackend(&status.Snapshot{}))
	d := dialog.NewSheet(c, dialog.Spec{
		Title: "Open", Yes: "Open", Fields: []form.Field{{Name: "a", Label: "First"}},
		Act: func(context.Context, *form.Model) func() (any, error) {
			return func() (any, error) { return "opened", nil }
		},
		Done: func(page.Reply) tea.Cmd { t.Error("it is done though it was given up"); return nil },
		Drop: func(value any) tea.Cmd { return page.Note("dropped " + value.(string)) },
	})
	if _, closed := d.Update(tea.KeyPressMsg{Code: tea.KeyEscape}); !closed {
		t.Fatal("esc does not close it")
	}
	if cmd := d.Late(page.Reply{Value: "opened"}); cmd == nil || cmd().(page.Say).Text != "dropped opened" {
		t.Error("it is not dropped")
	}
	if cmd := d.Late(page.Reply{Err: errors.New("refused")}); cmd != nil {
		t.Errorf("%v", cmd())
	}
}
