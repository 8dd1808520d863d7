package demo

import (
	"context"
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
// not work, with what that was.
func (d *Demo) Tour(ctx context.Context, out io.Writer) error {
	t := &tour{Demo: d, out: out}
	for _, s := range stops {
		began := time.Now()
		result, err := s.play(t, ctx)
		took := time.Since(began).Round(100 * time.Millisecond)
		if err != nil {
			fmt.Fprintf(out, "✗ %s (%v)\n  %v\n", s.title, took, err)
			return fmt.Errorf("%s: %w", s.title, err)
		}
		fmt.Fprintf(out, "✓ %s (%v)\n  %s\n", s.title, took, strings.ReplaceAll(result, "\n", "\n  "))
	}
	return nil
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

// lossless says what was lost, where the machine itself was not to blame.
func lossless(s page.State) error {
	for _, one := range s.Streams {
		if one.Tally.Lost > 0 && late(s) < stoodStill {
			return fmt.Errorf("%d of %d packets from %s to %s were lost", one.Tally.Lost, one.Tally.Sent, one.From, one.To)
		}
	}
	return nil
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
	words := fmt.Sprintf("%d packets sent, %d lost", all.Sent, all.Lost)
	if all.Lost > 0 && late(s) >= stoodStill {
		words += fmt.Sprintf(" (this machine stood still for %v meanwhile)", late(s))
	}
	return words
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
