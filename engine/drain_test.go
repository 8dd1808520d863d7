package engine_test

import (
	"slices"
	"testing"

	"vns3/control"
	"vns3/engine/enginetest"
	"vns3/status"
)

// TestUndoWhileDraining proves that a drain that still runs can be undone: its task ends and says so, and
// nothing of it is told as a failure to find another controller.
func TestUndoWhileDraining(t *testing.T) {
	c := enginetest.Mesh(t, 2, "")[0]
	if task := enginetest.Task(t, c, control.Rebalance{}); task.Result != "every client is at the controller of its clientpack already" {
		t.Errorf("a rebalance of nothing: %q", task.Result)
	}
	drain := enginetest.Must[control.TaskStarted](t, c, control.Drain{}).Task
	undo := enginetest.Task(t, c, control.Drain{Undo: true})
	if undo.State != status.Done {
		t.Errorf("the undo: %s %s", undo.State, undo.Error)
	}
	s := c.Until(t, "it does not drain", func(s *status.Snapshot) bool { return !s.Controller.Draining })
	at := slices.IndexFunc(s.Tasks, func(task status.Task) bool { return task.ID == drain })
	if task := s.Tasks[at]; task.State != status.Failed || !task.Cancelled || task.Error != "it was undone" || task.FinishedAt.IsZero() {
		t.Errorf("the drain: %+v", task)
	}
	if again := enginetest.Task(t, c, control.Drain{}); again.State != status.Done {
		t.Errorf("drained anew: %s %s", again.State, again.Error)
	}
}
