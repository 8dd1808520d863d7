package access

import (
	"fmt"
	"strings"

	"vns3/control"
	"vns3/status/figures"
	"vns3/tui/component/text"
)

// above is how many lines stand above the tokens.
func (p *Page) above() int { return len(p.head()) }

func (p *Page) fit() { p.table.SetSize(p.width, max(min(p.height-p.above(), len(p.list.Tokens)+1), 2)) }

// head says what there is beside tokens.
func (p *Page) head() []string {
	t := p.c.Theme
	line := func(k, label, value string) string {
		return text.Cut(" "+t.Key.Render(k)+"  "+text.Fit(label, 14)+t.Dim.Render(value), p.width, t.Glyph.Ellipsis)
	}
	lines := []string{
		line(p.password.Help().Key, "API password", "of the user \"api\"; stored as a hash"),
		line(p.user.Help().Key, "Second user", p.second()),
	}
	if p.height >= 8 {
		lines = append(append([]string{t.Heading.Render("PASSWORDS")}, lines...), "", t.Heading.Render("TOKENS"))
	}
	return lines
}

// second says who may sign in beside the user "api".
func (p *Page) second() string {
	switch {
	case !p.known:
		return "may sign in beside \"api\""
	case p.list.User.Enabled:
		return p.list.User.Username + " may sign in beside \"api\""
	}
	return "nobody but \"api\" may sign in"
}

// View draws the page.
func (p *Page) View() string {
	t := p.c.Theme
	lines := p.head()
	switch {
	case len(p.list.Tokens) > 0:
		lines = append(lines, strings.Split(p.table.View(p.cells), "\n")...)
	case p.failed != nil:
		lines = append(lines, text.Hang(" "+t.Bad.Render(t.Glyph.Down)+" ", p.failed.Error(), p.width)...)
	case !p.known:
		lines = append(lines, " "+t.Dim.Render("asking "+t.Glyph.Ellipsis))
	default:
		lines = append(lines, text.Hang(" ", "No tokens. A program that uses the API is better given one than the password: "+p.add.Help().Key+" makes one.", p.width)...)
	}
	return strings.Join(lines[:min(len(lines), p.height)], "\n")
}

// cells are the cells of row i, one for each of the columns.
func (p *Page) cells(i int) []string {
	token := p.list.Tokens[i]
	now := p.c.Now()
	used := "never"
	if !token.LastUsed.IsZero() {
		used = figures.Age(now, token.LastUsed) + " ago"
	}
	return []string{fmt.Sprint(token.ID), token.Name, p.state(token), used, token.LastFrom, figures.Age(now, token.CreatedAt) + " ago"}
}

// state is whether a token opens anything, and for how long.
func (p *Page) state(token control.AccessToken) string {
	t := p.c.Theme
	left := token.ExpiresAt.Sub(p.c.Now())
	switch {
	case token.Expired || left <= 0:
		return t.Dim.Render(t.Glyph.Down + " expired")
	case token.Refreshes:
		return t.Good.Render(t.Glyph.Up+" valid") + " " + figures.Span(left) + ", renews"
	}
	return t.Good.Render(t.Glyph.Up+" valid") + " " + figures.Span(left)
}

// detail is everything about a token, as it was when it was asked for last.
func (p *Page) detail(token control.AccessToken, width int) []string {
	for _, newer := range p.list.Tokens {
		if newer.ID == token.ID {
			token = newer
		}
	}
	t, now := p.c.Theme, p.c.Now()
	var lines []string
	add := func(label, value string) {
		lines = append(lines, text.Hang(t.Dim.Render(text.Fit(label, 11)), value, width)...)
	}
	add("number", fmt.Sprint(token.ID))
	if token.Name != "" {
		add("name", token.Name)
	}
	add("state", p.state(token))
	ends := "ends"
	if token.Expired {
		ends = "ended"
	}
	add(ends, text.Clock(now, token.ExpiresAt))
	renews := "from when it was made or renewed"
	if token.Refreshes {
		renews = "from each use"
	}
	add("lifetime", figures.Span(token.Lifetime)+", "+renews)
	add("made", place(text.Clock(now, token.CreatedAt)+", "+figures.Age(now, token.CreatedAt)+" ago", token.From))
	used := "never"
	if !token.LastUsed.IsZero() {
		used = place(text.Clock(now, token.LastUsed)+", "+figures.Age(now, token.LastUsed)+" ago", token.LastFrom)
	}
	add("last used", used)
	return append(lines, "", t.Dim.Render("The token itself was shown once, when it was made."))
}

// place adds where something was done from.
func place(when, from string) string {
	if from == "" {
		return when
	}
	return when + ", from " + from
}
