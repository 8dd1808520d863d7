package tui

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"vns3/tui/page"
	"vns3/tui/theme"
	"vns3/tui/tuitest"
)

// act does one thing.
func (k *monkey) act() {
	switch n := k.rand.IntN(100); {
	case n < 32:
		k.press(k.key())
	case n < 62:
		k.press(k.useful())
	case n < 68:
		k.point()
	case n < 78:
		k.width, k.height = k.size()
		k.did("size %dx%d", k.width, k.height)
		k.send(tea.WindowSizeMsg{Width: k.width, Height: k.height})
	case n < 88:
		k.did("%s", k.world.turn())
	case n < 95:
		wait := time.Duration(k.rand.IntN(800)) * time.Millisecond
		if k.rand.IntN(6) == 0 {
			wait *= 20
		}
		k.did("wait %v", wait)
		time.Sleep(wait) // of the bubble
	case n < 97:
		paste := pick(k.rand, []string{"10.0.9.10", "a\nb\nc", "wide 界 word", " ", strings.Repeat("long ", 200)})
		k.did("paste %.20q", paste)
		k.send(tea.PasteMsg{Content: paste})
	default:
		k.odd()
	}
}

// key is any key. Where a file could be written nothing is typed, only chosen.
func (k *monkey) key() string {
	moves := []string{"up", "down", "left", "right", "enter", "enter", "enter", "esc", "tab", "shift+tab", "pgup", "pgdown", "home", "end", "space", "backspace", "delete"}
	if n := len(k.model.dialogs); n > 0 && fmt.Sprintf("%T", k.model.dialogs[n-1]) == "*packs.export" {
		return pick(k.rand, moves)
	}
	letters := strings.Split(`abcdefghijklmnopqrstuvwxyzABCDEGKMRTUX0123456789./:?[]+_= -`, "")
	chords := []string{"ctrl+s", "ctrl+r", "ctrl+g", "ctrl+y", "ctrl+p", "ctrl+n", "ctrl+u", "ctrl+c", "ctrl+a"}
	return pick(k.rand, slices.Concat(moves, moves, letters, chords))
}

// useful is a key that the help names now.
func (k *monkey) useful() string {
	all := k.model.bindings()
	if len(k.model.dialogs) == 0 && !k.model.shown().Typing() {
		all = slices.Concat(append(k.model.shown().FullHelp(), all)...)
	}
	var names []string
	for _, b := range all {
		for _, name := range b.Keys() {
			if b.Enabled() && name != "q" && name != "type" {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return k.key()
	}
	return pick(k.rand, names)
}

func (k *monkey) press(name string) {
	k.did("key %s", name)
	k.send(tuitest.Key(name))
}

// say runs a command of the palette, from wherever it is, and says yes to what it asks.
func (k *monkey) say(command string) {
	for range 3 {
		k.press("esc")
		k.settle()
	}
	k.press(":")
	k.settle()
	command, keys, _ := strings.Cut(command, "|")
	for _, letter := range command {
		k.send(tuitest.Key(string(letter)))
	}
	k.did("type %s", command)
	for _, key := range append([]string{"enter"}, strings.Fields(keys)...) {
		k.press(key)
		k.settle()
	}
	for range k.rand.IntN(5) {
		k.press("enter")
		k.settle()
	}
}

// point uses the mouse.
func (k *monkey) point() {
	at := tea.Mouse{X: k.rand.IntN(max(k.width, 1)), Y: k.rand.IntN(max(k.height, 1)), Button: tea.MouseLeft}
	if k.rand.IntN(3) == 0 {
		at.Button = pick(k.rand, []tea.MouseButton{tea.MouseWheelUp, tea.MouseWheelDown})
		k.did("wheel %v", at)
		k.send(tea.MouseWheelMsg(at))
		return
	}
	k.did("click %v", at)
	k.send(tea.MouseClickMsg(at))
	k.send(tea.MouseMotionMsg(at))
	k.send(tea.MouseReleaseMsg(at))
}

// size is a usual size of the screen, the least one, or any.
func (k *monkey) size() (width, height int) {
	usual := []tuitest.Size{{Width: 60, Height: 15}, {Width: 80, Height: 24}, {Width: 80, Height: 24}, {Width: 140, Height: 40}, {Width: 200, Height: 50}, {Width: 76, Height: 15}, {Width: 120, Height: 30}}
	if k.rand.IntN(4) > 0 {
		s := pick(k.rand, usual)
		return s.Width, s.Height
	}
	return k.rand.IntN(220), k.rand.IntN(70)
}

// odd sends what does not come from a key.
func (k *monkey) odd() {
	msg := pick(k.rand, []tea.Msg{
		page.SetTheme{Name: pick(k.rand, theme.Names()), ASCII: k.rand.IntN(2) == 0}, page.SwitchTo{ID: 2}, page.SwitchTo{ID: 3}, page.SwitchTo{},
		page.GoTo{Page: pick(k.rand, page.All())}, page.GoTo{}, page.To{Who: "nobody", Msg: page.Refreshed{}}, page.Refreshed{}, stillGone{},
		page.Invoke{Action: "no such action"}, tea.FocusMsg{}, tea.BlurMsg{}, page.AskQuit{}, page.InstallService{}, struct{}{},
	})
	k.did("%T %+v", msg, msg)
	k.send(msg)
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }
