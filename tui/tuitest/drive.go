package tuitest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Driver plays messages on a whole console without a terminal and carries out its commands at once.
type Driver struct {
	TB    testing.TB
	Model tea.Model
	Sent  []tea.Msg // what the console sent to the terminal or the program: clipboard, quit, …

	commands Commands
	screen   string // empty: to be drawn
}

// Drive starts a console inside a bubble. What it waits for, such as a tick or the next snapshot, comes when
// virtual time passes, see After and Late.
func Drive(tb testing.TB, m tea.Model) *Driver {
	d := &Driver{TB: tb, Model: m}
	tb.Cleanup(d.commands.End)
	d.run(m.Init())
	return d
}

// Live starts a console in a program, which has no bubble: a command that takes longer than 50 ms is left
// behind.
func Live(m tea.Model) *Driver {
	d := &Driver{Model: m, commands: Commands{patience: 50 * time.Millisecond}}
	d.run(m.Init())
	return d
}

// Keys presses keys, named as Player.Keys names them.
func (d *Driver) Keys(names ...string) {
	for _, k := range keys(names) {
		d.Send(k)
	}
}

// Send delivers a message and carries out what comes of it.
func (d *Driver) Send(msg tea.Msg) {
	var cmd tea.Cmd
	d.Model, cmd = d.Model.Update(msg)
	d.screen = ""
	d.run(cmd)
}

// After lets time pass and takes what came meanwhile.
func (d *Driver) After(passed time.Duration) {
	d.Screen()
	time.Sleep(passed)
	d.commands.Settle(d.take)
}

// Late lets time pass until the condition holds.
func (d *Driver) Late(holds func() bool) {
	d.TB.Helper()
	const step, limit = 10 * time.Millisecond, time.Minute
	d.After(0)
	for passed := step; !holds(); passed += step {
		if passed > limit {
			d.TB.Fatalf("not within %v:\n%s", limit, d.Screen())
		}
		d.After(step)
	}
}

// Screen is what is drawn now. As in the program, time alone draws nothing anew: a message does.
func (d *Driver) Screen() string {
	if d.screen == "" {
		d.screen = d.Model.View().Content
	}
	return d.screen
}

// Quit says that the console ended.
func (d *Driver) Quit() bool {
	for _, msg := range d.Sent {
		if _, quit := msg.(tea.QuitMsg); quit {
			return true
		}
	}
	return false
}

func (d *Driver) run(cmd tea.Cmd) {
	d.commands.Run(cmd)
	d.commands.Settle(d.take)
}

func (d *Driver) take(msg tea.Msg) {
	if outside(msg) {
		d.Sent = append(d.Sent, msg)
		return
	}
	d.Send(msg)
}

// outside says that a message is for the terminal or the program, not for the console.
func outside(msg tea.Msg) bool {
	switch msg.(type) {
	case tea.QuitMsg, tea.RawMsg:
		return true
	}
	name := fmt.Sprintf("%T", msg)
	return strings.Contains(name, "tea.setClipboardMsg") || strings.Contains(name, "tea.backgroundColorMsg")
}
