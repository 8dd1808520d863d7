// Package controltest is the contract of control.Backend as tests: every implementation runs it, the
// engine, the client over the socket and the client over HTTPS. It asks only for what no controller
// refuses: names are changed, a route that is not there is removed.
package controltest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"vns3/control"
	"vns3/status"
)

// patience is how long a backend may take for what should take an instant.
const patience = 10 * time.Second

// Run tests one implementation. open returns a fresh backend of a controller whose configuration may
// be written; it registers its own clean-up with the test.
func Run(t *testing.T, open func(t *testing.T) control.Backend) {
	for _, rule := range []struct {
		name string
		test func(*testing.T, context.Context, control.Backend)
	}{
		{"a snapshot comes without asking", snapshotComes},
		{"what was done is in the snapshot", doneIsSeen},
		{"a published snapshot never changes", snapshotStays},
		{"Wait returns when something changed, not before", waitWaits},
		{"Wait ends with its context", waitEnds},
		{"every waiter wakes", allWake},
		{"refusals are control errors with a kind", refusals},
		{"replies have the type that the registry names", replies},
		{"a context that has ended does nothing", endedContext},
		{"events come in order, and only newer ones", eventsInOrder},
		{"all of it at once", atOnce},
	} {
		t.Run(rule.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			rule.test(t, ctx, open(t))
		})
	}
}

func first(t *testing.T, ctx context.Context, b control.Backend) *status.Snapshot {
	t.Helper()
	snap, err := b.Wait(ctx, nil)
	if err != nil || snap == nil {
		t.Fatalf("Wait(nil) = %v, %v", snap, err)
	}
	return snap
}

func rename(t *testing.T, ctx context.Context, b control.Backend, name string) {
	t.Helper()
	if _, err := control.Do[control.Nothing](ctx, b, control.ConfigSet{Name: &name}); err != nil {
		t.Fatalf("rename to %q: %v", name, err)
	}
}

func snapshotComes(t *testing.T, ctx context.Context, b control.Backend) {
	first(t, ctx, b)
	if b.Snapshot() == nil {
		t.Error("Snapshot is nil after Wait returned one")
	}
}

func doneIsSeen(t *testing.T, ctx context.Context, b control.Backend) {
	first(t, ctx, b)
	for i := range 5 {
		name := fmt.Sprintf("Controller %d", i)
		rename(t, ctx, b, name)
		if got := b.Snapshot().Controller.Name; got != name {
			t.Fatalf("after the reply the snapshot says %q, want %q", got, name)
		}
	}
}

func snapshotStays(t *testing.T, ctx context.Context, b control.Backend) {
	old := first(t, ctx, b)
	before, err := json.Marshal(old)
	if err != nil {
		t.Fatal(err)
	}
	rename(t, ctx, b, "Another name")
	after, err := json.Marshal(old)
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Errorf("a snapshot changed after it was published:\n%s\n%s", before, after)
	}
}

func waitWaits(t *testing.T, ctx context.Context, b control.Backend) {
	old := first(t, ctx, b)
	rename(t, ctx, b, "Changed")
	for snap := old; snap.Controller.Name != "Changed"; {
		next, err := b.Wait(ctx, snap)
		if err != nil {
			t.Fatalf("Wait: %v", err)
		}
		if next == snap {
			t.Fatal("Wait returned the snapshot that it was given")
		}
		if next.At.Before(snap.At) {
			t.Fatalf("a snapshot of %v came after one of %v", next.At, snap.At)
		}
		snap = next
	}
}

func waitEnds(t *testing.T, ctx context.Context, b control.Backend) {
	first(t, ctx, b)
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	for snap := b.Snapshot(); ; { // newer ones may still come, but not forever
		next, err := b.Wait(ctx, snap)
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("Wait = %v, want the error of its context", err)
			}
			return
		}
		snap = next
	}
}

func allWake(t *testing.T, ctx context.Context, b control.Backend) {
	first(t, ctx, b)
	var waiting sync.WaitGroup
	for range 8 {
		waiting.Go(func() {
			for snap := b.Snapshot(); snap.Controller.Name != "Woken"; {
				next, err := b.Wait(ctx, snap)
				if err != nil {
					t.Errorf("Wait: %v", err)
					return
				}
				snap = next
			}
		})
	}
	rename(t, ctx, b, "Woken")
	waiting.Wait()
}

