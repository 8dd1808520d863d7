package dialog_test

import (
	"errors"
	"strings"
	"testing"

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
