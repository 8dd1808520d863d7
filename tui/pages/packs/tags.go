package packs

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/component/form"
	"vns3/tui/page"
)

const (
	tagsField = "tags"
	tagsHint  = `NAME=VALUE, spaces between; site="branch 7"`
)

// tag edits the tags of a pack.
func (p *Page) tag(pack *status.Client) tea.Cmd {
	name, before := pack.Name, pack.Tags
	return dialog.OpenSheet(p.c, control.PackSet{}, dialog.Spec{
		Title: "Tags of " + name, Yes: "Save",
		Fields: []form.Field{{Name: tagsField, Label: "Tags", Value: writeTags(before), Placeholder: "site=branch-7", Hint: tagsHint, Check: checkTags}},
		Request: func(f *form.Model) control.Request {
			after, _ := parseTags(f.Value(tagsField)) // the field was checked
			return control.PackSet{Name: name, Tags: changed(before, after)}
		},
		Done: func(page.Reply) tea.Cmd { return page.Toast(status.Info, "Tags of "+name+" saved.") },
	})
}

func checkTags(s string) error {
	_, err := parseTags(s)
	return err
}

// writeTags writes tags as parseTags reads them.
func writeTags(tags map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		all = append(all, quote(name)+"="+quote(tags[name]))
	}
	return strings.Join(all, " ")
}

// quote is s as one word.
func quote(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '"' }) {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// parseTags reads NAME=VALUE pairs with spaces between them.
func parseTags(s string) (map[string]string, error) {
	all := map[string]string{}
	split, err := words(s)
	if err != nil {
		return nil, err
	}
	for _, word := range split {
		name, value, is := strings.Cut(word, "=")
		switch _, twice := all[name]; {
		case !is || name == "" || value == "":
			return nil, fmt.Errorf("%q is not NAME=VALUE", word)
		case twice:
			return nil, fmt.Errorf("%q stands twice", name)
		}
		all[name] = value
	}
	return all, nil
}

// words splits s at spaces that stand outside quotation marks; inside, a backslash takes the next
// character as it is.
func words(s string) (all []string, err error) {
	var word strings.Builder
	begun, quoted, escaped := false, false, false
	for _, r := range s + " " {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case quoted && r == '\\':
			escaped = true
		case r == '"':
			begun, quoted = true, !quoted
		case unicode.IsSpace(r) && !quoted:
			if begun {
				all = append(all, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if quoted {
		return nil, errors.New("a quotation mark is not closed")
	}
	return all, nil
}

// changed is what an edit of tags has to say: new values, and an empty one for what is gone.
func changed(before, after map[string]string) map[string]string {
	diff := map[string]string{}
	for name, value := range after {
		if before[name] != value {
			diff[name] = value
		}
	}
	for name := range before {
		if _, still := after[name]; !still {
			diff[name] = ""
		}
	}
	return diff
}
