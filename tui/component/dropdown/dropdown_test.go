package dropdown_test

import (
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/status"
	"vns3/tui/component/dropdown"
	"vns3/tui/tuitest"
)

func open() *dropdown.Model {
	return dropdown.New(tuitest.NewContext(tuitest.NewBackend(&status.Snapshot{})), dropdown.Options{
		Items: []dropdown.Item{{Label: "this instance", Note: "a note that is longer than one line of the pop-up"}, {Label: "not set"}},
		At:    1,
		Free:  dropdown.Item{Label: "address…", Note: "type"},
		Check: func(s string) error {
			if s == "bad" {
				return errors.New("a bad one")
			}
			return nil
		},
	})
}

// Keys choose, narrow, take and close; a free text is taken only if it is right.
func TestChoose(t *testing.T) {
	for name, c := range map[string]struct {
		keys   []string
		result dropdown.Result
		choice dropdown.Choice
	}{
		"as it stands":     {[]string{"enter"}, dropdown.Taken, dropdown.Choice{Index: 1}},
		"up":               {[]string{"up", "up", "enter"}, dropdown.Taken, dropdown.Choice{Index: 0}},
		"typed to filter":  {[]string{"t", "h", "i", "s", "enter"}, dropdown.Taken, dropdown.Choice{Index: 0}},
		"typed address":    {[]string{"1", "0", "enter"}, dropdown.Taken, dropdown.Choice{Index: -1, Text: "10"}},
		"bad address":      {[]string{"b", "a", "d", "enter"}, dropdown.Open, dropdown.Choice{Index: -1}},
		"empty address":    {[]string{"down", "enter"}, dropdown.Open, dropdown.Choice{Index: -1}},
		"closed":           {[]string{"esc"}, dropdown.Closed, dropdown.Choice{Index: -1}},
		"esc clears first": {[]string{"x", "esc"}, dropdown.Changed, dropdown.Choice{Index: -1}},
	} {
		m := open()
		var result dropdown.Result
		var choice dropdown.Choice
		for _, key := range c.keys {
			result, choice = m.Update(tuitest.Key(key))
		}
		if result != c.result || choice != c.choice {
			t.Errorf("%s: %v %+v, want %v %+v", name, result, choice, c.result, c.choice)
		}
	}
}

// A pasted address is typed at once; why it is wrong stands in the pop-up.
func TestPaste(t *testing.T) {
	m := open()
	m.Update(tea.PasteMsg{Content: "bad"})
	if drawn := ansi.Strip(m.View(40, "")); !strings.Contains(drawn, "✗ a bad one") {
		t.Error(drawn)
	}
}

// The pop-up is exactly as wide as it is told; a click on any line of an item takes it.
func TestView(t *testing.T) {
	m := open()
	drawn := m.View(40, "")
	tuitest.Fits(t, drawn, 40, 10)
	if result, choice := m.Click(2, 40); result != dropdown.Taken || choice.Index != 0 {
		t.Errorf("%v %+v\n%s", result, choice, ansi.Strip(drawn))
	}
	if result, _ := m.Click(9, 40); result != dropdown.Closed {
		t.Errorf("a click outside: %v", result)
	}
}
