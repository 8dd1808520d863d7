package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"vns3/control"
	"vns3/engine/clients"
	"vns3/engine/mesh"
	"vns3/status"
	"vns3/status/figures"
)

const (
	watchEvery = 100 * time.Millisecond
	// A hand-over takes some round trips; what has not gone by then is named, and goes on in the background.
	drainFor     = 60 * time.Second
	rebalanceFor = 45 * time.Second
	takeoverFor  = 15 * time.Second
	// settle is how long transit traffic needs to be somewhere else once all know.
	settle = time.Second
)

// drain hands everything over to the other controllers, or takes part again. The mark survives a restart.
func (e *Engine) drain(ctx context.Context, q control.Drain) (control.TaskStarted, error) {
	s, err := e.serving()
	if err != nil {
		return control.TaskStarted{}, err
	}
	if _, err := atDesk(ctx, e, func() (control.Nothing, error) { return done(e.markDraining(!q.Undo)) }); err != nil {
		return control.TaskStarted{}, err
	}
	if q.Undo {
		e.tasks.supersede(q.Action(), "it was undone")
		plan := taskPlan{name: q.Action(), title: "Take part again", steps: []string{"tell the mesh"}}
		return e.tasks.start(*e.context.Load(), plan, func(_ context.Context, p *progress) (string, error) {
			p.step("tell the mesh")
			return "this controller takes new clients and transit traffic again; vns3 rebalance brings its clients back", nil
		})
	}
	plan := taskPlan{name: q.Action(), title: "Drain this controller", steps: []string{"transit traffic goes round", "hand clients over"}}
	return e.tasks.start(*e.context.Load(), plan, func(ctx context.Context, p *progress) (string, error) {
		p.step("transit traffic goes round")
		if err := pause(ctx, settle); err != nil {
			return "", err
		}
		p.step("hand clients over")
		left, err := e.watch(ctx, p, "hand clients over", drainFor, s.held)
		switch {
		case err != nil:
			return "", err
		case left > 0:
			return "", &control.Error{
				Kind: control.NotAllowed, What: "drain", Reason: some(left, "client", "is", "are") + " still here: no other controller took them",
				Remedy: "see that another controller is up and not draining; the hand-over goes on by itself",
			}
		}
		return "no client is left here, and no transit traffic: safe to stop", nil
	})
}

// markDraining sets or removes the mark. It runs at the desk.
func (e *Engine) markDraining(on bool) error {
	if err := e.dir.mark("draining", on); err != nil {
		return err
	}
	if e.now.Load().draining == on {
		return nil
	}
	e.revise(func(h *holdings) { h.draining = on })
	e.reconcile()
	text := "this controller drains: clients and traffic go to the others"
	if !on {
		text = "this controller takes part again"
	}
	e.events.add(status.Event{Code: "controller.drain", Text: text})
	return nil
}

// held is how many clients this controller holds.
func (s *session) held() (n int) {
	s.do(func(time.Time) {
		for claim := range s.core.Claims() {
			if claim.Holder == s.self && !claim.Released {
				n++
			}
		}
		n = max(n, s.clients.core.Served())
	})
	return n
}

// rebalance spreads the clients over the controllers again.
func (e *Engine) rebalance(q control.Rebalance) (control.TaskStarted, error) {
	s, err := e.serving()
	if err != nil {
		return control.TaskStarted{}, err
	}
	plan := taskPlan{name: q.Action(), title: "Rebalance clients", steps: []string{"hand clients over"}}
	return e.tasks.start(*e.context.Load(), plan, func(ctx context.Context, p *progress) (string, error) {
		p.step("hand clients over")
		misplaced := func() (n int) {
			s.do(func(time.Time) { n = s.clients.core.Misplaced() })
			return n
		}
		before := misplaced()
		s.do(func(now time.Time) { s.clients.core.RebalanceAll(now) })
		left, err := e.watch(ctx, p, "hand clients over", rebalanceFor, misplaced)
		if err == nil && left > 0 {
			err = &control.Error{Kind: control.NotAllowed, What: "rebalance", Reason: some(left, "client", "is", "are") + " not at the controller of the clientpack", Remedy: "see why on the page of clients; start it again later"}
		}
		if before == 0 {
			return "every client is at the controller of its clientpack already", err
		}
		return some(before-left, "client", "has", "have") + " moved", err
	})
}

// takeover takes the clients of a controller that is not there, whatever the electorate says.
func (e *Engine) takeover(q control.Takeover) (control.TaskStarted, error) {
	s, err := e.serving()
	if err != nil {
		return control.TaskStarted{}, err
	}
	what := fmt.Sprintf("controller %d", q.Controller)
	if err := s.inLoop(func(now time.Time) error {
		switch {
		case q.Controller != s.self && !s.knows(q.Controller, now):
			return &control.Error{Kind: control.NotFound, What: what, Reason: "no such controller is known here: neither row, nor record, nor client of it", Remedy: "see vns3 mesh for those that are lost"}
		case !s.clients.core.TakeOverAll(q.Controller, now):
			return &control.Error{Kind: control.NotAllowed, What: what, Reason: "it is there and serves its clients", Remedy: "drain it, if they are to move"}
		}
		return nil
	}); err != nil {
		return control.TaskStarted{}, err
	}
	plan := taskPlan{name: q.Action(), title: fmt.Sprintf("Take the clients of controller %d", q.Controller), steps: []string{"shake hands with its clients"}}
	return e.tasks.start(*e.context.Load(), plan, func(ctx context.Context, p *progress) (string, error) {
		p.step("shake hands with its clients")
		left, err := e.watch(ctx, p, "shake hands with its clients", takeoverFor, func() (n int) {
			s.do(func(now time.Time) {
				for claim := range s.core.Claims() {
					if !claim.Released && (claim.Holder == q.Controller || clients.Unanswered(claim, now)) {
						n++
					}
				}
			})
			return n
		})
		if err == nil && left > 0 {
			err = &control.Error{Kind: control.NotAllowed, What: what, Reason: some(left, "client", "has", "have") + " not answered", Remedy: "whoever comes by itself is served at once"}
		}
		return "its clients are served here", err
	})
}

// knows reports whether the controller is or was in the mesh, as far as anything tells. It runs in the loop.
func (s *session) knows(id int, now time.Time) bool {
	for claim := range s.core.Claims() {
		if claim.Holder == id {
			return true
		}
	}
	recorded := func(c mesh.ControllerView) bool { return c.Record.Origin == id }
	return s.links.of(id) != nil || slices.ContainsFunc(s.core.View(now).Controllers, recorded)
}

// some counts things in a sentence: "1 client is", "3 clients are".
func some(n int, what, one, many string) string {
	verb := many
	if n == 1 {
		verb = one
	}
	return figures.Count(n, what) + " " + verb
}

// watch says in the running step how many are left, until none is or the time is over.
func (e *Engine) watch(ctx context.Context, p *progress, step string, atMost time.Duration, left func() int) (int, error) {
	say := func(text string) {
		p.edit(func(t *status.Task) {
			for i := range t.Steps {
				if t.Steps[i].State == status.Running {
					t.Steps[i].Text = text
				}
			}
		})
	}
	for end := time.Now().Add(atMost); ; {
		n := left()
		switch {
		case n == 0:
			say(step)
			return 0, nil
		case time.Now().After(end):
			return n, nil
		}
		say(fmt.Sprintf("%s: %d left", step, n))
		if err := pause(ctx, watchEvery); err != nil {
			return n, err
		}
	}
}

// pause waits, or returns the error of ctx.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
