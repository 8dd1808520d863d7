package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vns3/engine/config"
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

// TestTasksEndWithEngine proves that an engine of which a part failed ends, with the tasks that go on: nobody
// else ends what they wait for.
func TestTasksEndWithEngine(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "vns3.toml")
	if err := os.WriteFile(path, fmt.Appendf(nil, "[controller]\ndata_dir = %q\n", filepath.Join(dir, "data")), 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := New(Options{ConfigPath: path, Env: config.OSEnv(), Mode: status.Headless, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(e.Socket(), 0o700); err != nil { // so it cannot be opened
		t.Fatal(err)
	}
	_, err = e.tasks.start(t.Context(), taskPlan{name: "drain"}, func(context.Context, *progress) (string, error) {
		<-e.stopped
		<-e.taskContext().Done()
		return "", e.taskContext().Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- e.Run(t.Context()) }()
	select {
	case err := <-ended:
		if err == nil || !strings.Contains(err.Error(), "is no socket") {
			t.Errorf("it ended with: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end")
	}
}
