// Command console measures the console in a terminal of 120x40 beside its aims: first paint of the
// program itself; from a key to the screen, bytes of a frame, the time of a View, and the processor idle
// and under a flood of snapshots, over a mesh of nine controllers that stands still but for its figures.
//
//	go run ./bench/console [-rounds 20] [-seconds 5]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"

	"vns3/status/statustest"
	"vns3/tui"
	"vns3/tui/tuitest"
)

func main() {
	rounds := flag.Int("rounds", 20, "starts of the program")
	seconds := flag.Int("seconds", 5, "how long each measurement of the processor lasts")
	play := flag.Duration("play", 0, "be the console that is measured: a new snapshot each so often")
	flag.Parse()
	if *play > 0 {
		if err := playing(*play); err != nil {
			fail(err)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop() // a console that is measured must not go on without its terminal
	if err := measure(ctx, *rounds, time.Duration(*seconds)*time.Second); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// measure prints a line for each figure.
func measure(ctx context.Context, rounds int, window time.Duration) error {
	fmt.Printf("%-38s %-26s %s\n", "", "measured", "aim")
	paints, err := firstPaints(ctx, rounds)
	if err != nil {
		return err
	}
	row("first paint", "%.0f ms, p95 %.0f ms", "≤ 60 ms", ms(median(paints)), ms(percentile(paints, 95)))
	for _, load := range []struct {
		name, aim string
		every     time.Duration
	}{{"idle", "≤ 2 %", time.Second}, {"flooded, 1,000 snapshots/s", "≤ 10 %", time.Millisecond}} {
		if err := under(ctx, load.name, load.aim, load.every, window); err != nil {
			return err
		}
	}
	row("View at 80x24", "%.2f ms", "≤ 2 ms", ms(viewTime(80, 24)))
	row("View at 200x50", "%.2f ms", "≤ 5 ms", ms(viewTime(200, 50)))
	return nil
}

// under measures the console while a snapshot comes each so often.
func under(ctx context.Context, load, aim string, every, window time.Duration) error {
	c, err := startPlaying(ctx, every)
	if err != nil {
		return err
	}
	defer c.end()
	used, written := c.watch(window)
	row("processor, "+load, "%.1f %% of a core", aim, used)
	if every < time.Second {
		return nil
	}
	row("bytes of an ordinary frame", "%.0f", "≤ 1,000", float64(written)/window.Seconds())
	keys, err := c.keys(200)
	if err != nil {
		return err
	}
	row("key to screen", "p50 %.1f ms, p95 %.1f ms", "p95 ≤ 17 ms", ms(median(keys)), ms(percentile(keys, 95)))
	return nil
}

func row(name, format, aim string, figures ...any) {
	fmt.Printf("%-38s %-26s %s\n", name, fmt.Sprintf(format, figures...), aim)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// viewTime is what a View of Runtime Status takes on the average.
func viewTime(width, height int) time.Duration {
	const views = 500
	d := tuitest.Live(tui.New(context.Background(), tui.Options{Backend: tuitest.NewBackend(statustest.Nine())}))
	d.Send(tea.WindowSizeMsg{Width: width, Height: height})
	started := time.Now()
	for range views {
		d.Model.View()
	}
	return time.Since(started) / views
}
