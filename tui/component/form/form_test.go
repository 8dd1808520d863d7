package form_test

import (
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/status"
	"vns3/tui/component/form"
	"vns3/tui/page"
	"vns3/tui/theme"
	"vns3/tui/tuitest"
)

func sample() *form.Model {
	return form.New(tuitest.NewContext(tuitest.NewBackend(&status.Snapshot{})), []form.Field{
		{Name: "name", Label: "Name", Check: func(s string) error {
			if s == "" {
				return errors.New("a name is needed")
			}
			return nil
		}},
		{Name: "token", Label: "Token", Kind: form.Secret},
		{Name: "on", Label: "On", Kind: form.Toggle},
		{Name: "theme", Label: "Theme", Kind: form.Choice, Options: []string{"dark", "light"}, Value: "dark"},
	}, "Save", "Cancel")
}

func press(m *form.Model, names ...string) (last form.Event) {
	for _, name := range names {
		last, _ = m.Update(tuitest.Key(name))
	}
	return last
}

// Fields take their keys, enter leads on and at the end presses the first button.
func TestFields(t *testing.T) {
	m := sample()
	e := press(m, "a", "b", "enter", "s", "enter", "space", "enter", "right", "enter")
	if m.Value("name") != "ab" || m.Value("token") != "s" || !m.On("on") || m.Value("theme") != "light" || e.Button != 0 {
		t.Errorf("%q %q %v %q, button %d", m.Value("name"), m.Value("token"), m.On("on"), m.Value("theme"), e.Button)
	}
	if e := press(m, "right", "enter"); e.Button != 1 {
		t.Errorf("button %d", e.Button)
	}
}

// A click focuses a field, turns what is chosen from, presses a button, and does nothing elsewhere.
func TestClick(t *testing.T) {
	m := sample()
	at := func(words string, beside int) form.Event {
		for y, line := range m.View(60) {
			line = ansi.Strip(line)
			if before, _, has := strings.Cut(line, words); has {
				e, _ := m.Update(page.Click{X: ansi.StringWidth(before) + beside, Y: y, Line: "│ " + line + " │"})
				return e
			}
		}
		t.Fatalf("%q is not drawn", words)
		return form.Event{}
	}
	at("Token", 2)
	press(m, "x")
	at("[dark", 2)
	at("On ", 2)
	if m.Value("token") != "x" || m.Value("theme") != "light" || !m.On("on") {
		t.Errorf("%q %q %v", m.Value("token"), m.Value("theme"), m.On("on"))
	}
	if e := at("[ Save ]", 0); e.Button != -1 { // the box's edge moves the line by two
		t.Errorf("beside the button: %d", e.Button)
	}
	if e := at("[ Cancel ]", 4); e.Button != 1 {
		t.Errorf("button %d", e.Button)
	}
}

// Without colours an example in an empty field does not look like a value.
func TestPlaceholderWithoutColours(t *testing.T) {
	c := tuitest.NewContext(tuitest.NewBackend(&status.Snapshot{}))
	m := form.New(c, []form.Field{{Name: "other", Label: "Other"}, {Name: "source", Label: "Source", Placeholder: "10.0.1.10"}})
	drawn := func() string { return ansi.Strip(strings.Join(m.View(60), "\n")) }
	if !strings.Contains(drawn(), "[10.0.1.10") {
		t.Error(drawn())
	}
	c.Theme.Set(theme.Options{Name: theme.Plain})
	if !strings.Contains(drawn(), "[(10.0.1.10)") {
		t.Error(drawn())
	}
}

// A secret is hidden until ctrl+r and hidden again after it.
func TestSecret(t *testing.T) {
	m := sample()
	press(m, "tab", "p", "l", "u", "m")
	shown := func() bool { return strings.Contains(ansi.Strip(strings.Join(m.View(60), "\n")), "plum") }
	if shown() {
		t.Error("shown at once")
	}
	if press(m, "ctrl+r"); !shown() {
		t.Error("ctrl+r does not show it")
	}
	if press(m, "ctrl+r"); shown() {
		t.Error("ctrl+r does not hide it")
	}
}

