// Command failover measures how long traffic stops when something in a mesh fails.
//
// It runs the real program on controllers in network namespaces of their own, joined by one router, and
// sends a stream of 1,000 packets a second from controller 1's overlay address to controller 2's. In
// each trial the direct link is blackholed silently; the controller that carries the stream then is
// killed; another that carries it is stopped gracefully; and the link returns. It prints a table of the
// outages and of the packets lost. Each trial has a mesh of its own, so that no hold-up of an earlier
// one distorts it. Nothing leaves the namespaces. It needs root.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"vns3/bench/figures"
	"vns3/internal/lab"
)

const usage = `usage: go run ./bench/failover [flags]

  go run ./bench/failover                    ten trials: about seven minutes
  go run ./bench/failover -short             two trials
  go run ./bench/failover -delay 50ms        every link takes that long, each way
  go run ./bench/failover -loss 5 -for 10m   count reroutes under random loss

Flags:
`

// The aims: a median and a maximum for failures, no packet for what is planned.
const (
	medianAim = 250 * time.Millisecond
	worstAim  = 600 * time.Millisecond
)

func main() {
	trials := flag.Int("trials", 10, "how often each event is measured")
	short := flag.Bool("short", false, "two trials only")
	delay := flag.Duration("delay", 0, "what every link takes, each way")
	percent := flag.Int("loss", 0, "instead of failures: random loss of the direct link, in percent")
	during := flag.Duration("for", 10*time.Minute, "how long the loss lasts")
	flag.Usage = func() { fmt.Fprint(flag.CommandLine.Output(), usage); flag.PrintDefaults() }
	flag.Parse()
	if *short {
		*trials = 2
	}
	lab.Program(func(ctx context.Context) error {
		if *percent > 0 {
			return lossRun(ctx, os.Stdout, *percent, *during, *delay)
		}
		return failures(ctx, os.Stdout, *trials, *delay)
	})
}

func lossRun(ctx context.Context, out io.Writer, percent int, during, delay time.Duration) error {
	return lab.Within(ctx, "loss", func(s *lab.Scope) { loseFor(s, percent, during, delay).write(out, percent) })
}

func failures(ctx context.Context, out io.Writer, trials int, delay time.Duration) error {
	var all [events][]lab.Outcome
	for n := range trials {
		err := lab.Within(ctx, fmt.Sprint("trial ", n+1), func(s *lab.Scope) {
			for event, o := range onePass(s, delay) {
				all[event] = append(all[event], o)
				fmt.Fprintf(os.Stderr, "trial %d of %d: %s: outage %v, %d lost; the machine paused this program for up to %v\n", n+1, trials, eventNames[event], o.Outage, o.Lost, o.Pause)
			}
		})
		if err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "1,000 packets/s from controller 1 to 2, %d controllers, default settings, %v of delay on each link, %d trials\n\n", controllers, delay, trials)
	fmt.Fprintf(out, "%-38s  %-26s  %s\n", "event", "outage ms, median [range]", "packets lost, median [range]")
	for event, outcomes := range all {
		var outages, lost []int
		for _, o := range outcomes {
			outages = append(outages, int(o.Outage/time.Millisecond))
			lost = append(lost, o.Lost)
		}
		fmt.Fprintf(out, "%-38s  %-26s  %-26s  %s\n", eventNames[event], figures.Spread(outages), figures.Spread(lost), judge(event, outages, lost, delay))
	}
	return nil
}

// judge compares with the aims. The aim for failures is one for links without
// delay: a suspicion is confirmed by echoes, which take a round trip.
func judge(event int, outages, lost []int, delay time.Duration) string {
	failure := event == blackholed || event == transitKilled
	switch {
	case failure && delay > 0:
		return fmt.Sprintf("of which %d are a round trip", 2*delay.Milliseconds())
	case failure:
		met := figures.Median(outages) <= int(medianAim.Milliseconds()) && slices.Max(outages) <= int(worstAim.Milliseconds())
		return figures.Verdict(met, fmt.Sprintf("median ≤ %d, none over %d", medianAim.Milliseconds(), worstAim.Milliseconds()))
	default:
		return figures.Verdict(slices.Max(lost) == 0, "no packet lost")
	}
}
