package commands

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"vns3/control"
	"vns3/status"
)

func (a *app) task() *cobra.Command {
	return family("task", "Tasks that go on by themselves", &cobra.Command{
		Use: "cancel TASK", Short: short("task cancel"), Args: needs(1, 1, "the number of a task, which vns3 status shows"),
		Example: "  vns3 task cancel 3",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := number(args[0], "the number of a task")
			if err != nil {
				return err
			}
			return a.do(cmd, control.TaskCancel{ID: id}, "Task "+strconv.Itoa(id)+" is being cancelled.")
		},
	})
}

// follow waits for a task with progress on standard error, and returns its result. An interrupt ends
// the waiting; the task goes on.
func (a *app) follow(ctx context.Context, b backend, id int) (string, error) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	shown := map[int]bool{}
	snapshot := b.Snapshot()
	for engine := snapshot.Controller.StartedAt; ; {
		if !snapshot.Controller.StartedAt.Equal(engine) { // which counts its tasks anew
			return "", untold(id, "the engine restarted during it")
		}
		i := slices.IndexFunc(snapshot.Tasks, func(t status.Task) bool { return t.ID >= id })
		switch {
		case i < 0: // not shown yet
		case snapshot.Tasks[i].ID != id:
			return "", untold(id, "so many came after it that it is not kept")
		default:
			t := snapshot.Tasks[i]
			a.showSteps(t, shown)
			switch t.State {
			case status.Done:
				return t.Result, nil
			case status.Failed:
				return "", &control.Error{Kind: control.NotAllowed, What: t.Title, Reason: t.Reason, Remedy: t.Remedy}
			}
		}
		var err error
		switch snapshot, err = b.Wait(ctx, snapshot); {
		case ctx.Err() != nil:
			return "", &control.Error{Kind: control.Disconnected, What: "task " + strconv.Itoa(id), Reason: "no longer waited for; it goes on", Remedy: "vns3 status shows it, vns3 task cancel " + strconv.Itoa(id) + " ends it"}
		case errors.Is(err, control.ErrDisconnected):
			return "", untold(id, "the controller does not answer any more")
		case err != nil:
			return "", err
		}
	}
}

// untold says that nobody will tell any more what came of a task.
func untold(id int, reason string) error {
	return &control.Error{
		Kind: control.Disconnected, What: "task " + strconv.Itoa(id), Reason: "what came of it is not known: " + reason,
		Remedy: "see vns3 status and vns3 events; if it was not done, do it again",
	}
}

// showSteps writes each step once, when it has ended.
func (a *app) showSteps(t status.Task, shown map[int]bool) {
	for i, s := range t.Steps {
		if shown[i] || (s.State != status.Done && s.State != status.Failed) {
			continue
		}
		shown[i] = true
		glyph := "✓"
		if s.State == status.Failed {
			glyph = "✗"
		}
		a.note("%s %s  %.0f ms", glyph, s.Text, s.TookMs)
	}
}
