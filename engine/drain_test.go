package engine_test

import (
	"slices"
	"strings"
	"testing"

	"vns3/control"
	"vns3/engine/enginetest"
	"vns3/status"
)

// TestTakeoverRefused proves that only the clients of a controller that is lost can be taken over.
func TestTakeoverRefused(t *testing.T) {
	c := enginetest.Mesh(t, 2, "")[0]
	for id, want := range map[int]string{1: "it is there", 2: "it is there", 7: "no such controller is known here"} {
		if _, err := c.Do(t.Context(), control.Takeover{Controller: id}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("controller %d: %v, want %q", id, err, want)
		}
	}
}

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
