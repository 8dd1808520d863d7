package commands

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/spf13/cobra"

	"vns3/commands/view"
	"vns3/control"
	"vns3/status"
)

func (a *app) status() *cobra.Command {
	return a.reads(&cobra.Command{
		Use: "status", Short: "Show this controller, its peers, and what is wrong", Args: noArguments,
		Long: "Shows this controller at a glance: what is wrong first, each with its remedy, then the controller, its peers, its clients and its machine. With --json the whole snapshot, as every console sees it.",
		RunE: func(cmd *cobra.Command, _ []string) error { return a.show(cmd, view.Status) },
	})
}

func (a *app) mesh() *cobra.Command {
	return a.reads(&cobra.Command{
		Use: "mesh", Short: "Show all controllers and the matrix of their links", Args: noArguments,
		Long: "Shows every controller that the mesh knows, and each direction of each link between them: the round trip in ms of those that are up. Below stand the paths that go round a link.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withSnapshot(cmd, a.open, func(s *status.Snapshot) error {
				mesh := struct {
					Controllers []status.MeshController `json:"controllers"`
					Links       []status.Link           `json:"links"`
				}{s.Controllers, s.Links}
				return a.answer(mesh, view.Mesh(s))
			})
		},
	})
}

// show is a command that shows the snapshot of a running engine.
func (a *app) show(cmd *cobra.Command, text func(*status.Snapshot) string) error {
	return a.withSnapshot(cmd, a.open, func(s *status.Snapshot) error { return a.answer(s, text(s)) })
}

// withSnapshot hands the newest snapshot of a controller to a command.
func (a *app) withSnapshot(cmd *cobra.Command, open func(context.Context) (backend, error), use func(*status.Snapshot) error) error {
	b, err := open(cmd.Context())
	if err != nil {
		return err
	}
	defer b.Close()
	return use(b.Snapshot())
}

func (a *app) events() *cobra.Command {
	var which choice
	cmd := a.reads(&cobra.Command{
		Use: "events", Short: "Show what happened, oldest first", Args: noArguments,
		Long:    "Shows the newest events of the running engine, oldest first; with --follow also those to come, until it is interrupted. With --json one event a line.",
		Example: "  vns3 events --count 200\n  vns3 events --since 1h --severity warn\n  vns3 events --follow --filter \"controller 2\"",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if which.since < 0 {
				return wrongUse("--since %v lies in the future", which.since)
			}
			if s := status.Severity(which.severity); s != status.Info && s != status.Warn && s != status.Error {
				return wrongUse("--severity %q is none of info, warn and error", which.severity)
			}
			if which.since > 0 && !cmd.Flags().Changed("count") {
				which.count = 0
			}
			b, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer b.Close()
			return a.tell(cmd.Context(), b, which)
		},
	})
	cmd.Flags().BoolVarP(&which.follow, "follow", "f", false, "go on with the events to come")
	cmd.Flags().IntVarP(&which.count, "count", "n", 50, "look at the newest `N` of the past; 0: all that are kept")
	cmd.Flags().DurationVar(&which.since, "since", 0, "only those of the last `TIME`, such as 15m or 24h; looks at all that are kept")
	cmd.Flags().StringVar(&which.severity, "severity", string(status.Info), "only those at least so `SEVERE`: info, warn or error")
	cmd.Flags().StringVar(&which.words, "filter", "", "only those with each word of `TEXT` in text, code or time")
	return cmd
}

// choice is which events are shown.
type choice struct {
	count           int // of the past; 0: all that are kept
	follow          bool
	since           time.Duration
	severity, words string
}

// takes says that the event is one to show; now is the controller's clock.
func (c choice) takes(e status.Event, now time.Time) bool {
	return (c.since == 0 || !e.At.Before(now.Add(-c.since))) && e.Severity.AtLeast(status.Severity(c.severity)) &&
		status.Matches(c.words, e.Text+" "+e.Code+" "+e.At.Local().Format("2006-01-02 15:04:05")) // the time as it is shown
}

// tell writes events as they come.
func (a *app) tell(ctx context.Context, b backend, which choice) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	snapshot := b.Snapshot()
	var after uint64
	if which.count > 0 && snapshot.EventSeq > uint64(which.count) {
		after = snapshot.EventSeq - uint64(which.count)
	}
	for {
		events, err := b.Events(ctx, after)
		for _, e := range events {
			after = e.Seq
			if !which.takes(e, snapshot.At) {
				continue
			}
			if err := a.event(e); err != nil {
				return err
			}
		}
		var next *status.Snapshot
		switch {
		case len(events) > 0 && err == nil:
			continue // there may be more
		case !which.follow:
			return err
		default:
			next, err = b.Wait(ctx, snapshot)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, control.ErrDisconnected):
			a.note("%s %v", time.Now().Format("2006-01-02 15:04:05"), err)
		case err != nil:
			return err
		default:
			if !next.Controller.StartedAt.Equal(snapshot.Controller.StartedAt) {
				after = 0 // another engine runs there now
			}
			snapshot = next
		}
	}
}

func (a *app) event(e status.Event) error {
	if a.json {
		return jsonLine(a.out, e)
	}
	_, err := io.WriteString(a.out, view.Event(e))
	return err
}
