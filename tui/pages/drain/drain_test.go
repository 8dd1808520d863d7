package drain

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vns3/control"
	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

// lost is Three with controller 3 gone.
func lost() *status.Snapshot {
	s := statustest.Three()
	s.Controllers[2].Reachable, s.Controllers[2].LastHeard = false, statustest.Now.Add(-40*time.Second)
	return s
}

// failed is Draining after the drain failed.
func failed() *status.Snapshot {
	s := statustest.Draining()
	task := &s.Tasks[0]
	task.State, task.FinishedAt, task.Cancel = status.Failed, statustest.Now.Add(-time.Second), false
	task.Steps[1].State = status.Failed
	task.Error, task.Reason, task.Remedy = "2 clients stayed", "They did not answer controller 2.", "Look at them in Runtime Status."
	return s
}

// The page at every size: serving, draining, after a failure, with a lost controller, alone, in nine.
func TestGolden(t *testing.T) {
	for name, build := range map[string]func() *status.Snapshot{
		"serving": statustest.Three, "draining": statustest.Draining, "failed": failed, "lost": lost, "single": statustest.Single,
		"nine": statustest.Nine, "unlicensed": statustest.Unlicensed,
	} {
		t.Run(name, func(t *testing.T) {
			tuitest.Golden(t, func(_ *testing.T, c *page.Context) page.Page { return New(c) },
				func() *page.Context { return tuitest.NewContext(tuitest.NewBackend(build())) })
		})
	}
}

// Each key asks first, and asks for the right thing; undoing a drain needs no question.
func TestActions(t *testing.T) {
	for name, c := range map[string]struct {
		build func() *status.Snapshot
		keys  []string
		want  control.Request
		free  bool // of a question
	}{
		"drain":     {statustest.Three, []string{"D"}, control.Drain{}, false},
		"undo":      {statustest.Draining, []string{"u"}, control.Drain{Undo: true}, true},
		"rebalance": {statustest.Three, []string{"b"}, control.Rebalance{}, false},
		"take over": {lost, []string{"end", "T"}, control.Takeover{Controller: 3}, false},
	} {
		tuitest.Run(t, name, func(t *testing.T) {
			b := tuitest.NewBackend(c.build())
			pc := tuitest.NewContext(b)
			player := tuitest.Play(t, pc, New(pc))
			player.Keys(c.keys...)
			if !c.free {
				if len(player.Dialogs) != 1 || len(b.Asked()) != 0 {
					t.Fatalf("no question: %d dialogs, asked %v", len(player.Dialogs), b.Asked())
				}
				player.Arm()
				player.Keys("right", "enter")
			}
			if got := b.Asked(); !reflect.DeepEqual(got, []control.Request{c.want}) {
				t.Errorf("asked for %+v, want %+v", got, c.want)
			}
		})
	}
}

// What makes no sense now is answered with why, and nothing is asked for.
func TestSenseless(t *testing.T) {
	for name, c := range map[string]struct {
		build func() *status.Snapshot
		keys  []string
		why   string
	}{
		"alone": {statustest.Single, []string{"D"}, "no other controller"}, "twice": {statustest.Draining, []string{"D"}, "drains already"},
		"undo nothing": {statustest.Three, []string{"u"}, "does not drain"}, "take over oneself": {statustest.Three, []string{"T"}, "Choose"},
		"not lost": {statustest.Three, []string{"down", "T"}, "not lost"},
	} {
		tuitest.Run(t, name, func(t *testing.T) {
			b := tuitest.NewBackend(c.build())
			pc := tuitest.NewContext(b)
			player := tuitest.Play(t, pc, New(pc))
			player.Keys(c.keys...)
			if len(player.Sent) != 1 || !strings.Contains(player.Sent[0].(page.Say).Text, c.why) || len(b.Asked()) != 0 {
				t.Errorf("told %v, asked %v, want %q", player.Sent, b.Asked(), c.why)
			}
		})
	}
}

// A refusal is told.
func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := tuitest.NewBackend(statustest.Draining())
		b.On("drain", func(control.Request) (any, error) { return nil, errors.New("not now") })
		pc := tuitest.NewContext(b)
		player := tuitest.Play(t, pc, New(pc))
		player.Keys("u")
		if len(player.Sent) != 1 || player.Sent[0].(page.Say).Text != "not now" {
			t.Errorf("told %v", player.Sent)
		}
	})
}

// A long name is shown whole at 80x24; the bars give way to it.
func TestLongNames(t *testing.T) {
	s := statustest.Three()
	s.Controllers[1].Name = "vns3-eu-central-1-b"
	p := New(tuitest.NewContext(tuitest.NewBackend(s)))
	p.SetSize(tuitest.Size{Width: 80, Height: 24}.Page())
	if shown := p.View(); !strings.Contains(shown, "vns3-eu-central-1-b") || !strings.Contains(shown, "(this one)") {
		t.Errorf("the name is cut:\n%s", shown)
	}
}
