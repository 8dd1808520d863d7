package packs

import (
	"maps"
	"strings"
	"testing"
	"testing/synctest"

	"vns3/control"
)

// Whatever tags a command or the API set, an edit begins with all of them and loses none.
func TestTagsComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tags := range []map[string]string{
			nil, {"site": "branch 7", "a b": "c"}, {"x": "=y", "q": `say "hi" \o/`, "path": `C:\temp`},
			{"long": strings.Repeat("v", 64), "one": strings.Repeat(`"`, 64), "two": strings.Repeat(" ", 64), "three": strings.Repeat("w", 64), "four": strings.Repeat(`\ `, 32), "five": strings.Repeat("z", 64), "six": strings.Repeat("s", 64)},
		} {
			got, err := parseTags(writeTags(tags))
			if err != nil || !maps.Equal(got, tags) && len(tags) > 0 {
				t.Errorf("%q: %v, %v", writeTags(tags), got, err)
			}
			player, b := play(t, 0)
			player.Context.Snapshot.Clients[0].Tags = tags
			player.Keys("t", "enter")
			if saved := b.Asked(); len(saved) != 1 || len(saved[0].(control.PackSet).Tags) != 0 {
				t.Errorf("an edit that changes nothing saves %+v", saved)
			}
		}
	})
}

// What is no tag is named.
func TestBadTags(t *testing.T) {
	for typed, want := range map[string]string{
		"site": `"site" is not NAME=VALUE`, "=x": "is not NAME=VALUE", "site=": "is not NAME=VALUE", "a=1 a=2": `"a" stands twice`,
		`site="branch`: "a quotation mark is not closed", `""`: "is not NAME=VALUE",
	} {
		if err := checkTags(typed); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", typed, err, want)
		}
	}
}
