// Package tui is the console: a frame that routes keys, dialogs and snapshots to pages. It knows a
// controller only as a control.Backend and what status shows of it, so it works the same on the
// engine of this process, over the local socket and over HTTPS. It never waits for the engine, and
// the engine never waits for it.
//
// It is made with Bubble Tea v2 (import path charm.land/bubbletea/v2).
package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"vns3/control"
	"vns3/tui/page"
	"vns3/tui/theme"
)

// Options is what a console is started with.
type Options struct {
	Backend  control.Backend
	ReadOnly string              // why nothing may be written; empty: it may
	Origin   page.Origin         // which file and which engine it is on
	Theme    theme.Name          // empty: theme.Auto
	ASCII    bool                // no glyph outside ASCII
	NoMouse  bool                // leave the mouse to the terminal
	Keys     map[string][]string // keys of bindings by name, instead of their own: see page.Keys.Rebind
	Owner    Owner               // nil: the engine is another process
	Pages    Pages               // further pages by name, such as the demonstration's; they replace the built-in ones
	First    page.ID             // what it opens on; page.None: the checklist until it is done, then Runtime Status

	// Switch opens another controller of the mesh; nil: it cannot be done from here. An error of the kind
	// control.Unauthorized makes the console ask for a password and try again.
	Switch func(ctx context.Context, to Another) (Opened, error)

	In  io.Reader // nil: the terminal
	Out io.Writer // nil: the terminal
	Env []string  // nil: os.Environ()

	// Program are further options of the program, such as a fixed size where there is no terminal.
	Program []tea.ProgramOption
}

// Pages makes pages on their first visit.
type Pages map[page.ID]func(*page.Context) page.Page

// Owner is who started the engine inside this process and can say what becomes of it when the
// console ends. Its methods may take a while; the console calls them in the background.
type Owner interface {
	// LeaveRunning makes the engine outlive the console.
	LeaveRunning() error
	// Service hands the engine to systemd: installed, started, and no longer in this process.
	Service() error
	// Stop ends the engine.
	Stop() error
}

// ErrTerminalLost is returned by Run where the terminal went away under the console.
var ErrTerminalLost = errors.New("the terminal went away")

// ErrFailed is returned by Run where the console itself failed. What it shows goes on without it.
var ErrFailed = errors.New("the console failed")

// NoSync, set to anything in the environment, keeps the console from asking for synchronized output.
const NoSync = "VNS3_NO_SYNC"

// framesPerSecond bounds how long a drawn key waits to be written: 8 ms.
const framesPerSecond = 120

// Run shows the console until the user leaves, ctx ends or the terminal goes away.
func Run(ctx context.Context, o Options) error {
	env := o.Env
	if env == nil {
		env = os.Environ()
	}
	o = o.Suit(env)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := New(ctx, o)
	m.shell = o.In == nil && underShell()
	m.sync = lookup(env, NoSync) == "" && lookup(env, "TERM") != "dumb"

	options := []tea.ProgramOption{tea.WithContext(ctx), tea.WithEnvironment(env), tea.WithFPS(framesPerSecond)}
	if o.In != nil {
		options = append(options, tea.WithInput(o.In))
	}
	if o.Out != nil {
		options = append(options, tea.WithOutput(o.Out))
	}
	if lookup(env, "NO_COLOR") != "" {
		options = append(options, tea.WithColorProfile(colorprofile.ASCII))
	}
	program := tea.NewProgram(m, append(options, o.Program...)...)
	lost := watchTerminal(ctx, cancel)
	_, err := program.Run()
	cancel()
	if last := m.closing(m.page.Backend); last != nil {
		last()
	}
	switch {
	case errors.Is(err, tea.ErrProgramPanic):
		return fmt.Errorf("%w: %w", ErrFailed, err)
	case <-lost:
		return ErrTerminalLost
	case err == nil, errors.Is(err, tea.ErrInterrupted), errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil:
		return nil
	}
	return fmt.Errorf("%w: %w", ErrTerminalLost, err)
}

// watchTerminal ends the program's context when its terminal hangs up. The channel then says whether it
// did, once ctx has ended.
func watchTerminal(ctx context.Context, end func()) <-chan bool {
	hangup, lost := make(chan os.Signal, 1), make(chan bool, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	go func() {
		defer signal.Stop(hangup)
		select {
		case <-hangup:
			lost <- true
			end()
		case <-ctx.Done():
			lost <- false
		}
	}()
	return lost
}
