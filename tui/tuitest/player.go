package tuitest

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/page"
	"vns3/tui/theme"
)

// NewContext makes the context of a console that shows b, in the dark theme.
func NewContext(b *Backend) *page.Context {
	snapshot := b.Snapshot()
	if snapshot == nil {
		snapshot = &status.Snapshot{}
	}
	return &page.Context{
		Ctx: context.Background(), Backend: b, Snapshot: snapshot, Theme: theme.New(theme.Options{Name: theme.Dark}),
		Keys: page.DefaultKeys(), Width: 80, Height: 24, Mouse: true,
		Origin: page.Origin{File: "/etc/vns3/vns3.toml", Engine: "inside this console", Inside: true},
	}
}

// Player plays messages on one page as the frame does, and carries out its commands at once. What the
// page asks of the frame is kept in Sent; dialogs that it opens stand on top of it.
type Player struct {
	TB      testing.TB
	Context *page.Context
	Page    page.Page
	Dialogs []page.Dialog
	Sent    []tea.Msg // GoTo, Say, CopyText, …: all but OpenDialog and replies

	commands Commands
}

// Play opens the page at 58x19, which is what a page has at 80x24, inside a bubble.
func Play(tb testing.TB, c *page.Context, p page.Page) *Player {
	tb.Helper()
	player := &Player{TB: tb, Context: c, Page: p}
	tb.Cleanup(player.commands.End)
	p.SetSize(58, 19)
	player.Run(p.Init())
	return player
}

// Keys presses keys one after the other: "down", "enter", "ctrl+s", "x". A name that begins with a
// quote is typed letter by letter, `"10.0.2.10"`; one that begins with < is pasted, "<10.0.2.10".
func (p *Player) Keys(names ...string) {
	p.TB.Helper()
	for _, msg := range keys(names) {
		p.Send(msg)
	}
}

func keys(names []string) []tea.Msg {
	var msgs []tea.Msg
	for _, name := range names {
		switch {
		case len(name) > 1 && name[0] == '"':
			for _, r := range strings.TrimSuffix(name[1:], `"`) {
				msgs = append(msgs, Key(string(r)))
			}
		case len(name) > 1 && name[0] == '<':
			msgs = append(msgs, tea.PasteMsg{Content: name[1:]})
		default:
			msgs = append(msgs, Key(name))
		}
	}
	return msgs
}

// Send delivers a message to the topmost dialog, else to the page.
func (p *Player) Send(msg tea.Msg) {
	p.TB.Helper()
	if n := len(p.Dialogs); n > 0 {
		top := p.Dialogs[n-1]
		cmd, done := top.Update(msg)
		if done {
			p.drop(top)
		}
		p.Run(cmd)
		return
	}
	cmd, _ := p.Page.Update(msg)
	p.Run(cmd)
}

// Show publishes a snapshot and refreshes page and dialogs.
func (p *Player) Show(s *status.Snapshot) {
	p.TB.Helper()
	p.Context.Snapshot = s
	for _, d := range append([]page.Dialog(nil), p.Dialogs...) {
		cmd, done := d.Update(page.Refreshed{})
		if done {
			p.drop(d)
		}
		p.Run(cmd)
	}
	cmd, _ := p.Page.Update(page.Refreshed{})
	p.Run(cmd)
}

// Run carries out a command and delivers what comes of it. What takes its time, such as a tick, comes when
// virtual time passes, see After.
func (p *Player) Run(cmd tea.Cmd) {
	p.TB.Helper()
	p.commands.Run(cmd)
	p.commands.Settle(p.deliver)
}

// After lets time pass and delivers what came meanwhile.
func (p *Player) After(passed time.Duration) {
	p.TB.Helper()
	time.Sleep(passed)
	p.commands.Settle(p.deliver)
}

// Arm lets the grace of the topmost question pass.
func (p *Player) Arm() {
	p.TB.Helper()
	p.After(dialog.Grace)
}

func (p *Player) deliver(msg tea.Msg) {
	p.TB.Helper()
	switch msg := msg.(type) {
	case page.To:
		p.To(msg)
	case page.OpenDialog:
		p.Dialogs = append(p.Dialogs, msg.Dialog)
		p.Run(msg.Dialog.Init())
	default:
		p.Sent = append(p.Sent, msg)
	}
}

// To delivers an addressed message.
func (p *Player) To(msg page.To) {
	p.TB.Helper()
	for _, d := range p.Dialogs {
		if msg.Who == any(d) {
			cmd, done := d.Update(msg.Msg)
			if done {
				p.drop(d)
			}
			p.Run(cmd)
			return
		}
	}
	if msg.Who == any(p.Page) {
		cmd, _ := p.Page.Update(msg.Msg)
		p.Run(cmd)
		return
	}
	if closed, waits := msg.Who.(page.Late); waits {
		p.Run(closed.Late(msg.Msg))
	}
}

func (p *Player) drop(gone page.Dialog) {
	for i, d := range p.Dialogs {
		if d == gone {
			p.Dialogs = append(p.Dialogs[:i:i], p.Dialogs[i+1:]...)
			return
		}
	}
}

// Key makes the key press with the name that bindings use.
func Key(name string) tea.KeyPressMsg {
	var mod tea.KeyMod
	for {
		switch {
		case strings.HasPrefix(name, "ctrl+") && len(name) > 5:
			mod, name = mod|tea.ModCtrl, name[5:]
		case strings.HasPrefix(name, "shift+") && len(name) > 6:
			mod, name = mod|tea.ModShift, name[6:]
		default:
			if code, special := specialKeys[name]; special {
				k := tea.KeyPressMsg{Code: code, Mod: mod}
				if name == "space" {
					k.Text = " "
				}
				return k
			}
			k := tea.KeyPressMsg{Code: []rune(name)[0], Mod: mod}
			if mod&tea.ModCtrl == 0 {
				k.Text = name
			}
			return k
		}
	}
}

var specialKeys = map[string]rune{
	"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "enter": tea.KeyEnter, "esc": tea.KeyEscape,
	"tab": tea.KeyTab, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete, "home": tea.KeyHome, "end": tea.KeyEnd,
	"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "space": tea.KeySpace,
}

// Asked says that the page sent the message to the frame.
func (p *Player) Asked(want tea.Msg) bool {
	return slices.ContainsFunc(p.Sent, func(msg tea.Msg) bool { return reflect.DeepEqual(msg, want) })
}
