package commands

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"vns3/control"
	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui/tuitest"
)

// told is a controller whose snapshots come one after the other; at a nil one it has gone away, and then
// nobody waits any longer.
type told struct {
	*tuitest.Backend
	next []*status.Snapshot
	end  func()
}

func (c *told) Wait(ctx context.Context, _ *status.Snapshot) (*status.Snapshot, error) {
	if len(c.next) == 0 {
		c.end()
		return nil, ctx.Err()
	}
	s := c.next[0]
	c.next = c.next[1:]
	if s == nil {
		return nil, control.ErrDisconnected
	}
	return s, nil
}

func (c *told) Close() error { return nil }

// Each event is written once, also when the controller gives one that the next snapshot does not know of
// yet; after a new start the events of the new engine are written from the first on.
func TestEventsOnce(t *testing.T) {
	at := func(seq uint64, started time.Duration) *status.Snapshot {
		s := statustest.Three()
		s.EventSeq, s.Controller.StartedAt = seq, s.Controller.StartedAt.Add(started)
		return s
	}
	for name, c := range map[string]struct {
		next []*status.Snapshot
		want int
	}{
		"ahead":   {[]*status.Snapshot{at(2, 0), at(3, 0)}, 3},
		"restart": {[]*status.Snapshot{at(3, time.Minute)}, 6},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			b := &told{Backend: tuitest.NewBackend(at(2, 0)), next: c.next, end: cancel}
			b.SetEvents(statustest.Events(3))
			var out strings.Builder
			a := &app{out: &out, err: io.Discard}
			if err := a.tell(ctx, b, choice{follow: true, severity: string(status.Info)}); err != nil {
				t.Fatal(err)
			}
			if got := strings.Count(out.String(), "\n"); got != c.want {
				t.Errorf("%d lines, want %d:\n%s", got, c.want, out.String())
			}
		})
	}
}

// A filter finds an event by the time that is shown, wherever its controller stands.
func TestEventsByTime(t *testing.T) {
	e := statustest.Events(1)[0]
	shown := e.At.Local().Format("2006-01-02 15:04:05")
	_, here := e.At.Local().Zone()
	e.At = e.At.In(time.FixedZone("far away", here+5*3600))
	if which := (choice{severity: string(status.Info), words: shown}); !which.takes(e, e.At) {
		t.Errorf("%s is not found as %s", e.At, shown)
	}
}
