package main

import (
	"slices"
	"syscall"
	"time"

	"vns3/internal/lab"
	"vns3/status"
)

// The events that are measured, in the order in which a trial has them.
const (
	blackholed = iota
	transitKilled
	transitStopped
	linkReturned
	events
)

var eventNames = [events]string{"direct link blackholed silently", "transit controller killed", "transit controller stopped gracefully", "direct link's return"}

// controllers of a trial: 1 sends to 2; 3 and 4 can carry what the direct link does not.
const controllers = 4

// onePass is a trial: every event once, in a mesh of its own, so that no hold-up of an earlier trial
// distorts it.
func onePass(s *lab.Scope, delay time.Duration) (outcomes [events]lab.Outcome) {
	t := &trial{s, lab.New(s, controllers), nil, delay}
	if delay > 0 {
		t.lab.Delay(delay)
	}
	t.lab.Mesh()
	t.until(20*time.Second, "all is direct and calm", lab.Calm)
	t.stream = lab.StartStream(s, t.lab.Of(1).Spot(), t.lab.Of(2).Spot())
	t.quiet()

	outcomes[blackholed] = t.measure(func() { t.lab.Drop(lab.Both(1, 2)...) }, func() { t.transit() })
	first := t.transit()
	outcomes[transitKilled] = t.measure(func() { first.Kill() }, func() { t.transit() })
	first.Start()
	t.until(10*time.Second, "both transits are there", lab.AllUp(controllers-2))
	t.quiet()
	second := t.transit()
	outcomes[transitStopped] = t.measure(func() { second.Signal(syscall.SIGTERM) }, func() { second.Ended(); t.transit() })
	outcomes[linkReturned] = t.measure(t.lab.Heal, func() {
		t.until(20*time.Second, "the direct link is in use again", func(snap *status.Snapshot) bool {
			return slices.Equal(lab.Peer(snap, 2).Path, []int{1, 2})
		})
	})
	return outcomes
}

// trial is a mesh with a stream through it.
type trial struct {
	*lab.Scope
	lab    *lab.Lab
	stream *lab.Stream
	delay  time.Duration
}

const settling = 2 * time.Second

// quiet lets pass what the last event began, and proves that the stream is whole.
func (t *trial) quiet() {
	time.Sleep(settling)
	began := t.stream.Now()
	time.Sleep(settling)
	if o := t.stream.Since(began, t.late()); o.Lost > 0 {
		t.Logf("%d packets were lost while nothing happened", o.Lost)
	}
}

// measure makes something happen, waits until the mesh has dealt with it, and returns what it cost.
func (t *trial) measure(happen, settled func()) lab.Outcome {
	began := t.stream.Now()
	happen()
	time.Sleep(settling) // longer than Down takes
	settled()
	time.Sleep(settling/2 + t.late())
	return t.stream.Since(began, t.late())
}

// late is how long a packet may be on its way.
func (t *trial) late() time.Duration { return 200*time.Millisecond + 4*t.delay }

// transit is the controller that carries the stream now, while the direct link does not.
func (t *trial) transit() *lab.Machine {
	s := t.until(10*time.Second, "a way round the direct link", func(s *status.Snapshot) bool {
		path := lab.Peer(s, 2).Path
		return len(path) == 3 && t.lab.Of(path[1]).Runs()
	})
	return t.lab.Of(lab.Peer(s, 2).Path[1])
}

func (t *trial) until(within time.Duration, what string, holds func(*status.Snapshot) bool) *status.Snapshot {
	return t.lab.Of(1).Until(within, what, holds)
}
