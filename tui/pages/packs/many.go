package packs

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/dialog"
	"vns3/tui/component/form"
	"vns3/tui/page"
)

const (
	lowField      = "low"
	highField     = "high"
	disabledField = "disabled"
	countField    = "count"
	whatField     = "what"
)

// next hands out the next pack.
func (p *Page) next() tea.Cmd {
	return dialog.OpenSheet(p.c, control.PackNext{}, dialog.Spec{
		Title: "Hand out the next clientpack", Yes: "Hand out",
		Intro: "The next clientpack that was never handed out is checked out, on all controllers.",
		Fields: []form.Field{
			{Name: tagsField, Label: "Tags", Placeholder: "may be empty", Hint: tagsHint, Check: checkTags},
			{Name: lowField, Label: "From", Placeholder: "may be empty", Hint: "lowest overlay address to hand out", Check: checkAddress},
			{Name: highField, Label: "To", Placeholder: "may be empty", Hint: "highest overlay address to hand out", Check: checkAddress},
			{Name: disabledField, Label: "Disabled too", Kind: form.Toggle, Value: "false", Hint: "space: also one that is disabled"},
		},
		Request: func(f *form.Model) control.Request {
			all, _ := parseTags(f.Value(tagsField)) // the fields were checked
			low, _ := optionalAddress(f.Value(lowField))
			high, _ := optionalAddress(f.Value(highField))
			return control.PackNext{Tags: all, Low: low, High: high, IncludeDisabled: f.On(disabledField)}
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

func checkAddress(s string) error {
	_, err := optionalAddress(s)
	return err
}

// optionalAddress reads an overlay address, also as it stands in a clientpack's name; empty: any.
func optionalAddress(s string) (netip.Addr, error) {
	if s = strings.ReplaceAll(strings.TrimSpace(s), "_", "."); s == "" {
		return netip.Addr{}, nil
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return addr, errors.New("not an overlay address: it reads like 100.127.252.1")
	}
	return addr, nil
}

// add adds packs that the license allows.
func (p *Page) add() tea.Cmd {
	return dialog.OpenSheet(p.c, control.PackAdd{}, dialog.Spec{
		Title: "Add clientpacks", Yes: "Add", Intro: "After a license upgrade: adds clientpacks that the license allows and the subnet has addresses for.",
		Fields: []form.Field{{Name: countField, Label: "How many", Value: "1", Hint: "a count, or overlay addresses with spaces between them", Check: func(s string) error {
			_, err := parseAdd(s)
			return err
		}}},
		Request: func(f *form.Model) control.Request {
			request, _ := parseAdd(f.Value(countField)) // the field was checked
			return request
		},
		Done: func(r page.Reply) tea.Cmd {
			added := r.Request.(control.PackAdd)
			return page.Toast(status.Info, figures.Count(max(added.Count, len(added.Addresses)), "clientpack")+" added.")
		},
	})
}

// parseAdd reads a count, or overlay addresses.
func parseAdd(s string) (q control.PackAdd, err error) {
	typed := strings.Fields(s)
	if len(typed) == 1 {
		if q.Count, err = strconv.Atoi(typed[0]); err == nil && q.Count > 0 {
			return q, nil
		}
	}
	q.Count = 0
	for _, one := range typed {
		addr, err := optionalAddress(one)
		if err != nil {
			return q, fmt.Errorf("%q is neither a count, 1 or more, nor an overlay address", one)
		}
		q.Addresses = append(q.Addresses, addr)
	}
	if len(typed) == 0 {
		return q, errors.New("a count, or overlay addresses")
	}
	return q, nil
}

// all offers what can be done with all packs at once.
func (p *Page) all() tea.Cmd {
	yes, no := true, false
	choices := []struct {
		words   string
		request control.Request
	}{
		{"disconnect all", control.ClientDisconnect{All: true}},
		{"new keys for all", control.PackRegenerate{All: true}},
		{"disable all", control.PackSet{All: true, Enabled: &no}},
		{"enable all", control.PackSet{All: true, Enabled: &yes}},
		{"check all out", control.PackSet{All: true, CheckedOut: &yes}},
		{"check all in", control.PackSet{All: true, CheckedOut: &no}},
	}
	var options []string
	for _, c := range choices {
		options = append(options, c.words)
	}
	return dialog.OpenSheet(p.c, control.ClientDisconnect{}, dialog.Spec{
		Title: "All clientpacks", Yes: "Do it",
		Intro: "New keys stop every configuration in use: all of them are to be exported and replaced. Disabled ones are served by no controller. Disconnected clients may come again by themselves.",
		Fields: []form.Field{
			{Name: whatField, Label: "What", Kind: form.Choice, Value: options[0], Options: options},
			{Name: "sure", Label: "Type all", Placeholder: "all", Check: func(s string) error {
				if strings.TrimSpace(s) != "all" {
					return errors.New("type the word all")
				}
				return nil
			}},
		},
		Request: func(f *form.Model) control.Request {
			return choices[slices.Index(options, f.Value(whatField))].request
		},
		Done: func(r page.Reply) tea.Cmd { return p.replied(r) },
	})
}
