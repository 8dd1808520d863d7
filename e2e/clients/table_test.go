//go:build linux

package clients

import (
	"flag"
	"slices"
	"testing"
	"time"

	"vns3/internal/lab"
)

// trials is how many takeovers of each kind are measured; none by default, because each takes seconds.
var trials = flag.Int("trials", 0, "takeovers to measure for each row of the table")

// TestTable measures the outage of takeovers with 1,000 packets a second from the client, and prints the
// table. `go test ./e2e/clients -run TestTable -v -trials 10`
func TestTable(t *testing.T) {
	for _, row := range []struct {
		name        string
		controllers int
		end         func(*lab.Lab)
	}{
		{"three controllers, SIGKILL", 3, func(l *lab.Lab) { l.Of(1).Kill() }},
		{"three controllers, cut off", 3, func(l *lab.Lab) { l.Drop(append(lab.Both(1, 2), lab.Both(1, 3)...)...) }},
		{"five controllers, SIGKILL", 5, func(l *lab.Lab) { l.Of(1).Kill() }},
	} {
		var outages []time.Duration
		for range *trials {
			t.Run(row.name, func(t *testing.T) {
				l, a, b := pair(t, row.controllers)
				f := startFlow(t, a, b)
				row.end(l)
				until(t, "the outage begins", func() bool { return f.sinceLast() > 100*time.Millisecond })
				until(t, "the flow goes on", func() bool { return f.sinceLast() < 20*time.Millisecond })
				_, gap := f.stop()
				outages = append(outages, gap)
			})
		}
		if len(outages) > 0 {
			slices.Sort(outages)
			t.Logf("| %s | %d trials | median %d ms | %d–%d ms |", row.name, len(outages),
				outages[len(outages)/2].Milliseconds(), outages[0].Milliseconds(), outages[len(outages)-1].Milliseconds())
		}
	}
}
