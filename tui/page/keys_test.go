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
		{tea.KeyPressMsg{Code: 'ь', Text: "ь"}, tea.KeyPressMsg{Code: 'm', Text: "m"}},
		{tea.KeyPressMsg{Code: 'ь', Text: "Ь", Mod: tea.ModShift}, tea.KeyPressMsg{Code: 'm', Text: "M", Mod: tea.ModShift}},
		{tea.KeyPressMsg{Code: 'Ь', Text: "Ь"}, tea.KeyPressMsg{Code: 'm', Text: "M"}},
		{tea.KeyPressMsg{Code: 'μ', Text: "μ"}, tea.KeyPressMsg{Code: 'm', Text: "m"}},
		{tea.KeyPressMsg{Code: 'צ', Text: "צ"}, tea.KeyPressMsg{Code: 'm', Text: "m"}},
		{tea.KeyPressMsg{Code: 'ة', Text: "ة"}, tea.KeyPressMsg{Code: 'm', Text: "m"}},
		{tea.KeyPressMsg{Code: 'ｍ', Text: "ｍ"}, tea.KeyPressMsg{Code: 'm', Text: "m"}},
		{tea.KeyPressMsg{Code: 'х', Text: "х"}, tea.KeyPressMsg{Code: '[', Text: "["}},
		{tea.KeyPressMsg{Code: 'ü', Text: "ü"}, tea.KeyPressMsg{Code: 'ü', Text: "ü"}},
		{tea.KeyPressMsg{Code: tea.KeyEnter, BaseCode: 'm'}, tea.KeyPressMsg{Code: tea.KeyEnter, BaseCode: 'm'}},
	} {
		if got := Latin(c.in); got != c.want {
			t.Errorf("%+v: %+v, want %+v", c.in, got, c.want)
		}
	}
}

// ctrl and a letter of another layout are ctrl and the Latin letter that stands there; those of a Latin
// layout mean what is written on the key, wherever it stands.
func TestHeld(t *testing.T) {
	for want, in := range map[string]tea.KeyPressMsg{
		"ctrl+c": {Code: 'с', BaseCode: 'c', Mod: tea.ModCtrl}, // Cyrillic
		"ctrl+g": {Code: 'п', Mod: tea.ModCtrl},                // xterm tells the letter alone
		"ctrl+s": {Code: 's', BaseCode: ';', Mod: tea.ModCtrl}, // Dvorak
		"ctrl+q": {Code: 'q', BaseCode: 'a', Mod: tea.ModCtrl}, // AZERTY
		"up":     {Code: tea.KeyUp},
		"ь":      {Code: 'ь', Text: "ь", BaseCode: 'm'},
	} {
		if got := Held(in).String(); got != want {
			t.Errorf("%+v: %s, want %s", in, got, want)
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
