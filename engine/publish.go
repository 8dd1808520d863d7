package engine

import (
	"context"
	"sync/atomic"

	"vns3/status"
)

// published is the newest snapshot and whoever waits for it. Publishing never waits for a reader.
type published struct {
	current atomic.Pointer[edition]
}

// edition is a snapshot and the channel that is closed when the next one is there.
type edition struct {
	snapshot *status.Snapshot
	replaced chan struct{}
}

func newPublished(first *status.Snapshot) *published {
	p := &published{}
	p.current.Store(&edition{first, make(chan struct{})})
	return p
}

// publish replaces the snapshot. Only one goroutine publishes.
func (p *published) publish(s *status.Snapshot) {
	old := p.current.Swap(&edition{s, make(chan struct{})})
	close(old.replaced)
}

func (p *published) snapshot() *status.Snapshot { return p.current.Load().snapshot }

// wait returns a snapshot other than the given one.
func (p *published) wait(ctx context.Context, than *status.Snapshot) (*status.Snapshot, error) {
	for {
		e := p.current.Load()
		if e.snapshot != than {
			return e.snapshot, nil
		}
		select {
		case <-e.replaced:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
