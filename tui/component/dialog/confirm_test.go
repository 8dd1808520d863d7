package dialog_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

type yes struct{}

// ask plays keys on a question, after its grace if armed, and says whether it closed and did it.
func ask(t *testing.T, q dialog.Question, armed bool, keys ...string) (closed, did bool) {
	t.Helper()
	q.Then = func() tea.Msg { return yes{} }
	d := dialog.NewConfirm(tuitest.NewContext(tuitest.NewBackend(&status.Snapshot{})), q)
	if armed {
		d.Update(d.Init()().(page.To).Msg)
	}
	for _, key := range keys {
		cmd, done := d.Update(tuitest.Key(key))
		closed = closed || done
		did = did || cmd != nil
	}
	return closed, did
}

// Cancel has the focus; during the grace nothing but esc is taken; a typed confirmation must be right.
func TestConfirm(t *testing.T) {
	plain, harmless := dialog.Question{Yes: "Do it"}, dialog.Question{Yes: "Do it", Harmless: true}
	typed := dialog.Question{Yes: "Do it", Typed: "ab", TypedLabel: "Digits"}
	for name, c := range map[string]struct {
		question    dialog.Question
		armed       bool
		keys        []string
		closed, did bool
	}{
		"enter cancels":              {plain, true, []string{"enter"}, true, false},
		"right, enter":               {plain, true, []string{"right", "enter"}, true, true},
		"in the grace":               {plain, false, []string{"right", "enter", "enter"}, false, false},
		"esc in the grace":           {plain, false, []string{"esc"}, true, false},
		"harmless":                   {harmless, true, []string{"enter"}, true, true},
		"harmless, in the grace":     {harmless, false, []string{"enter"}, false, false},
		"typed":                      {typed, true, []string{"a", "b", "enter", "enter"}, true, true},
		"typed wrong":                {typed, true, []string{"a", "enter", "enter", "tab", "tab", "enter"}, false, false},
		"typed, enter does not move": {typed, true, []string{"enter", "enter"}, false, false},
	} {
		tuitest.Run(t, name, func(t *testing.T) {
			if closed, did := ask(t, c.question, c.armed, c.keys...); closed != c.closed || did != c.did {
				t.Errorf("closed %v did %v, want %v %v", closed, did, c.closed, c.did)
			}
		})
	}
}

// Who types something else is told what to type; nothing stands in the field that was not typed.
func TestConfirmTypedWrong(t *testing.T) {
	d := dialog.NewConfirm(tuitest.NewContext(tuitest.NewBackend(&status.Snapshot{})), dialog.Question{Yes: "Do it", Typed: "b6cf46e9", TypedLabel: "Digits"})
	if drawn := ansi.Strip(d.View(60, 12)); strings.Contains(drawn, "b6cf46e9") {
		t.Error(drawn)
	}
	for _, k := range []string{"1", "2", "enter"} {
		d.Update(tuitest.Key(k))
	}
	if drawn := ansi.Strip(d.View(60, 12)); !strings.Contains(drawn, "✗ type b6cf46e9 to go on") {
		t.Error(drawn)
	}
}

// On a low screen a question gives up blank lines before it gives up what was typed wrong.
func TestConfirmOnLowScreen(t *testing.T) {
	q := dialog.Question{Title: "Sure?", Text: strings.Repeat("word ", 40) + "\n\nType b6cf46e9.", Yes: "Do it", Typed: "b6cf46e9", TypedLabel: "Digits"}
	d := dialog.NewConfirm(tuitest.NewContext(tuitest.NewBackend(&status.Snapshot{})), q)
	d.Update(tuitest.Key("1"))
	d.Update(tuitest.Key("enter"))
	drawn := ansi.Strip(d.View(58, 12))
	tuitest.Fits(t, drawn, 58, 12)
	for _, want := range []string{"Type b6cf46e9.", "▸Digits", "✗ type b6cf46e9", "[ Cancel ]  [ Do it ]"} {
		if !strings.Contains(drawn, want) {
			t.Errorf("%q is not in\n%s", want, drawn)
		}
	}
}

// A box keeps its buttons where it is too low for everything.
func TestBoxKeepsButtons(t *testing.T) {
	d := dialog.NewConfirm(tuitest.NewContext(tuitest.NewBackend(&status.Snapshot{})), dialog.Question{Title: "Sure?", Text: strings.Repeat("word ", 200), Yes: "Do it"})
	drawn := d.View(60, 12)
	tuitest.Fits(t, drawn, 60, 12)
	if !strings.Contains(ansi.Strip(drawn), "[▸Cancel ]  [ Do it ]") {
		t.Error(ansi.Strip(drawn))
	}
}

// A message scrolls to its last line and no further.
func TestMessageScrolls(t *testing.T) {
	d := dialog.NewRaw(tuitest.NewContext(tuitest.NewBackend(&status.Snapshot{})), "Text", strings.Repeat("line\n", 50)+"last")
	d.View(60, 12)
	for range 100 {
		d.Update(tuitest.Key("down"))
	}
	drawn := d.View(60, 12)
	tuitest.Fits(t, drawn, 60, 12)
	if !strings.Contains(drawn, "last") {
		t.Error(ansi.Strip(drawn))
	}
}
