package commands

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"vns3/control"
	"vns3/demo"
	"vns3/tui"
	"vns3/tui/page"
	demopage "vns3/tui/pages/demo"
)

// demoFlags say how a demonstration is shown.
type demoFlags struct {
	script    bool // a tour, without a terminal
	noConsole bool
}

func (a *app) demo() *cobra.Command {
	var flags demoFlags
	cmd := &cobra.Command{
		Use: "demo", Short: "Show a mesh of three controllers on this machine, and break it", Args: noArguments,
		Long: `Runs three controllers and two client servers in this process, on 127.0.0.11–13, and opens the console on the first. Its page Demo cuts links, makes them bad, kills and drains controllers, and measures what that does to the traffic of the client servers.

It needs no privilege, changes nothing of this machine and leaves no file behind.`,
		Example: "  vns3 demo\n  vns3 demo --script              a tour without a terminal, with its figures",
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runDemo(cmd.Context(), flags) },
	}
	cmd.Flags().BoolVar(&flags.script, "script", false, "play a tour without a terminal and write what happened; fail where something did not work")
	cmd.Flags().BoolVar(&flags.noConsole, "no-console", false, "write the addresses and wait")
	return cmd
}

func (a *app) runDemo(ctx context.Context, flags demoFlags) (err error) {
	switch {
	case a.configFlag != "" || a.host != "":
		return wrongUse("demo makes its own controllers: it takes neither --config nor --controller")
	case flags.script && flags.noConsole:
		return wrongUse("choose one of --script and --no-console")
	case !flags.script && !flags.noConsole && !a.terminal():
		return &control.Error{Kind: control.Invalid, What: "demo", Reason: "there is no terminal", Remedy: "use vns3 demo --script, or vns3 demo --no-console"}
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	d, err := demo.Start(ctx, demo.Options{Version: a.version, Progress: func(line string) { fmt.Fprintln(a.out, "✓", line) }})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	switch {
	case flags.script:
		return d.Tour(ctx, a.out)
	case flags.noConsole:
		fmt.Fprintln(a.out, demoPlaces(d))
		<-ctx.Done()
		return nil
	}
	return demoConsole(ctx, d)
}

// demoPlaces says how to look at the controllers from outside.
func demoPlaces(d *demo.Demo) string {
	var b strings.Builder
	for id := 1; id <= demo.Size; id++ {
		fmt.Fprintf(&b, "controller %d  https://%v:8000  vns3 --config %s\n", id, d.Address(id), d.Config(id))
	}
	b.WriteString("ctrl+c ends the demonstration")
	return b.String()
}

// demoConsole shows the console until it ends, however it does: what the demonstration is made of goes
// with it.
func demoConsole(ctx context.Context, d *demo.Demo) error {
	err := tui.Run(ctx, tui.Options{
		Backend: d.Backend(demo.Shown), Switch: demoSwitch(d), First: page.Demo,
		Origin: page.Origin{File: d.Config(demo.Shown), Engine: "inside the demo", Inside: true},
		Pages:  tui.Pages{page.Demo: func(c *page.Context) page.Page { return demopage.New(c, d) }},
	})
	if errors.Is(err, tui.ErrTerminalLost) {
		return nil
	}
	return err
}

// demoSwitch opens the controllers of the demonstration, which let everybody in.
func demoSwitch(d *demo.Demo) func(context.Context, tui.Another) (tui.Opened, error) {
	return func(_ context.Context, to tui.Another) (tui.Opened, error) {
		if to.ID < 1 || to.ID > demo.Size {
			return tui.Opened{}, &control.Error{
				Kind: control.NotFound, What: fmt.Sprintf("controller %d", to.ID), Reason: "it is none of the demonstration",
				Remedy: fmt.Sprintf("choose one of 1–%d", demo.Size),
			}
		}
		return tui.Opened{Backend: d.Backend(to.ID), Host: d.Address(to.ID).String()}, nil
	}
}
