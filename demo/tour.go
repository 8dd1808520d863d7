package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"vns3/status"
	page "vns3/tui/pages/demo"
)

// tour plays what can be seen on the page, without a terminal, and tells the figures.
type tour struct {
	*Demo
	out io.Writer
}

// stop is one thing that a tour shows. play returns what came of it, or what did not work.
type stop struct {
	title string
	play  func(*tour, context.Context) (string, error)
}

var stops = []stop{
	{"all is well", (*tour).calm},
	{"cut the link #1–#2", (*tour).cut},
	{"mend it", (*tour).mend},
	{"kill controller 2", (*tour).kill},
	{"revive it", (*tour).revive},
	{"drain the controller that took its client", (*tour).drain},
	{"take the drain back", (*tour).undrain},
}

// Tour plays a tour of the demonstration and writes what happened. It ends at the first thing that did
// not work, with what that was. A loss while the machine stood still is told as one that is not judged:
// such a stop is neither a success nor a failure.
func (d *Demo) Tour(ctx context.Context, out io.Writer) error {
	t := &tour{Demo: d, out: out}
	open := 0
	for _, s := range stops {
		began := time.Now()
		result, err := s.play(t, ctx)
		took := time.Since(began).Round(100 * time.Millisecond)
		glyph := "✓"
		var doubt *notJudged
		switch {
		case errors.As(err, &doubt):
			open++
			glyph, result = "?", result+"\n"+doubt.Error()
		case err != nil:
			fmt.Fprintf(out, "✗ %s (%v)\n  %v\n", s.title, took, err)
			return fmt.Errorf("%s: %w", s.title, err)
		}
		fmt.Fprintf(out, "%s %s (%v)\n  %s\n", glyph, s.title, took, strings.ReplaceAll(result, "\n", "\n  "))
	}
	fmt.Fprintln(out, verdict(len(stops), open))
	return nil
}

// verdict says what a tour has shown, and what it has not.
func verdict(stops, open int) string {
	if open == 0 {
		return fmt.Sprintf("All %d stops went as they should.", stops)
	}
	return fmt.Sprintf("%d of %d stops went as they should; %d cannot be judged: play the tour again on a machine with less to do.", stops-open, stops, open)
}

// calmFor is how long traffic is watched where nothing should happen to it.
const calmFor = time.Second

func (t *tour) calm(ctx context.Context) (string, error) {
	t.Mark("all is well")
	if err := t.watch(ctx, calmFor); err != nil {
		return "", err
	}
	s := t.State()
	return traffic(s) + "\n" + ways(s), lossless(s)
}

func (t *tour) cut(ctx context.Context) (string, error) {
	t.Break(1, 2, page.Cut)
	if err := t.await(ctx, "traffic does not go round by controller 3", func(s page.State) bool {
		return slices.Equal(s.Streams[0].Path, []int{1, 3, 2}) && slices.Equal(s.Streams[1].Path, []int{2, 3, 1}) && flowing(s)
	}); err != nil {
		return "", err
	}
	s := t.State()
	return fmt.Sprintf("outage %v, then round by controller 3; %s\n%s", gap(s), traffic(s), ways(s)), nil
}

func (t *tour) mend(ctx context.Context) (string, error) {
	t.Break(1, 2, page.Fair)
	if err := t.await(ctx, "traffic does not come back to the direct link", func(s page.State) bool {
		return slices.Equal(s.Streams[0].Path, []int{1, 2}) && slices.Equal(s.Streams[1].Path, []int{2, 1}) && flowing(s)
	}); err != nil {
		return "", err
	}
	if err := t.watch(ctx, calmFor); err != nil {
		return "", err
	}
	s := t.State()
	return fmt.Sprintf("%s\n%s", traffic(s), ways(s)), lossless(s)
}

func (t *tour) kill(ctx context.Context) (string, error) {
	if err := t.Kill(2); err != nil {
		return "", err
	}
	if err := t.await(ctx, "nobody takes over the client of controller 2", func(s page.State) bool {
		return s.Streams[1].FromAt != 0 && s.Streams[1].FromAt != 2 && len(s.Streams[0].Path) > 0 && flowing(s)
	}); err != nil {
		return "", err
	}
	s := t.State()
	return fmt.Sprintf("outage %v, then controller %d serves %s; %s", gap(s), s.Streams[1].FromAt, s.Streams[1].From, traffic(s)), nil
}

