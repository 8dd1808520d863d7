package page

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// A binding takes the keys of the configuration, in the help too, and two may change places.
func TestRebind(t *testing.T) {
	k := DefaultKeys()
	if err := k.Rebind(map[string][]string{"quit": {"ctrl+q"}, "help": {"m"}, "menu": {"?", "f1"}}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(k.Quit.Keys(), []string{"ctrl+q"}) || k.Quit.Help().Key != "ctrl+q" || k.Quit.Help().Desc != "quit" {
		t.Errorf("quit is %v, shown as %q", k.Quit.Keys(), k.Quit.Help())
	}
	if !slices.Equal(k.Help.Keys(), []string{"m"}) || !slices.Equal(k.Menu.Keys(), []string{"?", "f1"}) {
		t.Errorf("help is %v, menu is %v", k.Help.Keys(), k.Menu.Keys())
	}
}

// What cannot be is refused by name and leaves the binding as it was; the rest is taken.
func TestRebindRefuses(t *testing.T) {
	for words, change := range map[string]map[string][]string{
		"console.keys.qiut: there is no such action":            {"qiut": {"x"}},
		"console.keys.quit: name at least one key":              {"quit": {}},
		"console.keys.quit: one of its keys means help already": {"quit": {"?"}},
		"console.keys.quit: one of its keys means end already":  {"quit": {"ctrl+c"}},
	} {
		k := DefaultKeys()
		change["filter"] = []string{"ctrl+f"}
		err := k.Rebind(change)
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v: %v, want %q", change, err, words)
		}
		if !reflect.DeepEqual(k.Quit, DefaultKeys().Quit) || !slices.Equal(k.Filter.Keys(), []string{"ctrl+f"}) {
			t.Errorf("%v: quit is %v, filter is %v", change, k.Quit.Keys(), k.Filter.Keys())
		}
	}
}

// Every binding but ctrl+c has a name, so that a new one cannot be forgotten.
func TestRebindNamesAll(t *testing.T) {
	k := DefaultKeys()
	if got, want := len(k.Names()), reflect.TypeFor[Keys]().NumField()-1; got != want {
		t.Errorf("%d bindings have names, want %d", got, want)
	}
}
