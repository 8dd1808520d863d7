package toast_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vns3/status"
	"vns3/tui/component/toast"
	"vns3/tui/theme"
	"vns3/tui/tuitest"
)

// A toast goes away after its time, an error later; the same words twice are shown once; a long text
// is wrapped, not cut.
func TestToasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m toast.Model
		th := theme.New(theme.Options{})
		start := time.Now()
		info, failure := m.Add(status.Info, "peering saved"), m.Add(status.Error, strings.Repeat("a reason that is long ", 6))
		m.Add(status.Info, "peering saved")
		drawn := m.View(th, 40)
		tuitest.Fits(t, drawn, 40, 10)
		if strings.Count(drawn, "peering saved") != 1 || strings.Count(drawn, "reason") != 6 {
			t.Errorf("drawn:\n%s", drawn)
		}
		expired := failure().(toast.Expired)
		if time.Since(start) != toast.StayError {
			t.Errorf("an error stays %v", time.Since(start))
		}
		m.Update(expired)
		if strings.Contains(m.View(th, 40), "reason") {
			t.Error("the error is still there")
		}
		m.Update(info().(toast.Expired)) // of the one that was replaced: it takes nothing else away
		if !strings.Contains(m.View(th, 40), "peering saved") || !m.Dismiss() || m.View(th, 40) != "" {
			t.Error("the newer one went, or stays after all were dismissed")
		}
	})
}
