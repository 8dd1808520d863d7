package engine

import (
	"context"
	"slices"
	"testing"
	"time"

	"vns3/status"
)

// TestWatchWords proves that the step of a hand-over says how many are left while there are some, and keeps
// its own words at the end.
func TestWatchWords(t *testing.T) {
	all := newTasks(func() {})
	e, left := &Engine{tasks: all}, 3
	var seen []string
	plan := taskPlan{name: "takeover", title: "Take over", steps: []string{"shake hands"}}
	_, err := all.start(t.Context(), plan, func(ctx context.Context, p *progress) (string, error) {
		p.step("shake hands")
		n, err := e.watch(ctx, p, "shake hands", time.Minute, func() int {
			seen = append(seen, all.list()[0].Steps[0].Text)
			left--
			return left
		})
		return some(n+1, "client", "is", "are") + " and " + some(n+2, "client", "is", "are"), err
	})
	if err != nil {
		t.Fatal(err)
	}
	all.wait()
	if want := []string{"shake hands", "shake hands: 2 left", "shake hands: 1 left"}; !slices.Equal(seen, want) {
		t.Errorf("the step said %q, want %q", seen, want)
	}
	if done := all.list()[0]; done.State != status.Done || done.Steps[0].Text != "shake hands" || done.Result != "1 client is and 2 clients are" {
		t.Errorf("%s: %s", done.State, done.Result)
	}
}
