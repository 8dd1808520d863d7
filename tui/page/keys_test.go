package page

import (
	"reflect"
	"testing"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// No key means two things everywhere, none is a prefix of tmux or screen, and each has its help.
func TestKeysDoNotClash(t *testing.T) {
	seen := map[string]string{"ctrl+a": "the prefix of screen", "ctrl+b": "the prefix of tmux", "ctrl+z": "suspend"}
	keys := reflect.ValueOf(*DefaultKeys())
	for i := range keys.NumField() {
		name := keys.Type().Field(i).Name
		b := keys.Field(i).Interface().(key.Binding)
		if b.Help().Key == "" || b.Help().Desc == "" {
			t.Errorf("%s has no help", name)
		}
		for _, k := range b.Keys() {
			if other, taken := seen[k]; taken {
				t.Errorf("%s and %s are both %s", name, other, k)
			}
			seen[k] = name
		}
	}
}

// Keys of other layouts get the letter of the key; Latin letters, text keys without it and special
// keys stay.
func TestLatin(t *testing.T) {
	for _, c := range []struct{ in, want tea.KeyPressMsg }{
		{tea.KeyPressMsg{Code: 'ь', Text: "ь", BaseCode: 'm'}, tea.KeyPressMsg{Code: 'm', Text: "m"}},
		{tea.KeyPressMsg{Code: 'Ь', Text: "Ь", BaseCode: 'm', Mod: tea.ModShift}, tea.KeyPressMsg{Code: 'm', Text: "M", Mod: tea.ModShift}},
		{tea.KeyPressMsg{Code: 'q', Text: "q", BaseCode: 'a'}, tea.KeyPressMsg{Code: 'q', Text: "q", BaseCode: 'a'}},
		{tea.KeyPressMsg{Code: 'ь', Text: "ь"}, tea.KeyPressMsg{Code: 'ь', Text: "ь"}},
		{tea.KeyPressMsg{Code: tea.KeyEnter, BaseCode: 'm'}, tea.KeyPressMsg{Code: tea.KeyEnter, BaseCode: 'm'}},
	} {
		if got := Latin(c.in); got != c.want {
			t.Errorf("%+v: %+v, want %+v", c.in, got, c.want)
		}
	}
}

// Whatever the screen, the page lies inside it and nothing overlaps.
func TestLayout(t *testing.T) {
	for width := 1; width < 220; width += 3 {
		for height := 1; height < 70; height++ {
			l := NewLayout(width, height)
			if l.TooSmall {
				continue
			}
			lines := l.BodyTop + l.Body + 1
			if l.LowerRule {
				lines++
			}
			if lines != height || l.X+l.Width != width || l.Y+l.Height != l.BodyTop+l.Body || l.Width < 50 || l.Height < 10 {
				t.Fatalf("%dx%d: %+v", width, height, l)
			}
		}
	}
}
