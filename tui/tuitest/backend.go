// Package tuitest is what tests of the console need: a controller that answers as it is told, a way
// to play keys on a page, and a check of what a page looks like at every size. It is for tests only.
package tuitest

import (
	"context"
	"sync"

	"vns3/control"
	"vns3/status"
)

// Backend is a controller with a fixed snapshot and scripted replies.
type Backend struct {
	mu       sync.Mutex
	snapshot *status.Snapshot
	changed  chan struct{}
	asked    []control.Request
	replies  map[string]func(control.Request) (any, error)
	events   []status.Event
	gone     bool // does not answer
	told     bool // and a Wait said so
}

// NewBackend makes a controller that shows s.
func NewBackend(s *status.Snapshot) *Backend {
	return &Backend{snapshot: s, changed: make(chan struct{}), replies: map[string]func(control.Request) (any, error){}}
}

// Publish shows another snapshot, as the engine does.
func (b *Backend) Publish(s *status.Snapshot) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.snapshot, b.gone = s, false
	b.wake()
}

// Disconnect makes the controller unreachable until the next Publish.
func (b *Backend) Disconnect() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gone, b.told = true, false
	b.wake()
}

func (b *Backend) wake() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// On scripts the reply to an action. Without one the reply is control.Nothing.
func (b *Backend) On(action string, reply func(control.Request) (any, error)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.replies[action] = reply
}

// SetEvents is what Events returns from.
func (b *Backend) SetEvents(events []status.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = events
}

// Asked returns all requests so far, in order.
func (b *Backend) Asked() []control.Request {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]control.Request(nil), b.asked...)
}

// Snapshot implements control.Backend.
func (b *Backend) Snapshot() *status.Snapshot {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.snapshot
}

// Wait implements control.Backend.
func (b *Backend) Wait(ctx context.Context, than *status.Snapshot) (*status.Snapshot, error) {
	for {
		b.mu.Lock()
		snapshot, changed, gone := b.snapshot, b.changed, b.gone
		tell := gone && !b.told
		b.told = b.told || tell
		b.mu.Unlock()
		switch {
		case tell:
			return nil, control.ErrDisconnected
		case !gone && snapshot != nil && snapshot != than:
			return snapshot, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Events implements control.Backend.
func (b *Backend) Events(_ context.Context, after uint64) ([]status.Event, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var newer []status.Event
	for _, e := range b.events {
		if e.Seq > after && len(newer) < 1000 {
			newer = append(newer, e)
		}
	}
	return newer, nil
}

// Do implements control.Backend.
func (b *Backend) Do(_ context.Context, request control.Request) (any, error) {
	b.mu.Lock()
	b.asked = append(b.asked, request)
	reply := b.replies[request.Action()]
	b.mu.Unlock()
	if reply == nil {
		return control.Nothing{}, nil
	}
	return reply(request)
}
