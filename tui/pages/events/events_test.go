package events

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/ansi"

	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

func newContext(events []status.Event) func() *page.Context {
	return func() *page.Context {
		s := statustest.Degraded()
		s.EventSeq = uint64(len(events))
		b := tuitest.NewBackend(s)
		b.SetEvents(events)
		return tuitest.NewContext(b)
	}
}

// The page at every size: a long day, filtered by words and severity, and before anything happened.
func TestGolden(t *testing.T) {
	for name, keys := range map[string][]string{"all": nil, "down": {"down", "down", "pgdown"}, "filtered": {"/", `"#3"`, "enter", "v"}, "hour": {"t", "t"}} {
		t.Run(name, func(t *testing.T) {
			tuitest.Golden(t, opened(keys), newContext(statustest.Events(300)))
		})
	}
	t.Run("none", func(t *testing.T) { tuitest.Golden(t, opened(nil), newContext(nil)) })
}

func opened(keys []string) func(*testing.T, *page.Context) page.Page {
	return func(t *testing.T, c *page.Context) page.Page {
		p := New(c)
		player := tuitest.Play(t, c, p)
		player.Keys(keys...)
		return p
	}
}

func screen(p *Page) string { return ansi.Strip(p.View()) }

// New events come in by themselves: at the top they are followed, elsewhere the cursor stays on its event.
func TestFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := statustest.Events(40)
		b := tuitest.NewBackend(nil)
		show := func(n int) *status.Snapshot {
			s := statustest.Three()
			s.EventSeq = uint64(n)
			b.SetEvents(all[:n])
			return s
		}
		first := show(30)
		b.Publish(first)
		c := tuitest.NewContext(b)
		p := New(c)
		player := tuitest.Play(t, c, p)
		if e, _ := p.selected(); e.Seq != 30 {
			t.Fatalf("the cursor is on event %d, want the newest, 30", e.Seq)
		}
		player.Show(show(32))
		if e, _ := p.selected(); e.Seq != 32 {
			t.Errorf("the cursor is on event %d, want the newest, 32", e.Seq)
		}
		player.Keys("down", "down")
		player.Show(show(40))
		if e, _ := p.selected(); e.Seq != 30 {
			t.Errorf("the cursor moved to event %d, want 30 as before", e.Seq)
		}
		if got := len(p.events); got != 40 {
			t.Errorf("%d events, want each of the 40 once", got)
		}
	})
}

// A controller that started anew counts its events anew: the old ones go.
func TestStartsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newContext(statustest.Events(30))()
		p := New(c)
		player := tuitest.Play(t, c, p)
		b := c.Backend.(*tuitest.Backend)
		b.SetEvents(statustest.Events(2))
		s := statustest.Single()
		s.EventSeq, s.Controller.StartedAt = 2, s.Controller.StartedAt.Add(time.Minute)
		late := loaded{from: b, after: 30, err: errors.New("the engine ended")}
		player.Show(s)
		p.Update(late)
		if len(p.events) != 2 || p.failed != nil {
			t.Errorf("%d events and %v, want the two of the new start", len(p.events), p.failed)
		}
	})
}

// What is shown may be older than the events that the controller gives: it is paused, or the next
// snapshot is on its way. That is no new start, and nothing is asked again and again.
func TestAhead(t *testing.T) {
	c := newContext(statustest.Events(40))()
	c.Snapshot.EventSeq = 30
	p := New(c)
	p.Update(p.ask()().(page.To).Msg)
	if len(p.events) != 40 {
		t.Fatalf("%d events, want 40", len(p.events))
	}
	if p.ask() != nil {
		t.Error("asked again, though no newer event is known of")
	}
}

// The cursor stays on its event also when the oldest ones have no room any longer.
func TestStaysWhenFull(t *testing.T) {
	c := newContext(nil)()
	p := New(c)
	p.Init()
	p.SetSize(80, 20)
	all := statustest.Events(most + 30)
	p.Update(loaded{from: c.Backend, events: all[:most]})
	p.table.Select(3)
	before, _ := p.selected()
	p.Update(loaded{from: c.Backend, after: most, events: all[most:]})
	if after, _ := p.selected(); after.Seq != before.Seq {
		t.Errorf("the cursor moved from event %d to %d", before.Seq, after.Seq)
	}
}

// An answer that belongs to another controller is dropped; an error is told, and asked again.
func TestAnswers(t *testing.T) {
	c := newContext(statustest.Events(3))()
	p := New(c)
	p.SetSize(58, 19)
	p.Init()
	p.Update(loaded{from: tuitest.NewBackend(nil), events: statustest.Events(9)})
	if len(p.events) != 0 {
		t.Error("events of another controller were taken in")
	}
	p.Update(loaded{from: c.Backend, err: errors.New("the socket is closed")})
	if got := screen(p); !strings.Contains(got, "the socket is closed") {
		t.Errorf("the reason is not told:\n%s", got)
	}
	if p.ask() == nil {
		t.Error("after an error nobody asks again")
	}
}

// Enter shows the whole event, y copies it.
func TestWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newContext(statustest.Events(7))()
		p := New(c)
		player := tuitest.Play(t, c, p)
		player.Keys("y", "enter")
		if copied, is := player.Sent[0].(page.CopyText); !is || !strings.Contains(copied.Text, "fetch.refused") {
			t.Errorf("copied %v", player.Sent)
		}
		if len(player.Dialogs) != 1 || !strings.Contains(ansi.Strip(player.Dialogs[0].View(80, 24)), "192.0.2.44") {
			t.Error("enter did not show the event")
		}
	})
}
