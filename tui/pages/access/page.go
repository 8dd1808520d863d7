// Package access is the page Access: the API password, the second API user, and API tokens. A secret
// that the controller made is shown once, and kept nowhere here.
package access

import (
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/control"
	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/dialog"
	"vns3/tui/component/table"
	"vns3/tui/page"
)

var columns = []table.Column{
	{Title: "ID", Width: 3, Right: true}, {Title: "NAME", Width: 14, Flex: 1}, {Title: "STATE", Width: 22},
	{Title: "LAST USED", Width: 9, Right: true, Yield: 1}, {Title: "FROM", Width: 15, Yield: 2}, {Title: "MADE", Width: 9, Right: true, Yield: 3},
}

// Page is the page.
type Page struct {
	c                                          *page.Context
	width, height                              int
	list                                       control.AccessTokenList
	known                                      bool      // the controller said which tokens there are
	asked                                      time.Time // when it was asked last
	failed                                     error     // why it did not answer
	table                                      *table.Model
	password, user, add, expire, renew, remove key.Binding
}

// New makes the page.
func New(c *page.Context) *Page {
	return &Page{
		c: c, table: table.New(c, columns...),
		password: page.Bind("w", "API password", "w"), user: page.Bind("u", "second user", "u"), add: page.Bind("a", "new token", "a"),
		expire: page.Bind("E", "expire", "E"), renew: page.Bind("n", "renew", "n"), remove: page.Bind("X", "delete", "X", "delete"),
	}
}

// again is how old the list may be while it is looked at: tokens are used and expire, and other consoles
// make some.
const again = 5 * time.Second

// Init asks which tokens there are.
func (p *Page) Init() tea.Cmd { return p.ask() }

func (p *Page) ask() tea.Cmd {
	p.asked = p.c.Now()
	return p.c.Do(p, control.AccessTokens{})
}

// SetSize says how much room there is.
func (p *Page) SetSize(width, height int) {
	p.width, p.height = width, height
	p.fit()
}

// Typing is never so here: values are typed in a dialog.
func (p *Page) Typing() bool { return false }

// Note counts the tokens.
func (p *Page) Note() string {
	if !p.known {
		return ""
	}
	return p.c.Theme.Dim.Render(figures.Count(len(p.list.Tokens), "token"))
}

// Update handles a message.
func (p *Page) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case page.Refreshed:
		if p.c.Now().Sub(p.asked) >= again {
			return p.ask(), true
		}
		return nil, true
	case page.Reply:
		return p.replied(msg), true
	case page.Invoke:
		return p.invoke(msg.Action), true
	case tea.MouseClickMsg:
		msg.Y -= p.above()
		return nil, p.table.Update(msg)
	case tea.KeyPressMsg:
		return p.press(msg)
	}
	return nil, p.table.Update(msg)
}

func (p *Page) press(k tea.KeyPressMsg) (tea.Cmd, bool) {
	switch {
	case key.Matches(k, p.password):
		return p.askPassword(), true
	case key.Matches(k, p.user):
		return p.askUser(), true
	case key.Matches(k, p.add):
		return p.askToken(), true
	}
	token, is := p.selected()
	switch {
	case !is:
		return nil, false
	case key.Matches(k, p.c.Keys.Enter):
		return page.Open(dialog.NewLive(p.c, "API "+name(token), func(width int) []string { return p.detail(token, width) })), true
	case key.Matches(k, p.c.Keys.Copy):
		return page.Copy("API "+name(token), ansi.Strip(strings.Join(p.detail(token, copyWidth), "\n"))), true
	case key.Matches(k, p.expire):
		return p.askExpire(token), true
	case key.Matches(k, p.renew):
		return p.c.Do(p, control.AccessTokenExpire{ID: token.ID}), true
	case key.Matches(k, p.remove):
		return p.askRemove(token), true
	}
	return nil, p.table.Update(k)
}

// selected is the token under the cursor.
func (p *Page) selected() (control.AccessToken, bool) {
	if at := p.table.Cursor(); at >= 0 {
		return p.list.Tokens[at], true
	}
	return control.AccessToken{}, false
}

// copyWidth is wide enough for each line of a token to stay one.
const copyWidth = 200

// name is what a token is called in a sentence.
func name(t control.AccessToken) string {
	return strings.TrimSpace(fmt.Sprintf("token %d %s", t.ID, t.Name))
}

func (p *Page) askExpire(t control.AccessToken) tea.Cmd {
	if t.Expired {
		return page.Note(name(t) + " is expired already: n begins its lifetime anew.")
	}
	return dialog.Ask(p.c, p, control.AccessTokenExpire{ID: t.ID, Expired: true}, dialog.Question{
		Title: "Expire " + name(t), Yes: "Expire", Text: "End its lifetime now? Programs that use it are locked out until it is renewed.",
	})
}

func (p *Page) askRemove(t control.AccessToken) tea.Cmd {
	return dialog.Ask(p.c, p, control.AccessTokenRevoke{ID: t.ID}, dialog.Question{Title: "Delete " + name(t), Yes: "Delete"})
}

// invoke begins an action that the palette sent here.
func (p *Page) invoke(action string) tea.Cmd {
	switch action {
	case control.AccessPassword{}.Action():
		return p.askPassword()
	case control.AccessUser{}.Action():
		return p.askUser()
	case control.AccessTokenCreate{}.Action():
		return p.askToken()
	case control.AccessTokens{}.Action():
		return p.ask()
	}
	token, is := p.selected()
	switch {
	case !is:
		return page.Note("There is no token to do this with: a makes one.")
	case action == control.AccessTokenExpire{}.Action():
		return p.askExpire(token)
	case action == control.AccessTokenRevoke{}.Action():
		return p.askRemove(token)
	}
	return nil
}

// replied takes in the tokens, says what came of an action, and then asks for the tokens anew.
func (p *Page) replied(r page.Reply) tea.Cmd {
	_, listing := r.Request.(control.AccessTokens)
	switch {
	case listing:
		p.failed = r.Err
		if list, is := r.Value.(control.AccessTokenList); is {
			p.list, p.known = list, true
			p.table.SetRows(len(p.list.Tokens))
			p.fit()
		}
		return nil
	case r.Err != nil:
		return page.Toast(status.Error, r.Err.Error())
	}
	said := "The token is deleted."
	if request, is := r.Request.(control.AccessTokenExpire); is {
		said = "The lifetime of the token begins anew."
		if request.Expired {
			said = "The token is expired."
		}
	}
	return tea.Batch(page.Toast(status.Info, said), p.ask())
}

// ShortHelp names the keys.
func (p *Page) ShortHelp() []key.Binding {
	help := []key.Binding{p.password, p.user, p.add}
	if len(p.list.Tokens) > 0 {
		help = append(help, page.As(p.c.Keys.Enter, "detail"), p.renew, p.expire, p.remove)
	}
	return help
}

// FullHelp names all keys.
func (p *Page) FullHelp() [][]key.Binding {
	k := p.c.Keys
	return [][]key.Binding{{p.password, p.user}, {k.Up, k.Down, page.As(k.Enter, "detail"), k.Copy, p.add, p.renew, p.expire, p.remove}}
}
