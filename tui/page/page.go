// Package page is the contract between the console's frame and its pages and dialogs: what a page
// is, what it is given (Context), and what it may ask of the frame (messages).
//
// A page never does I/O in Update or View: it returns commands, mostly Context.Do, whose reply comes
// back to it alone. It reads the controller from Context.Snapshot and draws with Context.Theme. It
// changes itself in Update only, never in View and never inside a command.
package page

import (
	"charm.land/bubbles/v2/help"
	tea "charm.land/bubbletea/v2"
)

// Page is one page of the console. It lives from its first visit to the end of the program, so what
// was typed on it is still there on the next visit.
type Page interface {
	help.KeyMap // what its keys do now; the frame adds its own

	// Init is called each time that the page is opened.
	Init() tea.Cmd
	// Update handles one message. For a key or the mouse, used says that the page acted on it: the
	// frame tries its own keys only with what was not used. Mouse positions count from the page's
	// own top left corner.
	Update(msg tea.Msg) (cmd tea.Cmd, used bool)
	// View draws the page. What is wider or higher than its size is cut off.
	View() string
	// SetSize says how many columns and lines the page has, its breadcrumb excluded.
	SetSize(width, height int)
	// Note is a short remark that stands at the right of the breadcrumb: "* 1 row unsaved".
	Note() string
	// Typing says that printable keys go into an input or a pop-up now, so that the frame neither
	// shows nor uses its own keys.
	Typing() bool
}

// Unsaved is a page that may hold edits that were not saved.
type Unsaved interface {
	// Unsaved names the edits, "2 rows of the peering table"; empty: there are none.
	Unsaved() string
}

// Dialog is a box above the page. The topmost gets every key; esc reaches it like any other key.
type Dialog interface {
	help.KeyMap

	Init() tea.Cmd
	// Update handles one message; done closes the dialog. Mouse positions count from its own corner;
	// a click comes as Click.
	Update(msg tea.Msg) (cmd tea.Cmd, done bool)
	// View draws the whole box with its border, no larger than width and height.
	View(width, height int) string
}

// Follower is a dialog that shows a task to its end, so that the frame need not announce it.
type Follower interface {
	// Follows is the ID of the task; 0: none.
	Follows() int
}

// Late is a dialog that takes an answer also after it was closed: a secret that is shown once, or why
// what it asked for was refused, is not lost because somebody pressed esc a moment too early.
type Late interface {
	Late(msg tea.Msg) tea.Cmd
}
