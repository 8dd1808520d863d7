package access

import (
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/component/form"
	"vns3/tui/page"
)

const (
	passwordField = "password"
	againField    = "again"
	enabledField  = "enabled"
	userField     = "user"
	nameField     = "name"
	expiresField  = "expires"
	refreshField  = "refreshes"
)

// leastPassword is the shortest password taken here.
const leastPassword = 8

// lifetimes are the choices for a new token; the API takes any span from a minute to a year.
var lifetimes = []struct {
	words string
	span  time.Duration
}{{"1 hour", time.Hour}, {"1 day", 24 * time.Hour}, {"30 days", 30 * 24 * time.Hour}, {"1 year", 365 * 24 * time.Hour}}

// askPassword sets the API password, or asks for a random one.
func (p *Page) askPassword() tea.Cmd {
	var again string
	return dialog.OpenSheet(p.c, control.AccessPassword{}, dialog.Spec{
		Title: "API password", Yes: "Set", Intro: "For the API user \"api\". Leave it empty and a random one is made and shown once. Programs that use the old one are locked out.",
		Fields: []form.Field{
			{Name: passwordField, Label: "Password", Kind: form.Secret, Placeholder: "empty: a random one", Check: func(s string) error {
				again = s
				return checkPassword(s)
			}},
			{Name: againField, Label: "Again", Kind: form.Secret, Check: func(s string) error {
				if s != again {
					return errors.New("the two differ")
				}
				return nil
			}},
		},
		Request: func(f *form.Model) control.Request {
			return control.AccessPassword{Password: f.Value(passwordField)}
		},
		Done: func(r page.Reply) tea.Cmd {
			if set, is := r.Value.(control.AccessPasswordSet); is && set.Password != "" {
				return p.once("API password", set.Password)
			}
			return page.Toast(status.Info, "The API password is set.")
		},
	})
}

func checkPassword(s string) error {
	if s != "" && len([]rune(s)) < leastPassword {
		return fmt.Errorf("at least %d characters", leastPassword)
	}
	return nil
}

// askUser sets the second API user.
func (p *Page) askUser() tea.Cmd {
	return dialog.OpenSheet(p.c, control.AccessUser{}, dialog.Spec{
		Title: "Second API user", Yes: "Set", Intro: "A second name and password with the same rights as \"api\". What is left empty stays as it is.",
		Fields: []form.Field{
			{Name: enabledField, Label: "May sign in", Kind: form.Toggle, Value: "true", Hint: "space changes it"},
			{Name: userField, Label: "Name", Placeholder: "vnscubed"},
			{Name: passwordField, Label: "Password", Kind: form.Secret, Check: checkPassword},
		},
		Request: func(f *form.Model) control.Request {
			on := f.On(enabledField)
			return control.AccessUser{Enabled: &on, Username: strings.TrimSpace(f.Value(userField)), Password: f.Value(passwordField)}
		},
		Done: func(r page.Reply) tea.Cmd {
			set, is := r.Value.(control.AccessUserSet)
			switch {
			case !is || set.Username == "":
				return page.Toast(status.Info, "The second user is set.")
			case set.Enabled:
				return page.Toast(status.Info, set.Username+" may sign in.")
			}
			return page.Toast(status.Info, set.Username+" may not sign in.")
		},
	})
}

// askToken makes a token.
func (p *Page) askToken() tea.Cmd {
	words := make([]string, len(lifetimes))
	for i, l := range lifetimes {
		words[i] = l.words
	}
	return dialog.OpenSheet(p.c, control.AccessTokenCreate{}, dialog.Spec{
		Title: "New API token", Yes: "Make", Intro: "Programs send it in the header Api-Token instead of a password.",
		Fields: []form.Field{
			{Name: nameField, Label: "Name", Placeholder: "what it is for"},
			{Name: expiresField, Label: "Lifetime", Kind: form.Choice, Value: words[0], Options: words},
			{Name: refreshField, Label: "Refreshes", Kind: form.Toggle, Value: "false", Hint: "space: its lifetime begins anew with each use"},
		},
		Request: func(f *form.Model) control.Request {
			request := control.AccessTokenCreate{Name: strings.TrimSpace(f.Value(nameField)), Refreshes: f.On(refreshField)}
			for _, l := range lifetimes {
				if l.words == f.Value(expiresField) {
					request.Expires = l.span
				}
			}
			return request
		},
		Done: func(r page.Reply) tea.Cmd {
			token, is := r.Value.(control.AccessToken)
			if !is {
				return p.Init()
			}
			return tea.Batch(p.once("API token "+token.Name, token.Token), p.Init())
		},
	})
}

// once shows a secret that nobody can show again.
func (p *Page) once(what, secret string) tea.Cmd {
	return page.Open(newOnce(p.c, what, secret))
}
