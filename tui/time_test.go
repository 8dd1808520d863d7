package tui_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui"
	"vns3/tui/component/toast"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

// What passes by stays its time and goes by itself, an error later than a note.
func TestToastGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := drive(t, statustest.Three(), nil)
		d.Send(page.Say{Severity: status.Info, Text: "it was done"})
		d.Send(page.Say{Severity: status.Error, Text: "it failed"})
		d.After(toast.Stay - 1)
		wants(t, d, "it was done", "it failed")
		d.After(1)
		if strings.Contains(text(d), "it was done") {
			t.Errorf("a note stays longer than %v:\n%s", toast.Stay, text(d))
		}
		d.After(toast.StayError - toast.Stay - 1)
		wants(t, d, "it failed")
		d.After(1)
		if strings.Contains(text(d), "it failed") {
			t.Errorf("an error stays longer than %v:\n%s", toast.StayError, text(d))
		}
	})
}

// A new snapshot is on the screen a tenth of a second after the one before at the latest, and the newest of
// several; what comes after a pause is shown at once.
func TestSnapshotIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const redraw = 100 * time.Millisecond
		d, b := drive(t, statustest.Three(), nil)
		b.Publish(statustest.Single())
		b.Publish(statustest.Degraded())
		d.After(redraw - 1)
		wants(t, d, "mesh 3 of 3")
		d.After(1)
		wants(t, d, "mesh 3 of 4")
		d.After(redraw)
		b.Publish(statustest.Nine())
		d.After(0)
		wants(t, d, "mesh 9 of 9")
	})
}

// While the controller does not answer, the seconds go on by themselves; its first answer ends them.
func TestNoAnswerIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, b := drive(t, statustest.Three(), nil)
		d.After(time.Second)
		b.Disconnect()
		d.After(0)
		wants(t, d, "no answer for 0s, trying again")
		for _, words := range []string{"for 1s", "for 2s", "for 3s"} {
			d.After(time.Second)
			wants(t, d, words)
		}
		d.After(time.Minute)
		wants(t, d, "no answer for 1m03s, trying again", statustest.Checksum)
		b.Publish(statustest.Degraded())
		d.After(0)
		wants(t, d, "mesh 3 of 4", "the controller answers again")
		d.After(toast.Stay)
		if shown := text(d); strings.Contains(shown, "answers again") || strings.Contains(shown, "no answer") {
			t.Errorf("it stays:\n%s", shown)
		}
	})
}

// A second ctrl+c stops without an answer only where it follows soon: later it asks anew.
func TestSecondInterrupt(t *testing.T) {
	for name, c := range map[string]struct {
		wait time.Duration
		want owner
	}{"soon": {3*time.Second - 1, owner{stopped: 1}}, "late": {3 * time.Second, owner{}}} {
		tuitest.Run(t, name, func(t *testing.T) {
			var got owner
			d, _ := drive(t, statustest.Three(), func(o *tui.Options) { o.Owner = &got })
			d.Keys("ctrl+c", "esc")
			d.After(c.wait)
			d.Keys("ctrl+c")
			if got != c.want || d.Quit() != (c.want.stopped > 0) {
				t.Errorf("after %v: %+v\n%s", c.wait, got, text(d))
			}
		})
	}
}
