// Command takeover measures how long a client server is without the overlay when its controller is
// lost, and what a drain costs it.
//
// It runs the real program on controllers in network namespaces of their own, and stock WireGuard
// clients or the agent on others, joined by one router. A client sends 1,000 packets a second to a
// client of another controller. Then its controller is killed, cut off from the others, or drained.
// Each trial has a mesh of its own, so that no hold-up of an earlier one distorts it. It prints a table
// of the longest silences and of the packets lost. Nothing leaves the namespaces. It needs root and
// wireguard-go.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"vns3/bench/figures"
	"vns3/internal/lab"
)

const usage = `usage: go run ./bench/takeover [flags]

  go run ./bench/takeover                 ten trials of each row: about twenty minutes
  go run ./bench/takeover -short          one trial of each row
  go run ./bench/takeover -only drain     rows that have this in their name

Flags:
`

func main() {
	trials := flag.Int("trials", 10, "how often each row is measured")
	short := flag.Bool("short", false, "one trial only")
	only := flag.String("only", "", "measure rows that have this in their name")
	flag.Usage = func() { fmt.Fprint(flag.CommandLine.Output(), usage); flag.PrintDefaults() }
	flag.Parse()
	if *short {
		*trials = 1
	}
	lab.Program(func(ctx context.Context) error { return measure(ctx, os.Stdout, *trials, *only) })
}

// measure prints each row when it is complete.
func measure(ctx context.Context, out io.Writer, trials int, only string) error {
	fmt.Fprintf(out, "1,000 packets/s from a client, default settings, %d trials\n\n", trials)
	fmt.Fprintf(out, "%-46s  %-26s  %-22s  %s\n", "event", "silence ms, median [range]", "packets lost", "")
	for _, r := range rows {
		if !strings.Contains(r.name, only) {
			continue
		}
		var silences, lost []int
		for n := range trials {
			name := fmt.Sprintf("%s, trial %d of %d", r.name, n+1, trials)
			err := lab.Within(ctx, name, func(s *lab.Scope) {
				o := r.trial(s)
				silences, lost = append(silences, int(o.Silence.Milliseconds())), append(lost, o.Lost)
				fmt.Fprintf(os.Stderr, "%s: silence %v, %d lost; the machine paused this program for up to %v\n",
					name, o.Silence.Round(time.Millisecond), o.Lost, o.Pause.Round(time.Millisecond))
			})
			if err != nil {
				return err
			}
		}
		fmt.Fprintf(out, "%-46s  %-26s  %-22s  %s\n", r.name, figures.Spread(silences), figures.Spread(lost), r.judge(silences, lost))
	}
	return nil
}

func (r row) judge(silences, lost []int) string {
	switch {
	case r.lossless:
		return figures.Verdict(slices.Max(lost) == 0, "no packet lost")
	case r.aim > 0:
		return figures.Verdict(figures.Median(silences) <= int(r.aim.Milliseconds()), fmt.Sprintf("median ≤ %d ms", r.aim.Milliseconds()))
	default:
		return ""
	}
}