// A wrong field is not blamed before it was left; Valid blames it and moves there.
func TestValid(t *testing.T) {
	m := sample()
	blamed := func() bool { return strings.Contains(strings.Join(m.View(60), "\n"), "a name is needed") }
	if blamed() {
		t.Error("blamed before anything was typed")
	}
	m.FocusButton(0)
	if m.Valid() || !blamed() || !m.Typing() {
		t.Errorf("valid or not shown:\n%s", strings.Join(m.View(60), "\n"))
	}
	press(m, "x")
	if !m.Valid() {
		t.Error("a name is there")
	}
}

// No line is wider than the form at any width a dialog has.
func TestWidth(t *testing.T) {
	m := sample()
	for width := 24; width < 80; width++ {
		tuitest.Fits(t, strings.Join(m.View(width), "\n"), width, 20)
	}
}

// From any field of a long form a key takes the first button; a letter bound to it is still a letter.
func TestSaveFromAnywhere(t *testing.T) {
	c := tuitest.NewContext(tuitest.NewBackend(&status.Snapshot{}))
	m := form.New(c, []form.Field{{Name: "a"}, {Name: "b"}, {Name: "c"}}, "Save", "Cancel")
	if e := press(m, "x", "ctrl+s"); e.Button != 0 || m.Value("a") != "x" {
		t.Errorf("%+v, %q", e, m.Value("a"))
	}
	c.Keys.Save.SetKeys("s")
	m.Focus(0)
	if e := press(m, "s"); e.Button == 0 || m.Value("a") != "xs" {
		t.Errorf("%+v, %q", e, m.Value("a"))
	}
}

// What is typed or pasted on a button goes on in the field of text that had the focus last.
func TestTypingOnButton(t *testing.T) {
	m := sample()
	press(m, "a")
	m.FocusButton(0)
	if press(m, "b"); m.Value("name") != "ab" || !m.Typing() {
		t.Errorf("name %q, typing %v", m.Value("name"), m.Typing())
	}
	press(m, "enter", "s")
	m.FocusButton(1)
	m.Update(tea.PasteMsg{Content: "top"})
	if m.Value("token") != "top" {
		t.Errorf("what is hidden did not begin anew: %q", m.Value("token"))
	}
	none := form.New(tuitest.NewContext(tuitest.NewBackend(&status.Snapshot{})), nil, "Close")
	if press(none, "x"); !none.OnButton() {
		t.Error("a form without fields left its button")
	}
}

// Enter does not leave behind what cannot be taken: the reason stands there, and typing goes on there.
func TestEnterStays(t *testing.T) {
	c := tuitest.NewContext(tuitest.NewBackend(&status.Snapshot{}))
	long := func(s string) error {
		if len(s) < 2 {
			return errors.New("too short")
		}
		return nil
	}
	m := form.New(c, []form.Field{{Name: "a", Label: "A", Check: long}, {Name: "b", Label: "B"}}, "Save")
	press(m, "x", "enter")
	if drawn := ansi.Strip(strings.Join(m.View(40), "\n")); !strings.Contains(drawn, "▸A") || !strings.Contains(drawn, "too short") {
		t.Error(drawn)
	}
	if press(m, "y", "enter"); !m.At("b") || m.Value("a") != "xy" {
		t.Errorf("a is %q, at b %v", m.Value("a"), m.At("b"))
	}
}

// Of several wrong fields the first one gets the focus, and all say what is wrong with them.
func TestFirstWrong(t *testing.T) {
	wrong := func(string) error { return errors.New("wrong") }
	c := tuitest.NewContext(tuitest.NewBackend(&status.Snapshot{}))
	m := form.New(c, []form.Field{{Name: "a", Label: "A"}, {Name: "b", Label: "B", Check: wrong}, {Name: "c", Label: "C", Check: wrong}}, "Save")
	m.FocusButton(0)
	drawn := func() string { return ansi.Strip(strings.Join(m.View(40), "\n")) }
	if m.Valid() || !strings.Contains(drawn(), "▸B") || strings.Count(drawn(), "wrong") != 2 {
		t.Error(drawn())
	}
}
