package dialog

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/tui/component/text"
	"vns3/tui/page"
)

// widest is how wide a message is at most, so that lines stay easy to read.
const widest = 76

// Message is a text to read, and to copy.
type Message struct {
	page  *page.Context
	title string
	text  string
	raw   bool
	draw  func(width int) []string // instead of text
	top   int
	shown int
	total int
}

// NewMessage makes a message whose text is wrapped to the box.
func NewMessage(c *page.Context, title, text string) *Message {
	return &Message{page: c, title: title, text: text}
}

// NewRaw makes a message whose lines stay as they are: a configuration, a QR code.
func NewRaw(c *page.Context, title, text string) *Message {
	return &Message{page: c, title: title, text: text, raw: true}
}

// NewLive makes a message whose lines, styled and at most width cells wide, are drawn anew each time:
// it follows what it shows.
func NewLive(c *page.Context, title string, draw func(width int) []string) *Message {
	return &Message{page: c, title: title, draw: draw}
}

// Init does nothing.
func (d *Message) Init() tea.Cmd { return nil }

// Update scrolls, copies and closes.
func (d *Message) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		if msg.Button == tea.MouseWheelUp {
			d.scroll(-3)
		} else {
			d.scroll(3)
		}
	case tea.KeyPressMsg:
		keys := d.page.Keys
		switch msg := page.Latin(msg); {
		case key.Matches(msg, keys.Up):
			d.scroll(-1)
		case key.Matches(msg, keys.Down):
			d.scroll(1)
		case key.Matches(msg, keys.PageUp):
			d.scroll(-d.shown)
		case key.Matches(msg, keys.PageDown):
			d.scroll(d.shown)
		case key.Matches(msg, keys.Copy):
			return page.Copy(d.title, d.copied()), false
		case key.Matches(msg, keys.Back, keys.Enter, keys.Quit):
			return nil, true
		}
	}
	return nil, false
}

// copied is the text without styles.
func (d *Message) copied() string {
	if d.draw == nil {
		return d.text
	}
	return ansi.Strip(strings.Join(d.draw(Inner(widest)), "\n"))
}

func (d *Message) scroll(by int) { d.top = max(min(d.top+by, d.total-d.shown), 0) }

// View draws the part of the text that fits.
func (d *Message) View(width, height int) string {
	inner := Inner(min(width, widest))
	lines := strings.Split(strings.TrimRight(d.text, "\n"), "\n")
	switch {
	case d.draw != nil:
		lines = d.draw(inner)
	case d.raw:
		longest := text.Width(d.title) + 2
		for _, line := range lines {
			longest = max(longest, text.Width(line))
		}
		inner = min(longest, Inner(width))
	default:
		lines = text.Wrap(d.text, inner)
	}
	d.total, d.shown = len(lines), min(len(lines), max(height-2, 1))
	d.scroll(0)
	title := d.title
	if d.shown < d.total {
		title += " " + d.page.Theme.Glyph.ScrollUp + d.page.Theme.Glyph.ScrollDown
	}
	return Box(d.page.Theme, title, lines[d.top:d.top+d.shown], inner+4, height)
}

// ShortHelp names the keys.
func (d *Message) ShortHelp() []key.Binding {
	return []key.Binding{page.Bind("↑↓", "scroll", "up", "down"), d.page.Keys.Copy, page.As(d.page.Keys.Back, "close")}
}

// FullHelp is ShortHelp.
func (d *Message) FullHelp() [][]key.Binding { return [][]key.Binding{d.ShortHelp()} }
