package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"vns3/control"
	"vns3/engine/api/client"
	"vns3/engine/config"
	"vns3/tui"
	"vns3/tui/page"
	"vns3/tui/theme"
)

// console is the command without a name.
func (a *app) console() *cobra.Command {
	var readOnly bool
	cmd := &cobra.Command{
		Use: "vns3", Args: noArguments,
		Short: "A peering mesh of controllers: engine and console in one program",
		Long: `vns3 peers up to nine controllers over WireGuard tunnels into one encrypted mesh that routes round what fails. This one program is the engine and the console over it.

Without a command it opens the console: on the engine that runs on this machine, or else on one that it starts inside.`,
		Example: "  vns3                            the console\n  vns3 headless                   the engine alone\n  vns3 --controller 10.0.2.10     the console of another controller",
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runConsole(cmd.Context(), readOnly) },
	}
	cmd.Flags().BoolVar(&readOnly, "read-only", false, "look at an engine that runs, and change nothing")
	return cmd
}

func (a *app) runConsole(ctx context.Context, readOnly bool) error {
	if !a.terminal() {
		return &control.Error{Kind: control.Invalid, What: "console", Reason: "there is no terminal", Remedy: "use a command such as vns3 status, or vns3 headless for the engine alone"}
	}
	options := tui.Options{Switch: a.switchTo}
	if readOnly {
		options.ReadOnly = "this console was started with --read-only"
	}
	if a.host != "" {
		target, err := a.remote()
		if err != nil {
			return err
		}
		a.typed = target.Password
		options.Origin = page.Origin{Engine: "at " + a.host}
		return attach(ctx, target, options)
	}
	where, err := a.find()
	if err != nil {
		return err
	}
	settings, problem := config.Peek(where.config)
	options.Theme, options.ASCII, options.NoMouse = theme.Name(settings.Console.Theme), settings.Console.ASCII, !settings.Console.Mouse
	options.Keys = settings.Console.Keys
	options.Origin.File = where.config
	switch err := knock(where.socket); {
	case err == nil:
		options.Origin.Engine = "attached locally"
		return attach(ctx, client.Target{Socket: where.socket}, options)
	case errors.Is(err, syscall.EACCES):
		return a.noEngine(where, err)
	case readOnly: // who only looks starts nothing
		return a.noEngine(where, err)
	}
	if err := a.mayRun(where); err != nil {
		return err
	}
	if problem != nil && !there(where.lastGood()) {
		if err := a.mend(ctx, where, options); err != nil {
			return err
		}
	}
	options.Origin.Engine = "inside this console"
	return a.inside(ctx, where, options)
}

// knock finds out whether an engine listens on the socket, without waiting for what it says.
func knock(socket string) error {
	c, err := net.DialTimeout("unix", socket, time.Second)
	if err == nil {
		c.Close()
	}
	return err
}

// attach shows the console of an engine that runs elsewhere. It paints first and connects then.
func attach(ctx context.Context, target client.Target, options tui.Options) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	s := newSeat()
	options.Backend = s
	connected := make(chan *client.Client, 1)
	go func() {
		c, err := client.Dial(ctx, target)
		if err != nil {
			end(err)
		} else {
			s.sit(c)
		}
		connected <- c
	}()
	err := tui.Run(ctx, options)
	end(nil)
	if c := <-connected; c != nil {
		c.Close()
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	if errors.Is(err, tui.ErrTerminalLost) {
		return nil // nothing is lost: the engine is elsewhere
	}
	return err
}

// restarting is how long a controller may refuse connections that has just fetched its keys.
const restarting = 10 * time.Second

// switchTo opens another controller of the mesh, from inside a console: with the password that was typed
// there, else by what the console was started with. It tries one address after the other.
func (a *app) switchTo(ctx context.Context, to tui.Another) (opened tui.Opened, err error) {
	quiet := *a
	quiet.host, quiet.interactive = to.Hosts[0], false
	quiet.typed = cmp.Or(to.Password, a.typed)
	target, err := quiet.remote()
	if err != nil {
		return opened, &control.Error{Kind: control.Unauthorized, What: "login", Reason: err.Error()}
	}
	target.FirstContact = func(host, fingerprint string) { opened.Note = firstContact(host, fingerprint) }
	var missed []string
	for i, host := range to.Hosts {
		opened.Host, opened.Note, target.Address = host, "", host
		if i == len(to.Hosts)-1 {
			target.Patience = restarting
		}
		c, err := client.Dial(ctx, target)
		var refused *control.Error
		switch {
		case err == nil:
			found := c.Snapshot().Controller
			if found.ID == to.ID {
				opened.Backend = c
				return opened, nil
			}
			c.Close() // two private networks may have the same addresses
			missed = append(missed, fmt.Sprintf("%s: controller %d, %q, answers there", host, found.ID, found.Name))
		case errors.As(err, &refused) && refused.Kind == control.Disconnected && ctx.Err() == nil:
			missed = append(missed, host+": "+refused.Reason)
		default:
			return opened, err
		}
	}
	return opened, &control.Error{
		Kind: control.Disconnected, What: fmt.Sprintf("controller %d", to.ID), Reason: strings.Join(missed, "; "),
		Remedy: "is it up, does its row lead to it, and is TCP 8000 open on it to this machine?",
	}
}

// inside shows the console of an engine that it starts in this process.
func (a *app) inside(ctx context.Context, where place, options tui.Options) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	hangups := make(chan os.Signal, 1) // from now on no hangup ends this process by itself
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	asked, stop := signal.NotifyContext(context.WithoutCancel(ctx), syscall.SIGINT, syscall.SIGTERM)
	defer stop() // whoever asks it to end means the engine too, even if the terminal goes away meanwhile

	o := newOwner(a, where, end)
	options.Backend, options.Owner = o.seat, o
	started := make(chan struct{})
	go func() {
		defer close(started)
		if err := o.Start(); err != nil {
			end(err)
		}
	}()
	err := tui.Run(ctx, options)
	<-started
	if errors.Is(err, tui.ErrTerminalLost) {
		a.note("%v; the engine goes on without a console, as process %d", err, os.Getpid())
		return o.outlive(asked, hangups)
	}
	if errors.Is(err, tui.ErrFailed) {
		return o.outliveFailure(err)
	}
	cause := context.Cause(ctx)
	if stopped := o.Stop(); err == nil {
		err = stopped
	}
	o.tell()
	if cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}
