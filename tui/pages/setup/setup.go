// Package setup is the page Setup checklist: what is left to do on a first run, in order, each step
// with its state. It derives everything from the snapshot and remembers only the first answer.
package setup

import (
	"fmt"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/status"
	"vns3/tui/component/text"
	"vns3/tui/page"
	"vns3/tui/pages/keyset"
	"vns3/tui/pages/license"
)

// Page is the checklist.
type Page struct {
	page          *page.Context
	join          bool // the answer to the first question: yes, join it
	cursor        int  // 0, 1: the answers; 2…: the steps. Moving it answers nothing
	moved         bool // it was, since the page was opened: it no longer follows the steps
	width, height int
}

const answers = 2

// New makes the page.
func New(c *page.Context) *Page { return &Page{page: c} }

// Init puts the cursor where the next step is.
func (p *Page) Init() tea.Cmd {
	p.moved = false
	p.place()
	return nil
}

// place puts the cursor on the next step. While the first question is open, it stays where it is.
func (p *Page) place() {
	if !p.asking() {
		p.cursor = answers + min(next(p.steps(), p.join), count-1)
	}
}

// asking says that the first question is still open.
func (p *Page) asking() bool { return !p.page.Snapshot.Controller.KeysetPresent }

func (p *Page) steps() [count]step { return steps(p.page.Snapshot, p.join, p.inside()) }

// inside says that the engine is in this console, which can hand it on.
func (p *Page) inside() bool {
	return p.page.Origin.Inside && p.page.Snapshot.Controller.Mode == status.Console
}

// SetSize takes the page's size.
func (p *Page) SetSize(width, height int) { p.width, p.height = width, height }

// Note names the file that is in use.
func (p *Page) Note() string {
	if file := p.page.Origin.File; file != "" {
		return p.page.Theme.Dim.Render("file " + text.CutLeft(file, p.width-24, p.page.Theme.Glyph.Ellipsis))
	}
	return ""
}

// Typing is never: the page has no input.
func (p *Page) Typing() bool { return false }

// Update moves the cursor and does steps.
func (p *Page) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case page.Refreshed:
		if !p.moved || p.cursor < answers {
			p.place()
		}
	case tea.MouseClickMsg:
		if row, ok := p.rowAt(msg.Y); ok {
			p.moveTo(row)
			p.answer()
			if row >= answers {
				return p.do(row - answers), true
			}
			return nil, true
		}
	case tea.KeyPressMsg:
		return p.press(msg)
	}
	return nil, false
}

func (p *Page) press(k tea.KeyPressMsg) (tea.Cmd, bool) {
	keys := p.page.Keys
	switch {
	case key.Matches(k, keys.Up):
		p.moveTo(p.cursor - 1)
	case key.Matches(k, keys.Down):
		p.moveTo(p.cursor + 1)
	case k.String() == "space" && p.cursor < answers:
		p.answer()
	case key.Matches(k, keys.Enter):
		if p.cursor < answers {
			p.answer()
			return p.do(next(p.steps(), p.join)), true
		}
		return p.do(p.cursor - answers), true
	case k.String() == "s" && p.inside():
		return func() tea.Msg { return page.InstallService{} }, true
	default:
		return nil, false
	}
	return nil, true
}

// moveTo moves the cursor.
func (p *Page) moveTo(row int) {
	first := 0
	if !p.asking() {
		first = answers
	}
	p.cursor, p.moved = max(min(row, answers+count-1), first), true
}

// answer gives the answer under the cursor.
func (p *Page) answer() {
	if p.cursor < answers {
		p.join = p.cursor == 1
	}
}

// do begins a step; one whose turn has not come says what it waits for.
func (p *Page) do(i int) tea.Cmd {
	all := p.steps()
	turn := next(all, p.join)
	if i >= count {
		return page.Go(page.Routes)
	}
	if !all[i].done && i > turn {
		return page.Toast(status.Warn, fmt.Sprintf("first step %d, %s", turn+1, all[turn].title))
	}
	switch {
	case i == licensing && !all[i].done && !p.join && p.page.MayWrite() && !p.page.Snapshot.Controller.License.Licensed:
		return page.Open(license.NewInstall(p.page))
	case i == keys && !all[i].done && p.page.MayWrite():
		if p.join {
			return tea.Sequence(page.Go(page.Keyset), page.Open(keyset.NewFetch(p.page, "")))
		}
		return tea.Sequence(page.Go(page.Keyset), page.Open(keyset.NewGenerate(p.page)))
	}
	return page.Go(all[i].page)
}

// ShortHelp names the keys.
func (p *Page) ShortHelp() []key.Binding {
	does := "do this step"
	if p.cursor < answers {
		does = "answer, go on"
	}
	help := []key.Binding{page.Bind("↑↓", "move", "up"), page.As(p.page.Keys.Enter, does)}
	if p.inside() {
		help = append(help, page.Bind("s", "service", "s"))
	}
	return help
}

// FullHelp is ShortHelp, and how to answer without going on.
func (p *Page) FullHelp() [][]key.Binding {
	help := p.ShortHelp()
	if p.asking() {
		help = append(help, page.Bind("space", "answer, and stay here", "space"))
	}
	return [][]key.Binding{help}
}
