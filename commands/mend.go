package commands

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/commands/files"
	"vns3/commands/view"
	"vns3/control"
	"vns3/engine/config"
)

// mend is the screen that a console opens on where the configuration file is not valid and no last good
// copy is there: what is wrong, at which line, and what to do. It looks at the file again once a second,
// and goes away by itself when the file is valid.
func (a *app) mend(ctx context.Context, where place) error {
	options := []tea.ProgramOption{tea.WithContext(ctx), tea.WithOutput(a.out), tea.WithInput(a.in)}
	last, err := tea.NewProgram(mending{where: where, report: examineFile(where)}, options...).Run()
	if err != nil {
		return err
	}
	if last.(mending).valid {
		return nil
	}
	return &control.Error{Kind: control.Invalid, What: where.config, Reason: "it is not valid, and no last good copy is there", Remedy: "mend it; vns3 check says what is wrong"}
}

func examineFile(where place) control.Report {
	return files.Check(files.Options{ConfigPath: where.config, DataDir: where.dataDir})
}

type mending struct {
	where  place
	report control.Report
	width  int
	valid  bool
}

type lookAgain struct{}

func (m mending) look() tea.Cmd {
	return tea.Tick(time.Second, func(time.Time) tea.Msg { return lookAgain{} })
}

// Init begins to look at the file.
func (m mending) Init() tea.Cmd { return m.look() }

// Update takes the file's state and the keys.
func (m mending) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width = msg.Width
	case tea.KeyPressMsg:
		switch msg.String() {
		case "q", "esc", "ctrl+c":
			return m, tea.Quit
		}
	case lookAgain:
		if _, err := config.Peek(m.where.config); err == nil {
			m.valid = true
			return m, tea.Quit
		}
		m.report = examineFile(m.where)
		return m, m.look()
	}
	return m, nil
}

// View draws what is wrong.
func (m mending) View() tea.View {
	v := tea.View{AltScreen: true, WindowTitle: "vns3"}
	if m.width == 0 {
		return v
	}
	text := "vns3 cannot start: " + m.where.config + " is not valid.\n" +
		"Mend it in another terminal; the console opens as soon as it is valid.   q quit\n\n" + view.Report(m.report)
	v.Content = strings.TrimRight(ansi.Wrap(text, m.width, ""), "\n")
	return v
}
