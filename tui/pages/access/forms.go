package access

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

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

// askPassword sets the API password, or asks for a random one.
func (p *Page) askPassword() tea.Cmd {
	var again string
	return dialog.OpenSheet(p.c, control.AccessPassword{}, dialog.Spec{
		Title: "API password", Yes: "Set", Intro: "For the API user \"api\". Leave it empty and a random one is made and shown once. Programs that use the old one are locked out.",
		Fields: []form.Field{
			{Name: passwordField, Label: "Password", Kind: form.Secret, Placeholder: "empty: a random one", Hint: fmt.Sprintf("at least %d characters", leastPassword), Check: func(s string) error {
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
		Confirm: func(f *form.Model) dialog.Question {
			words := "Set this password?"
			if f.Value(passwordField) == "" {
				words = "Make a random password?"
			}
			return dialog.Question{Title: "API password", Yes: "Set", Text: words + " Programs that sign in as \"api\" with the old one are locked out. Tokens go on."}
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

// askUser sets the second API user, beginning with how it is.
func (p *Page) askUser() tea.Cmd {
	now := p.list.User
	return dialog.OpenSheet(p.c, control.AccessUser{}, dialog.Spec{
		Title: "Second API user", Yes: "Set", Intro: "A second name and password with the same rights as \"api\". What is left empty stays as it is.",
		Fields: []form.Field{
			{Name: enabledField, Label: "May sign in", Kind: form.Toggle, Value: "true", Hint: "space changes it"},
			{Name: userField, Label: "Name", Placeholder: cmp.Or(now.Username, "vnscubed"), Check: checkUser},
			{Name: passwordField, Label: "Password", Kind: form.Secret, Placeholder: "empty: as it is", Check: checkPassword},
		},
		Confirm: func(f *form.Model) dialog.Question {
			if f.On(enabledField) || !now.Enabled {
				return dialog.Question{}
			}
			return dialog.Question{Title: "Second API user", Yes: "Lock out", Text: fmt.Sprintf("Lock %s out? Programs that sign in with this name stop working.", now.Username)}
		},
		Request: func(f *form.Model) control.Request {
			on := f.On(enabledField)
			return control.AccessUser{Enabled: &on, Username: strings.TrimSpace(f.Value(userField)), Password: f.Value(passwordField)}
		},
		Done: func(r page.Reply) tea.Cmd {
			set, is := r.Value.(control.AccessUserSet)
			words := "The second user is set."
			switch {
			case !is || set.Username == "":
			case set.Enabled:
				words = set.Username + " may sign in."
			default:
				words = set.Username + " may not sign in."
			}
			return tea.Batch(page.Toast(status.Info, words), p.ask())
		},
	})
}

// checkUser wants a name that HTTP can carry; "api" is the first user.
func checkUser(s string) error {
	s = strings.TrimSpace(s)
	switch {
	case s == "api":
		return errors.New("this is the name of the first user: choose another one")
	case len(s) > 64 || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == ':' }):
		return errors.New("at most 64 letters, digits and signs, without spaces and colons")
	}
	return nil
}

// askToken makes a token.
func (p *Page) askToken() tea.Cmd {
	return dialog.OpenSheet(p.c, control.AccessTokenCreate{}, dialog.Spec{
		Title: "New API token", Yes: "Make", Intro: "Programs send it in the header Api-Token instead of a password.",
		Fields: []form.Field{
			{Name: nameField, Label: "Name", Placeholder: "what it is for"},
			{Name: expiresField, Label: "Lifetime", Value: "1 hour", Hint: "from a minute to a year: 30m, 12 hours, 30 days, 1y", Check: func(s string) error {
				_, err := control.ParseLifetime(s)
				return err
			}},
			{Name: refreshField, Label: "Refreshes", Kind: form.Toggle, Value: "false", Hint: "space: its lifetime begins anew with each use"},
		},
		Request: func(f *form.Model) control.Request {
			expires, _ := control.ParseLifetime(f.Value(expiresField)) // the field was checked
			return control.AccessTokenCreate{Name: strings.TrimSpace(f.Value(nameField)), Expires: expires, Refreshes: f.On(refreshField)}
		},
		Done: func(r page.Reply) tea.Cmd {
			token, is := r.Value.(control.AccessToken)
			if !is {
				return p.ask()
			}
			return tea.Batch(p.once("API token "+token.Name, token.Token), p.ask())
		},
	})
}

// once shows a secret that nobody can show again.
func (p *Page) once(what, secret string) tea.Cmd {
	return page.Open(newOnce(p.c, what, secret))
}
