package commands

import (
	"context"
	"sync"

	"vns3/control"
	"vns3/status"
)

// seat is a control.Backend whose controller may come later, and may be replaced: the console paints
// before any engine is there, and goes on where one takes the place of another.
type seat struct {
	mu      sync.Mutex
	current control.Backend
	changed chan struct{} // closed when current is replaced
}

var _ control.Backend = (*seat)(nil)

func newSeat() *seat { return &seat{changed: make(chan struct{})} }

// sit puts a controller in place; nil: none for now.
func (s *seat) sit(b control.Backend) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = b
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *seat) now() (control.Backend, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current, s.changed
}

// Snapshot implements control.Backend.
func (s *seat) Snapshot() *status.Snapshot {
	if b, _ := s.now(); b != nil {
		return b.Snapshot()
	}
	return nil
}

// Wait implements control.Backend.
func (s *seat) Wait(ctx context.Context, than *status.Snapshot) (*status.Snapshot, error) {
	for {
		b, changed := s.now()
		if b != nil {
			snapshot, err := waitUnless(ctx, changed, b, than)
			if err == nil || ctx.Err() != nil || !isClosed(changed) {
				return snapshot, err
			}
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// waitUnless is b.Wait, which also ends when changed is closed.
func waitUnless(ctx context.Context, changed <-chan struct{}, b control.Backend, than *status.Snapshot) (*status.Snapshot, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-changed:
			cancel()
		case <-ctx.Done():
		}
	}()
	return b.Wait(ctx, than)
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// Events implements control.Backend.
func (s *seat) Events(ctx context.Context, after uint64) ([]status.Event, error) {
	if b, _ := s.now(); b != nil {
		return b.Events(ctx, after)
	}
	return nil, control.ErrDisconnected
}

// Do implements control.Backend.
func (s *seat) Do(ctx context.Context, request control.Request) (any, error) {
	if b, _ := s.now(); b != nil {
		return b.Do(ctx, request)
	}
	return nil, control.ErrDisconnected
}