func refusals(t *testing.T, ctx context.Context, b control.Backend) {
	first(t, ctx, b)
	_, err := b.Do(ctx, control.RouteRemove{ID: 1 << 20})
	var refused *control.Error
	if !errors.As(err, &refused) {
		t.Fatalf("removing a route that is not there: %v, want a *control.Error", err)
	}
	if refused.Kind != control.NotFound || refused.Reason == "" {
		t.Errorf("removing a route that is not there: %+v, want kind %q and a reason", refused, control.NotFound)
	}
}

func replies(t *testing.T, ctx context.Context, b control.Backend) {
	first(t, ctx, b)
	if _, err := control.Do[control.Report](ctx, b, control.Check{}); err != nil {
		t.Errorf("check: %v", err)
	}
	made, err := control.Do[control.AccessToken](ctx, b, control.AccessTokenCreate{Name: "contract", Expires: time.Hour})
	if err != nil {
		t.Fatalf("create a token: %v", err)
	}
	if made.Token == "" || made.Lifetime != time.Hour {
		t.Errorf("created token %+v: want the token itself and a lifetime of 1h", made)
	}
	list, err := control.Do[control.AccessTokenList](ctx, b, control.AccessTokens{})
	if err != nil || len(list.Tokens) != 1 || list.Tokens[0].ID != made.ID || list.Tokens[0].Token != "" {
		t.Errorf("tokens = %+v, %v: want the one just made, without the token itself", list, err)
	}
}

func endedContext(t *testing.T, ctx context.Context, b control.Backend) {
	before := first(t, ctx, b).Controller.Name
	ended, cancel := context.WithCancel(ctx)
	cancel()
	name := "Never"
	_, err := b.Do(ended, control.ConfigSet{Name: &name})
	var refused *control.Error
	if !errors.As(err, &refused) {
		t.Errorf("Do with an ended context: %v, want a *control.Error", err)
	}
	if _, err := b.Events(ended, 0); err == nil {
		t.Error("Events with an ended context: no error")
	}
	if got := b.Snapshot().Controller.Name; got != before {
		t.Errorf("Do with an ended context changed the name from %q to %q", before, got)
	}
}

func eventsInOrder(t *testing.T, ctx context.Context, b control.Backend) {
	first(t, ctx, b)
	for range 3 { // each is an event
		if _, err := b.Do(ctx, control.AccessTokenCreate{Expires: time.Hour}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := b.Events(ctx, 0)
	if err != nil || len(all) < 3 || len(all) > 1000 {
		t.Fatalf("Events(0): %d events, %v", len(all), err)
	}
	for i := 1; i < len(all); i++ {
		if all[i].Seq <= all[i-1].Seq {
			t.Fatalf("event %d follows event %d", all[i].Seq, all[i-1].Seq)
		}
	}
	last := all[len(all)-1].Seq
	newer, err := b.Events(ctx, all[0].Seq)
	if err != nil || len(newer) == 0 || newer[0].Seq <= all[0].Seq {
		t.Errorf("Events(%d) = %d events, %v: want only newer ones", all[0].Seq, len(newer), err)
	}
	if none, err := b.Events(ctx, last+1_000_000); err != nil || len(none) != 0 {
		t.Errorf("Events beyond the newest: %d events, %v", len(none), err)
	}
}

func atOnce(t *testing.T, ctx context.Context, b control.Backend) {
	first(t, ctx, b)
	const end = "The end"
	var writing, reading sync.WaitGroup
	for i := range 4 {
		writing.Go(func() {
			for n := range 5 {
				name := fmt.Sprintf("Controller %d-%d", i, n)
				if _, err := b.Do(ctx, control.ConfigSet{Name: &name}); err != nil {
					t.Errorf("Do: %v", err)
				}
				if _, err := b.Events(ctx, 0); err != nil {
					t.Errorf("Events: %v", err)
				}
			}
		})
		reading.Go(func() {
			for snap := b.Snapshot(); snap.Controller.Name != end; {
				next, err := b.Wait(ctx, snap)
				if err != nil {
					t.Errorf("Wait: %v", err)
					return
				}
				snap = next
			}
		})
	}
	writing.Wait()
	rename(t, ctx, b, end)
	reading.Wait()
}
