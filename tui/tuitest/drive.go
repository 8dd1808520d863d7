package tuitest

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
)

// patience is how long Driver waits for a command. What takes longer, such as a tick or a wait for
// the next snapshot, is left behind.
const patience = 50 * time.Millisecond

// Driver plays messages on a whole console without a terminal and carries out its commands at once.
type Driver struct {
	Model tea.Model
	Sent  []tea.Msg // what the console sent to the terminal or the program: clipboard, quit, …
}

// Drive starts a console.
func Drive(m tea.Model) *Driver {
	d := &Driver{Model: m}
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
	d.run(cmd)
}

// Screen is what is drawn now.
func (d *Driver) Screen() string { return d.Model.View().Content }

func (d *Driver) run(cmd tea.Cmd) {
	msg, ok := within(cmd, patience)
	if !ok || msg == nil {
		return
	}
	if cmds, several := batch(msg); several {
		for _, cmd := range cmds {
			d.run(cmd)
		}
		return
	}
	if outside(msg) {
		d.Sent = append(d.Sent, msg)
		return
	}
	d.Send(msg)
}

// within carries out a command, if it takes no longer than that.
func within(cmd tea.Cmd, limit time.Duration) (tea.Msg, bool) {
	if cmd == nil {
		return nil, false
	}
	done := make(chan tea.Msg, 1)
	go func() { done <- cmd() }()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case msg := <-done:
		return msg, true
	case <-timer.C:
		return nil, false
	}
}

// batch takes the commands out of tea.Batch and tea.Sequence.
func batch(msg tea.Msg) ([]tea.Cmd, bool) {
	if b, ok := msg.(tea.BatchMsg); ok {
		return b, true
	}
	return sequence(msg)
}

// outside says that a message is for the terminal or the program, not for the console.
func outside(msg tea.Msg) bool {
	switch msg.(type) {
	case tea.QuitMsg, tea.RawMsg:
		return true
	}
	return strings.Contains(typeName(msg), "tea.setClipboardMsg") || strings.Contains(typeName(msg), "tea.backgroundColorMsg")
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
