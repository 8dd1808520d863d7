// Package commands is the command line of vns3: it finds the engine that a command is for, asks it,
// and writes down the answer. Whatever can be asked stands in the registry of package control; the
// package decides nothing itself.
//
// Exit codes: 0 done, 1 failed, 2 wrong use. Secrets come from a file, a prompt or the environment,
// never from an argument.
package commands

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"golang.org/x/term"

	"vns3/control"
	"vns3/engine/config"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitWrong  = 2
)

// app is what all commands share.
type app struct {
	version     string
	out, err    io.Writer
	in          io.Reader
	lines       *bufio.Reader // of in, for questions
	interactive bool          // somebody can be asked
	screen      bool          // what is written out is seen in a terminal
	env         config.Env
	machine     machine
	relax       func() // before an engine runs here alone; nil: nothing

	// What the flags of every command say.
	configFlag   string
	host         string // another controller, over HTTPS
	passwordFile string // of that controller's API
	typed        string // its password, as the console asked for it once
	json         bool
	yes          bool
}

// Main runs the command line of this process and returns its exit code.
func Main(version string) int {
	a := &app{
		version: versionOf(version), in: os.Stdin, out: os.Stdout, err: os.Stderr, env: config.OSEnv(), machine: thisMachine,
		relax: relaxTimers, interactive: term.IsTerminal(int(os.Stdin.Fd())),
		screen: term.IsTerminal(int(os.Stdout.Fd())),
	}
	return a.run(context.Background(), os.Args[1:])
}

func (a *app) run(ctx context.Context, args []string) int {
	a.lines = bufio.NewReader(a.in)
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	return a.finish(root.ExecuteContext(ctx))
}

// terminal says that a console can be shown here.
func (a *app) terminal() bool { return a.interactive && a.screen }

// finish says what went wrong, and returns the exit code.
func (a *app) finish(err error) int {
	var wrong *usageError
	var failed *silentFailure
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &failed):
		return exitFailed
	case errors.As(err, &wrong):
		a.complain(err.Error())
		return exitWrong
	default:
		a.explain(err)
		return exitFailed
	}
}

// explain writes an error as thing and reason, and the remedy below.
func (a *app) explain(err error) {
	var known *control.Error
	switch {
	case !errors.As(err, &known):
		a.complain(err.Error())
	case known.What != "":
		a.complain(known.What + ": " + known.Reason)
	default:
		a.complain(known.Reason)
	}
	if known != nil && known.Remedy != "" {
		fmt.Fprintf(a.err, "      do: %s\n", known.Remedy)
	}
}

// complain writes what is wrong after the name of this program, which stands there once, whoever made the
// text: nothing else writes it.
func (a *app) complain(text string) {
	name := "vns3: "
	for strings.HasPrefix(text, name) {
		text = strings.TrimPrefix(text, name)
	}
	fmt.Fprintln(a.err, name+text)
}

// usageError is a wrong use of a command.
type usageError struct{ error }

func wrongUse(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// silentFailure ends a command with 1 after it has said why itself.
type silentFailure struct{}

func (*silentFailure) Error() string { return "failed" }

// versionOf is what the build says, else what the module's version control says.
func versionOf(linked string) string {
	if linked != "" {
		return linked
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel-" + s.Value[:12]
		}
	}
	return "devel"
}
