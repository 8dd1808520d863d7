package keyset

import (
	"testing"
	"testing/synctest"
	"time"

	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui/tuitest"
)

// The keys went while another page was shown: the cursor stands on a choice that is left.
func TestFewerChoices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := tuitest.NewBackend(statustest.Three())
		c := tuitest.NewContext(b)
		p := New(c)
		player := tuitest.Play(t, c, p)
		player.Keys("down", "down", "down")
		c.Snapshot = statustest.NoKeyset()
		p.Init()
		if last := len(p.choices()) - 1; p.cursor != last {
			t.Errorf("the cursor is on choice %d of %d", p.cursor, last)
		}
	})
}

// The engine restarts during the task: the dialog says so, and follows no other task that has the number now.
func TestEngineRestarts(t *testing.T) {
	for name, change := range map[string]func(*status.Snapshot){
		"no task":      func(s *status.Snapshot) { s.Tasks = nil },
		"another task": func(s *status.Snapshot) { s.Tasks[0].Name, s.Tasks[0].State = "drain", status.Done },
		"the same anew": func(s *status.Snapshot) {
			s.Tasks[0].StartedAt, s.Tasks[0].State = s.At.Add(time.Second), status.Done
		},
	} {
		tuitest.Run(t, name, func(t *testing.T) {
			task := fetching(status.Running)
			task.StartedAt = statustest.Unlicensed().At
			player, _, b := open(t, with(statustest.Unlicensed(), task))
			player.Keys("down", "enter")
			s := with(statustest.Unlicensed(), task)
			s.Controller.StartedAt = s.At
			change(s)
			player.Show(s)
			wants(t, top(t, player), "interrupted", "the engine restarted", "Try again")
			player.Keys("enter")
			wants(t, top(t, player), "[ Fetch ]")
			if len(b.Asked()) != 0 {
				t.Errorf("asked %v", b.Asked())
			}
		})
	}
}
