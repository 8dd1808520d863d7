package page

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
)

// named are the bindings under the names that `[console] keys` has for them. Interrupt is not among
// them: ctrl+c always ends.
func (k *Keys) named() map[string]*key.Binding {
	return map[string]*key.Binding{
		"up": &k.Up, "down": &k.Down, "left": &k.Left, "right": &k.Right, "page_up": &k.PageUp, "page_down": &k.PageDown,
		"top": &k.Top, "bottom": &k.Bottom, "open": &k.Enter, "back": &k.Back, "next_field": &k.Next, "previous_field": &k.Previous,
		"filter": &k.Filter, "sort": &k.Sort, "copy": &k.Copy, "pause": &k.Pause, "save": &k.Save, "undo": &k.Undo, "reveal": &k.Reveal,
		"commands": &k.Palette, "help": &k.Help, "menu": &k.Menu, "quit": &k.Quit, "next_page": &k.NextPage, "previous_page": &k.PreviousPage,
		"mouse": &k.Mouse, "visit": &k.Visit,
	}
}

// Names are the names of the bindings that can be changed, in order.
func (k *Keys) Names() []string { return slices.Sorted(maps.Keys(k.named())) }

// Binding is the binding with the name, which must be one of Names.
func (k *Keys) Binding(name string) key.Binding { return *k.named()[name] }

// Rebind gives bindings other keys, as `[console] keys` says. A name that does not exist, no key at all,
// and a key that another binding has are refused, all in one error; such a binding keeps its own keys.
func (k *Keys) Rebind(changes map[string][]string) error {
	bindings := k.named()
	var refused []error
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		b, keys := bindings[name], changes[name]
		switch owner := k.owner(keys, name, changes); {
		case b == nil:
			refused = append(refused, fmt.Errorf("console.keys.%s: there is no such action; there are %s", name, strings.Join(k.Names(), ", ")))
		case len(keys) == 0:
			refused = append(refused, fmt.Errorf("console.keys.%s: name at least one key", name))
		case owner != "":
			refused = append(refused, fmt.Errorf("console.keys.%s: one of its keys means %s already", name, owner))
		default:
			b.SetKeys(keys...)
			b.SetHelp(keys[0], b.Help().Desc)
		}
	}
	return errors.Join(refused...)
}

// owner is the other binding that has one of the keys, as it will be after the changes; empty: none.
func (k *Keys) owner(keys []string, but string, changes map[string][]string) string {
	if slices.ContainsFunc(keys, func(s string) bool { return slices.Contains(k.Interrupt.Keys(), s) }) {
		return "end"
	}
	bindings := k.named()
	for _, name := range k.Names() {
		has := bindings[name].Keys()
		if changed, is := changes[name]; is {
			has = changed
		}
		if name != but && slices.ContainsFunc(keys, func(s string) bool { return slices.Contains(has, s) }) {
			return name
		}
	}
	return ""
}
