package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"vns3/control"
	"vns3/status"
)

// tasksKept is how many finished tasks stay visible.
const tasksKept = 16

// tasks are the long works of this engine. Pages, commands and the API watch the same records.
type tasks struct {
	wake func()

	mu      sync.Mutex
	last    int
	records []status.Task
	cancels map[int]context.CancelFunc
	running sync.WaitGroup
}

func newTasks(wake func()) *tasks {
	return &tasks{wake: wake, cancels: map[int]context.CancelFunc{}}
}

// taskPlan says what a task is before it runs.
type taskPlan struct {
	name, title string
	steps       []string // known beforehand; the task may add more
	cancel      bool     // an operator may cancel it
}

// start runs work in a goroutine of its own until it returns or ctx ends. A task of the same name that
// is still running refuses the new one.
func (t *tasks) start(ctx context.Context, plan taskPlan, work func(context.Context, *progress) (result string, err error)) (control.TaskStarted, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.records {
		if r.Name == plan.name && r.State == status.Running {
			return control.TaskStarted{}, &control.Error{Kind: control.InProgress, What: plan.name, Reason: "it is being done now", Remedy: "wait for it, or cancel it"}
		}
	}
	t.last++
	record := status.Task{ID: t.last, Name: plan.name, Title: plan.title, State: status.Running, StartedAt: time.Now(), Cancel: plan.cancel}
	for _, text := range plan.steps {
		record.Steps = append(record.Steps, status.Step{Text: text, State: status.Waiting})
	}
	if len(t.records) == tasksKept {
		oldest := slices.IndexFunc(t.records, func(r status.Task) bool { return r.State != status.Running })
		t.records = slices.Delete(t.records, max(oldest, 0), max(oldest, 0)+1)
	}
	t.records = append(t.records, record)
	ctx, cancel := context.WithCancel(ctx)
	t.cancels[record.ID] = cancel
	p := &progress{tasks: t, id: record.ID}
	t.running.Go(func() {
		defer cancel()
		result, err := work(ctx, p)
		p.finish(result, err)
	})
	t.wake()
	return control.TaskStarted{Task: record.ID}, nil
}

// cancel asks a task to end.
func (t *tasks) cancel(id int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.records, func(r status.Task) bool { return r.ID == id })
	switch {
	case i < 0:
		return &control.Error{Kind: control.NotFound, What: "task", Reason: "there is no such task"}
	case t.records[i].State != status.Running:
		return &control.Error{Kind: control.NotAllowed, What: t.records[i].Title, Reason: "it has ended already"}
	case !t.records[i].Cancel:
		return &control.Error{Kind: control.NotAllowed, What: t.records[i].Title, Reason: "it cannot be cancelled any more"}
	}
	t.cancels[id]()
	return nil
}

// supersede ends the running tasks of the name, because what they were for is no longer wanted.
func (t *tasks) supersede(name, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.records {
		r := &t.records[i]
		if r.Name != name || r.State != status.Running {
			continue
		}
		r.State, r.FinishedAt, r.Cancel = status.Failed, time.Now(), false
		r.Cancelled, r.Error, r.Reason = true, reason, reason
		for s := range r.Steps {
			if r.Steps[s].State == status.Running {
				r.Steps[s].State = status.Failed
			}
		}
		t.cancels[r.ID]()
	}
}

// list returns a copy of all records, newest last.
func (t *tasks) list() []status.Task {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := slices.Clone(t.records)
	for i := range all {
		all[i].Steps = slices.Clone(all[i].Steps)
	}
	return all
}

// newest returns the newest record with the name.
func (t *tasks) newest(name string) (status.Task, bool) {
	for _, r := range slices.Backward(t.list()) {
		if r.Name == name {
			return r, true
		}
	}
	return status.Task{}, false
}

// wait returns when all tasks have ended.
func (t *tasks) wait() { t.running.Wait() }

// progress is a task's own view of its record.
type progress struct {
	tasks *tasks
	id    int
	began time.Time // of the running step
}

// edit changes the record while the task runs: what has ended stays as it is.
func (p *progress) edit(change func(*status.Task)) {
	p.tasks.mu.Lock()
	for i := range p.tasks.records {
		if r := p.tasks.records[i]; r.ID == p.id && r.State == status.Running {
			change(&p.tasks.records[i])
		}
	}
	p.tasks.mu.Unlock()
	p.tasks.wake()
}

// step ends the running step and begins the next one, which is the first that waits; its text is
// replaced by text. With none waiting a step is added.
func (p *progress) step(text string) {
	now := time.Now()
	p.edit(func(r *status.Task) {
		p.close(r, status.Done, now)
		i := slices.IndexFunc(r.Steps, func(s status.Step) bool { return s.State == status.Waiting })
		if i < 0 {
			r.Steps, i = append(r.Steps, status.Step{}), len(r.Steps)
		}
		r.Steps[i].Text, r.Steps[i].State = text, status.Running
	})
	p.began = now
}

// finished replaces the text of the running step by what was found, and ends it.
func (p *progress) finished(text string) {
	now := time.Now()
	p.edit(func(r *status.Task) {
		for i := range r.Steps {
			if r.Steps[i].State == status.Running {
				r.Steps[i].Text = text
			}
		}
		p.close(r, status.Done, now)
	})
}

// fixed says that the task cannot be cancelled from here on.
func (p *progress) fixed() { p.edit(func(r *status.Task) { r.Cancel = false }) }

func (p *progress) close(r *status.Task, state status.TaskState, now time.Time) {
	for i := range r.Steps {
		if r.Steps[i].State == status.Running {
			r.Steps[i].State, r.Steps[i].TookMs = state, float64(now.Sub(p.began).Microseconds())/1000
		}
	}
}

func (p *progress) finish(result string, err error) {
	now := time.Now()
	p.edit(func(r *status.Task) {
		r.FinishedAt, r.Cancel, r.Result = now, false, result
		if err == nil {
			p.close(r, status.Done, now)
			r.State = status.Done
			return
		}
		p.close(r, status.Failed, now)
		r.State, r.Error = status.Failed, err.Error()
		var known *control.Error
		switch {
		case errors.As(err, &known):
			r.Reason, r.Remedy = known.Reason, known.Remedy
		case errors.Is(err, context.Canceled):
			r.Cancelled, r.Error, r.Reason = true, "cancelled", "it was cancelled; nothing was changed"
		default:
			r.Reason = err.Error()
		}
	})
	p.tasks.mu.Lock()
	delete(p.tasks.cancels, p.id)
	p.tasks.mu.Unlock()
}
