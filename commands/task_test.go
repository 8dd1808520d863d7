package commands

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui/tuitest"
)

// A task is followed to its end, and no longer than somebody can tell of it: neither the task of another
// engine that has its number is taken for it, nor is one waited for that is kept no more.
func TestFollow(t *testing.T) {
	at := func(started time.Duration, tasks ...status.Task) *status.Snapshot {
		s := statustest.Three()
		s.Controller.StartedAt, s.Tasks = s.Controller.StartedAt.Add(started), tasks
		return s
	}
	task := func(id int, state status.TaskState) status.Task {
		return status.Task{ID: id, Title: "Drain", State: state, Result: "no client is left here"}
	}
	running, done := at(0, task(7, status.Running)), at(0, task(6, status.Done), task(7, status.Done))
	for name, c := range map[string]struct {
		next         []*status.Snapshot
		result, fail string
	}{
		"done":       {[]*status.Snapshot{running, done}, "no client is left here", ""},
		"restarted":  {[]*status.Snapshot{running, at(time.Minute, task(7, status.Done))}, "", "the engine restarted during it"},
		"gone":       {[]*status.Snapshot{running, nil}, "", "the controller does not answer any more: see vns3 status"},
		"pushed out": {[]*status.Snapshot{running, at(0, task(8, status.Done))}, "", "it is not kept"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			b := &told{Backend: tuitest.NewBackend(at(0, task(6, status.Done))), next: c.next, end: cancel}
			a := &app{out: io.Discard, err: io.Discard}
			result, err := a.follow(ctx, b, 7)
			if result != c.result || (err == nil) != (c.fail == "") || err != nil && !strings.Contains(err.Error(), c.fail) {
				t.Errorf("%q, %v; want %q, %q", result, err, c.result, c.fail)
			}
		})
	}
}
