package tuitest

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
)

// patience is how long Driver waits for a command. What takes longer, such as a tick or a wait for
// the next snapshot, is left behind until Late.
const patience = 50 * time.Millisecond

// Driver plays messages on a whole console without a terminal and carries out its commands at once.
type Driver struct {
	Model tea.Model
	Sent  []tea.Msg // what the console sent to the terminal or the program: clipboard, quit, …

	late chan tea.Msg
}

// Drive starts a console.
func Drive(m tea.Model) *Driver {
	d := &Driver{Model: m, late: make(chan tea.Msg)}
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

// Late delivers what came of the commands that were left behind, one by one, until the condition holds.
func (d *Driver) Late(holds func() bool) {
	for !holds() {
		d.take(<-d.late)
	}
}

// Screen is what is drawn now.
func (d *Driver) Screen() string { return d.Model.View().Content }

// run carries out a command and takes what comes of it, if it takes no longer than Driver's patience.
func (d *Driver) run(cmd tea.Cmd) {
	msg, rest := within(cmd, patience)
	d.take(msg)
	if rest != nil {
		go func() { d.late <- <-rest }()
	}
}

func (d *Driver) take(msg tea.Msg) {
	if msg == nil {
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

// within carries out a command. If it takes longer than that, rest brings what comes of it.
func within(cmd tea.Cmd, limit time.Duration) (msg tea.Msg, rest <-chan tea.Msg) {
	if cmd == nil {
		return nil, nil
	}
	done := make(chan tea.Msg, 1)
	go func() { done <- cmd() }()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case msg := <-done:
		return msg, nil
	case <-timer.C:
		return nil, done
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
