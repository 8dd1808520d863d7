package commands

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/engine/config"
	"vns3/tui"
	"vns3/tui/component/text"
	"vns3/tui/theme"
)

// mend is the screen that a console opens on where the configuration file is not valid and no last good
// copy is there: what is wrong, at which line, and what to do. It looks at the file again once a second,
// and goes away by itself when the file is valid.
func (a *app) mend(ctx context.Context, where place, looks tui.Options) error {
	looks = looks.Suit(os.Environ())
	m := mending{path: where.config, theme: theme.New(theme.Options{Name: looks.Theme, ASCII: looks.ASCII})}
	m.look()
	options := []tea.ProgramOption{tea.WithContext(ctx), tea.WithOutput(a.out), tea.WithInput(a.in)}
	last, err := tea.NewProgram(m, options...).Run()
	if err != nil && !errors.Is(err, tea.ErrInterrupted) {
		return err
	}
	if last.(mending).problem == nil {
		return nil
	}
	return &control.Error{Kind: control.Invalid, What: where.config, Reason: "it is not valid, and no last good copy is there", Remedy: "mend it; vns3 check says what is wrong"}
}

type mending struct {
	path          string
	theme         *theme.Theme
	problem       error    // what is wrong with the file; nil: nothing
	lines         []string // of the file
	width, height int
}

// look reads the file.
func (m *mending) look() {
	_, m.problem = config.Peek(m.path)
	raw, _ := os.ReadFile(m.path) // without it there is nothing to show of it
	m.lines = strings.Split(string(raw), "\n")
}

type lookAgain mending

// again looks at the file a second later, outside of Update.
func (m mending) again() tea.Cmd {
	return tea.Tick(time.Second, func(time.Time) tea.Msg {
		m.look()
		return lookAgain(m)
	})
}

// Init begins to look at the file.
func (m mending) Init() tea.Cmd { return m.again() }

// Update takes the file's state and the keys.
func (m mending) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.KeyPressMsg:
		switch msg.String() {
		case "q", "esc", "ctrl+c":
			return m, tea.Quit
		}
	case lookAgain:
		m.problem, m.lines = msg.problem, msg.lines
		if m.problem == nil {
			return m, tea.Quit
		}
		return m, m.again()
	}
	return m, nil
}

// View draws what is wrong.
func (m mending) View() tea.View {
	v := tea.View{AltScreen: true, WindowTitle: "vns3"}
	if m.width == 0 {
		return v
	}
	t := m.theme
	foot := append([]string{""}, text.Wrap("Mend it in another terminal: the console opens as soon as it is valid.  "+t.Key.Render("q")+" quit", m.width)...)
	lines := text.Hang(" "+t.Accent.Render("vns3")+" ", t.Strong.Render("cannot start: "+m.path+" is not valid"), m.width)
	for _, p := range m.problems() {
		if lines = append(lines, ""); len(lines)+len(foot) >= m.height {
			break
		}
		lines = append(lines, m.draw(p)...)
	}
	lines = append(lines[:max(min(len(lines), m.height-len(foot)), 0)], foot...)
	v.Content = t.Plain(strings.Join(lines[:min(len(lines), m.height)], "\n"))
	return v
}

// problems is all that is wrong, the first one first.
func (m mending) problems() config.Problems {
	var all config.Problems
	if m.problem == nil || errors.As(m.problem, &all) {
		return all
	}
	return config.Problems{{Reason: m.problem.Error(), Remedy: "change its owner or mode, or use sudo"}}
}

// draw is a problem, what to do, and the line that it is about with the one before.
func (m mending) draw(p config.Problem) []string {
	t, what := m.theme, p.Reason
	if p.Key != "" {
		what = p.Key + ": " + what
	}
	if p.Line > 0 {
		what = fmt.Sprintf("line %d: %s", p.Line, what)
	}
	lines := text.Hang(t.Bad.Render(t.Glyph.Down)+" ", what, m.width)
	if p.Remedy != "" {
		lines = append(lines, text.Hang("  do: ", p.Remedy, m.width)...)
	}
	for n := max(p.Line-1, 1); p.Line > 0 && n <= min(p.Line, len(m.lines)); n++ {
		mark, number := " ", t.Dim.Render(fmt.Sprintf("%4d", n))
		if n == p.Line {
			mark, number = t.Accent.Render(t.Glyph.Cursor), fmt.Sprintf("%4d", n)
		}
		lines = append(lines, text.Cut(mark+number+"  "+shown(m.lines[n-1]), m.width, t.Glyph.Ellipsis))
	}
	return lines
}

// shown is a line of the file without what would steer the terminal.
func shown(line string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ReplaceAll(line, "\t", "    "))
}
