package page

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/tui/component/text"
	"vns3/tui/theme"
)

// Refreshed says that Context.Snapshot changed. The page that is shown and all dialogs get it.
type Refreshed struct{}

// Reply is the answer to Context.Do. Request tells which question it answers.
type Reply struct {
	Request control.Request
	Value   any // what the registry names for the action; nil with Err
	Err     error
}

// To carries Msg to the page or dialog Who and to nobody else. If Who is gone, Msg is dropped.
type To struct {
	Who any
	Msg tea.Msg
}

// Address sends what cmd returns to who alone.
func Address(who any, cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() tea.Msg {
		if msg := cmd(); msg != nil {
			return To{Who: who, Msg: msg}
		}
		return nil
	}
}

// Click is a click into a dialog, with the line that it hit as it is drawn there, without styles.
type Click struct {
	X, Y int
	Line string
}

// On says that the click hit the words in its line.
func (c Click) On(words string) bool {
	before, _, drawn := strings.Cut(c.Line, words)
	from := text.Width(before)
	return drawn && from <= c.X && c.X < from+text.Width(words)
}

// Invoke asks the page that is shown to begin an action of its own, as its key would: the palette
// sends it after it opened the page. Action is the name in the registry, "keyset fetch".
type Invoke struct{ Action string }

// What a page or dialog asks of the frame.
type (
	// GoTo opens a page.
	GoTo struct{ Page ID }
	// OpenDialog puts a dialog on top.
	OpenDialog struct{ Dialog Dialog }
	// Say shows a toast that goes away by itself; with no severity it is a note.
	Say struct {
		Severity status.Severity
		Text     string
	}
	// CopyText sends text to the terminal's clipboard and says so, with What as its name.
	CopyText struct{ What, Text string }
	// SwitchTo shows another controller of the mesh; 0: back to the one that the console was opened on.
	SwitchTo struct{ ID int }
	// SetMouse captures the mouse or leaves it to the terminal.
	SetMouse struct{ On bool }
	// SetTheme draws everything in another theme from now on; it saves nothing.
	SetTheme struct {
		Name  theme.Name
		ASCII bool
	}
	// InstallService hands the engine to systemd, so that it outlives the console.
	InstallService struct{}
	// AskQuit asks how to leave, or leaves at once where there is nothing to ask.
	AskQuit struct{}
)

// Go opens a page.
func Go(id ID) tea.Cmd { return send(GoTo{id}) }

// Open puts a dialog on top.
func Open(d Dialog) tea.Cmd { return send(OpenDialog{d}) }

// Visit opens the console of another controller of the mesh.
func Visit(id int) tea.Cmd { return send(SwitchTo{id}) }

// Toast shows a message that goes away by itself.
func Toast(severity status.Severity, text string) tea.Cmd { return send(Say{severity, text}) }

// Note is a toast that says why nothing was done, where nothing is wrong either.
func Note(text string) tea.Cmd { return send(Say{Text: text}) }

// Copy sends text to the terminal's clipboard; what names it: "topology checksum".
func Copy(what, text string) tea.Cmd { return send(CopyText{what, text}) }

func send(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }

// UseSuggestion is an Invoke of the peering page that is not an action of the controller: it stages
// the peering table that came with a fetched keyset.
const UseSuggestion = "peering suggestion"
