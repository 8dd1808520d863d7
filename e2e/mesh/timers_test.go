package mesh

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vns3/internal/lab"
)

// All threads of a headless engine let the kernel delay their timers by a millisecond: that of Go's
// runtime, which looks after the others, would otherwise be most of what an idle engine costs.
func TestTimersAreRelaxed(t *testing.T) {
	t.Parallel()
	m := lab.New(t, 1).Of(1)
	m.Configure(nil, "")
	m.Start()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", m.PID()))
	if err != nil || len(threads) < 2 {
		t.Fatalf("threads %v, error %v", threads, err)
	}
	for _, thread := range threads {
		slack, err := os.ReadFile(filepath.Join("/proc", filepath.Base(thread), "timerslack_ns"))
		if err != nil {
			continue // it has ended
		}
		if got := strings.TrimSpace(string(slack)); got != "1000000" {
			t.Errorf("the timers of thread %s may be delayed by %s ns, not by a millisecond", filepath.Base(thread), got)
		}
	}
}
