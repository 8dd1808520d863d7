package packs

import (
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/component/form"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

const (
	tagsField  = "tags"
	countField = "count"
	tagsHint   = "NAME=VALUE, with spaces between them"
)

// next hands out the next pack.
func (p *Page) next() tea.Cmd {
	return dialog.OpenSheet(p.c, control.PackNext{}, dialog.Spec{
		Title: "Hand out the next clientpack", Yes: "Hand out",
		Intro:  "The next clientpack that was never handed out is checked out, on all controllers.",
		Fields: []form.Field{{Name: tagsField, Label: "Tags", Placeholder: "site=branch-7", Hint: tagsHint, Check: checkTags}},
		Request: func(f *form.Model) control.Request {
			all, _ := parseTags(f.Value(tagsField)) // the field was checked
			return control.PackNext{Tags: all}
		},
		Done: func(r page.Reply) tea.Cmd {
			handed, is := r.Value.(control.PackHandedOut)
			if !is {
				return nil
			}
			return tea.Batch(page.Toast(status.Info, handed.Name+" is handed out."), page.Open(newExport(p.c, handed.Name)))
		},
	})
}

// add adds packs that the license allows.
func (p *Page) add() tea.Cmd {
	return dialog.OpenSheet(p.c, control.PackAdd{}, dialog.Spec{
		Title: "Add clientpacks", Yes: "Add", Intro: "After a license upgrade: adds clientpacks that the license allows and the subnet has addresses for.",
		Fields: []form.Field{{Name: countField, Label: "How many", Value: "1", Check: checkCount}},
		Request: func(f *form.Model) control.Request {
			n, _ := strconv.Atoi(strings.TrimSpace(f.Value(countField))) // the field was checked
			return control.PackAdd{Count: n}
		},
		Done: func(r page.Reply) tea.Cmd {
			return page.Toast(status.Info, text.Count(r.Request.(control.PackAdd).Count, "clientpack")+" added.")
		},
	})
}

func checkCount(s string) error {
	if n, err := strconv.Atoi(strings.TrimSpace(s)); err != nil || n < 1 {
		return fmt.Errorf("a number of clientpacks, 1 or more")
	}
	return nil
}

// tag edits the tags of a pack.
func (p *Page) tag(pack *status.Client) tea.Cmd {
	name, before := pack.Name, pack.Tags
	return dialog.OpenSheet(p.c, control.PackSet{}, dialog.Spec{
		Title: "Tags of " + name, Yes: "Save",
		Fields: []form.Field{{Name: tagsField, Label: "Tags", Value: text.Tags(before), Placeholder: "site=branch-7", Hint: tagsHint, Check: checkTags}},
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

// parseTags reads NAME=VALUE pairs with spaces between them.
func parseTags(s string) (map[string]string, error) {
	all := map[string]string{}
	for word := range strings.FieldsSeq(s) {
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

// enable enables a pack at once, and asks before it disables one.
func (p *Page) enable(pack *status.Client) tea.Cmd {
	on := !pack.Enabled
	request := control.PackSet{Name: pack.Name, Enabled: &on}
	if on {
		return p.c.Do(p, request)
	}
	return dialog.Ask(p.c, p, request, dialog.Question{
		Title: "Disable a clientpack", Yes: "Disable",
		Text: fmt.Sprintf("Disable %s? Its session ends, and no controller serves it until it is enabled again.", pack.Name),
	})
}

// checkOut checks a pack out at once, and asks before it checks one in.
func (p *Page) checkOut(pack *status.Client) tea.Cmd {
	on := !pack.CheckedOut
	request := control.PackSet{Name: pack.Name, CheckedOut: &on}
	if on {
		return p.c.Do(p, request)
	}
	return dialog.Ask(p.c, p, request, dialog.Question{
		Title: "Check a clientpack in", Yes: "Check in",
		Text: fmt.Sprintf("Check %s in? It may be handed out again, and whoever has its configuration can still use it. To lock them out, give it a new key first (R).", pack.Name),
	})
}

func (p *Page) disconnect(pack *status.Client) tea.Cmd {
	if !pack.Connected {
		return page.Note(pack.Name + " is not connected.")
	}
	return dialog.Ask(p.c, p, control.ClientDisconnect{Name: pack.Name}, dialog.Question{
		Title: "Disconnect " + pack.Name, Text: "End its session? The client may come again by itself; to keep it out, disable it (d).", Yes: "Disconnect",
	})
}

func (p *Page) regenerate(pack *status.Client) tea.Cmd {
	return dialog.Ask(p.c, p, control.PackRegenerate{Name: pack.Name}, dialog.Question{
		Title: "New key for " + pack.Name, Text: "Regenerate? The configuration in use stops working everywhere; export it again and replace the file on the client server.", Yes: "Regenerate",
	})
}

// all offers what can be done with all packs at once.
func (p *Page) all() tea.Cmd {
	const both, keys = "disconnect all", "new keys for all"
	const field = "what"
	return dialog.OpenSheet(p.c, control.ClientDisconnect{}, dialog.Spec{
		Title: "All clientpacks", Yes: "Do it",
		Intro: "New keys stop every configuration in use: all of them are to be exported and replaced. Disconnected clients may come again by themselves.",
		Fields: []form.Field{
			{Name: field, Label: "What", Kind: form.Choice, Value: both, Options: []string{both, keys}},
			{Name: "sure", Label: "Type all", Placeholder: "all", Check: func(s string) error {
				if strings.TrimSpace(s) != "all" {
					return fmt.Errorf("type the word all")
				}
				return nil
			}},
		},
		Request: func(f *form.Model) control.Request {
			if f.Value(field) == keys {
				return control.PackRegenerate{All: true}
			}
			return control.ClientDisconnect{All: true}
		},
		Done: func(r page.Reply) tea.Cmd { return p.replied(r) },
	})
}

// invoke begins an action that the palette sent here.
func (p *Page) invoke(action string) tea.Cmd {
	switch action {
	case control.PackNext{}.Action():
		return p.next()
	case control.PackAdd{}.Action():
		return p.add()
	}
	pack := p.list.selected()
	if pack == nil {
		return page.Note("There is no clientpack to do this with: n hands one out.")
	}
	switch action {
	case control.PackExport{}.Action():
		return page.Open(newExport(p.c, pack.Name))
	case control.PackSet{}.Action():
		return p.tag(pack)
	case control.PackRegenerate{}.Action():
		return p.regenerate(pack)
	case control.ClientDisconnect{}.Action():
		return p.disconnect(pack)
	}
	return nil
}

// replied says what came of an action.
func (p *Page) replied(r page.Reply) tea.Cmd {
	if r.Err != nil {
		return page.Toast(status.Error, r.Err.Error())
	}
	switch request := r.Request.(type) {
	case control.PackExport:
		if file, is := r.Value.(control.PackFile); is {
			return p.showCode(request.Name, file)
		}
	case control.PackSet:
		return page.Toast(status.Info, request.Name+" "+did(request)+".")
	case control.PackRegenerate:
		return page.Toast(status.Info, "New keys are being made; export again when that is done.")
	case control.ClientDisconnect:
		return page.Toast(status.Info, "Disconnected.")
	}
	return nil
}

// did is what a PackSet of one field did.
func did(r control.PackSet) string {
	switch {
	case r.Enabled != nil && *r.Enabled:
		return "is enabled"
	case r.Enabled != nil:
		return "is disabled"
	case r.CheckedOut != nil && *r.CheckedOut:
		return "is checked out"
	default:
		return "is checked in"
	}
}