func (t *tour) revive(ctx context.Context) (string, error) {
	began := time.Now()
	if err := t.Revive(2); err != nil {
		return "", err
	}
	if err := t.await(ctx, "controller 2 does not come back into the mesh", meshUp); err != nil {
		return "", err
	}
	took := time.Since(began).Round(time.Millisecond)
	if err := t.watch(ctx, calmFor); err != nil {
		return "", err
	}
	s := t.State()
	if s.Streams[1].FromAt == 2 {
		return "", fmt.Errorf("controller 2 snatched its former client back")
	}
	return fmt.Sprintf("every link up after %v, its former client stays at controller %d; %s", took, s.Streams[1].FromAt, traffic(s)), lossless(s)
}

func (t *tour) drain(ctx context.Context) (string, error) {
	id := t.State().Streams[1].FromAt
	if err := t.Drain(ctx, id, false); err != nil {
		return "", err
	}
	if err := t.await(ctx, fmt.Sprintf("controller %d keeps its clients", id), func(s page.State) bool {
		return s.Controllers[id-1].Draining && s.Controllers[id-1].Clients == 0 && s.Streams[1].FromAt != 0 && s.Streams[0].FromAt != 0
	}); err != nil {
		return "", err
	}
	if err := t.watch(ctx, calmFor); err != nil {
		return "", err
	}
	s := t.State()
	return fmt.Sprintf("controller %d handed its clients over; %s\n%s", id, traffic(s), ways(s)), lossless(s)
}

func (t *tour) undrain(ctx context.Context) (string, error) {
	for _, c := range t.State().Controllers {
		if c.Draining {
			if err := t.Drain(ctx, c.ID, true); err != nil {
				return "", err
			}
		}
	}
	if err := t.watch(ctx, calmFor); err != nil {
		return "", err
	}
	s := t.State()
	return traffic(s), lossless(s)
}

// watch lets traffic flow for a while, and then until what was sent last has had time to arrive.
func (t *tour) watch(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return t.await(ctx, "packets do not flow", flowing)
}

// meshUp holds where every controller is alive and every link up.
func meshUp(s page.State) bool {
	for _, l := range s.Links {
		if l.State != status.Up || len(l.Path) != 2 {
			return false
		}
	}
	return true
}

// stoodStill is how long the machine must have stood still for a loss not to be judged: a controller that
// does not run for so long keeps silent towards its clients until it knows what happened meanwhile.
const stoodStill = 100 * time.Millisecond

// notJudged is a loss of which nobody can say whether the machine or the mesh is to blame.
type notJudged struct {
	lost  int
	stood time.Duration
}

func (n *notJudged) Error() string {
	return fmt.Sprintf("not judged: this machine stood still for %v meanwhile, and %d packets were lost", n.stood, n.lost)
}

// lossless says what was lost.
func lossless(s page.State) error {
	lost := 0
	for _, one := range s.Streams {
		lost += one.Tally.Lost
	}
	switch stood := late(s); {
	case lost == 0:
		return nil
	case stood >= stoodStill:
		return &notJudged{lost: lost, stood: stood}
	}
	return fmt.Errorf("packets were lost: %s", traffic(s))
}

// late is how long the machine stood still.
func late(s page.State) time.Duration {
	longest := time.Duration(0)
	for _, one := range s.Streams {
		longest = max(longest, one.Tally.Late)
	}
	return longest.Round(time.Millisecond)
}

// gap is the longest outage of the streams.
func gap(s page.State) time.Duration {
	longest := time.Duration(0)
	for _, one := range s.Streams {
		longest = max(longest, one.Tally.Gap)
	}
	return longest.Round(time.Millisecond)
}

// traffic says what was counted of both streams together.
func traffic(s page.State) string {
	var all page.Tally
	for _, one := range s.Streams {
		all.Sent, all.Lost = all.Sent+one.Tally.Sent, all.Lost+one.Tally.Lost
	}
	return fmt.Sprintf("%d packets sent, %d lost", all.Sent, all.Lost)
}

// ways says which way each stream goes.
func ways(s page.State) string {
	var lines []string
	for _, one := range s.Streams {
		var ids []string
		for _, id := range one.Path {
			ids = append(ids, fmt.Sprintf("#%d", id))
		}
		lines = append(lines, fmt.Sprintf("%s → %s by %s", one.From, one.To, strings.Join(ids, " → ")))
	}
	return strings.Join(lines, "\n")
}
