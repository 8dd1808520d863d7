package commands

import (
	"context"
	"fmt"

	"vns3/control"
	"vns3/status"
)

// follow waits for a task with progress on standard error, and returns its result.
func (a *app) follow(ctx context.Context, b control.Backend, request control.Request) (string, error) {
	started, err := control.Do[control.TaskStarted](ctx, b, request)
	if err != nil {
		return "", err
	}
	shown := map[int]bool{}
	for snapshot := b.Snapshot(); ; {
		for _, t := range snapshot.Tasks {
			if t.ID != started.Task {
				continue
			}
			a.showSteps(t, shown)
			switch t.State {
			case status.Done:
				return t.Result, nil
			case status.Failed:
				return "", &control.Error{Kind: control.NotAllowed, What: t.Title, Reason: t.Reason, Remedy: t.Remedy}
			}
		}
		if snapshot, err = b.Wait(ctx, snapshot); err != nil {
			return "", err
		}
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
		fmt.Fprintf(a.err, "%s %s  %.0f ms\n", glyph, s.Text, s.TookMs)
	}
}
