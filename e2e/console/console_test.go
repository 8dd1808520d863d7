// Package console_test plays the console by keyboard alone on engines that really run: in this process,
// on loopback addresses of their own, and as the program itself inside tmux.
package console_test

import (
	"context"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"vns3/control"
	"vns3/engine/enginetest"
	"vns3/tui"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

// What the keyboard sends.
const (
	enter     = "\r"
	tab       = "\t"
	esc       = "\x1b"
	up        = "\x1b[A"
	down      = "\x1b[B"
	right     = "\x1b[C"
	backspace = "\x7f"
	ctrlG     = "\x07"
	ctrlS     = "\x13"
)

// console is a console on an emulated terminal.
type console struct {
	*tuitest.Terminal
	ended chan error
}

// open shows a console of 80x24 over a controller.
func open(t *testing.T, b control.Backend, change func(*tui.Options)) *console {
	t.Helper()
	c := &console{Terminal: tuitest.NewTerminal(t, tuitest.Size{Width: 80, Height: 24}), ended: make(chan error, 1)}
	o := tui.Options{
		Backend: b, In: c.In, Out: c, Env: []string{"TERM=xterm-256color"}, Origin: page.Origin{Engine: "attached"},
		Program: []tea.ProgramOption{tea.WithWindowSize(80, 24), tea.WithColorProfile(colorprofile.TrueColor), tea.WithoutSignals()},
	}
	if change != nil {
		change(&o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		c.ended <- tui.Run(ctx, o)
	}()
	t.Cleanup(func() { // before the engine ends
		cancel()
		<-gone
	})
	return c
}

// do types keys and waits until all texts stand on the screen.
func (c *console) do(t *testing.T, keys string, texts ...string) {
	t.Helper()
	c.Type(keys)
	c.WaitFor(texts...)
}

// leave waits for the text, presses esc and waits until it is gone: a key that follows at once would be
// taken as one with alt.
func (c *console) leave(t *testing.T, text string) {
	t.Helper()
	c.WaitFor(text)
	c.Type(esc)
	c.Until("left "+text, func() bool { return !strings.Contains(c.Screen(), text) })
}

// command does what the palette has under the name.
func (c *console) command(t *testing.T, name string, texts ...string) {
	t.Helper()
	c.do(t, ":", "Commands")
	c.do(t, name, name)
	c.do(t, enter, texts...)
}

// confirm answers a question with its button Yes: a question takes no key in its first moment, so the
// key is repeated until the question is gone.
func (c *console) confirm(t *testing.T, question string, texts ...string) {
	t.Helper()
	c.Until(question+" is answered", func() bool {
		if strings.Contains(c.Screen(), question) {
			c.Type(enter)
		}
		return !strings.Contains(c.Screen(), question)
	})
	c.WaitFor(texts...)
}

// choose moves the focus to the button of a question that lies beside Cancel, once it takes keys.
func (c *console) choose(t *testing.T, button string) {
	t.Helper()
	c.Until("the focus is on "+button, func() bool {
		c.Type(right)
		return strings.Contains(c.Screen(), "[▸"+button+" ]")
	})
}

// pair starts two controllers that know nothing, and a console over each.
func pair(t *testing.T) (engines [2]*enginetest.Controller, consoles [2]*console) {
	t.Helper()
	network := enginetest.Network()
	for i := range engines {
		engines[i] = enginetest.Start(t, network, i+1, "")
		consoles[i] = open(t, engines[i], nil)
	}
	return engines, consoles
}

// generate makes a topology with the community license on the console of a new controller.
func (c *console) generate(t *testing.T) {
	t.Helper()
	c.WaitFor("Is there already a controller with keys", "2 License")
	c.generateWith(t, enginetest.Token, "topology checksum", "[▸Peering ]")
}

// generateWith fills in the license and the dialog Generate Keyset, and waits for the texts.
func (c *console) generateWith(t *testing.T, token string, texts ...string) {
	t.Helper()
	c.do(t, enter, "Install license")
	c.do(t, down+down+enter, "license installed", "enter: Generate Keyset")
	c.do(t, enter, "Security token")
	c.do(t, "Acme overlay"+tab+token+enter, texts...)
}

// fetch gets the keys of another controller from the first question of a new one.
func (c *console) fetch(t *testing.T, from *enginetest.Controller) {
	t.Helper()
	c.WaitFor("Is there already a controller with keys")
	c.do(t, down+enter, "Controller with the keys")
	c.do(t, from.Address.String()+tab+enginetest.Token+enter, "checksum equal to", "[▸Use its table ]")
}

// fetchWith fills in the dialog Fetch Keyset, and waits for the texts.
func (c *console) fetchWith(t *testing.T, from *enginetest.Controller, token string, texts ...string) {
	t.Helper()
	c.command(t, "keyset fetch", "Controller with the keys")
	c.do(t, from.Address.String()+tab+token+enter, texts...)
}
