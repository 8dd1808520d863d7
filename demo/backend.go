package demo

import (
	"context"
	"sync"

	"vns3/control"
	"vns3/status"
)

// Shown is the ID of the controller that a console opens on.
const Shown = 1

// Backend is a controller of the demonstration as a console sees it: one that may be killed and come
// again. A killed one does not answer.
func (d *Demo) Backend(id int) control.Backend { return &backend{member: d.members[id]} }

type backend struct {
	member *member

	mu   sync.Mutex
	told *life // whose end a Wait has told
}

// Snapshot implements control.Backend: the last one, if the controller is dead.
func (b *backend) Snapshot() *status.Snapshot {
	_, last, _ := b.member.watch()
	return last.engine.Snapshot()
}

// Wait implements control.Backend.
func (b *backend) Wait(ctx context.Context, than *status.Snapshot) (*status.Snapshot, error) {
	for {
		now, last, changed := b.member.watch()
		if now != nil {
			return b.waitAlive(ctx, now, than)
		}
		if b.tell(last) {
			return nil, control.ErrDisconnected
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (b *backend) waitAlive(ctx context.Context, l *life, than *status.Snapshot) (*status.Snapshot, error) {
	either, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.ctx, cancel)()
	s, err := l.engine.Wait(either, than)
	if err != nil && ctx.Err() == nil {
		b.tell(l)
		return nil, control.ErrDisconnected
	}
	return s, err
}

// tell reports whether the end of a life is news.
func (b *backend) tell(l *life) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	news := b.told != l
	b.told = l
	return news
}

// Events implements control.Backend.
func (b *backend) Events(ctx context.Context, after uint64) ([]status.Event, error) {
	now, _, _ := b.member.watch()
	if now == nil {
		return nil, control.ErrDisconnected
	}
	return now.engine.Events(ctx, after)
}

// Do implements control.Backend.
func (b *backend) Do(ctx context.Context, request control.Request) (any, error) {
	now, _, _ := b.member.watch()
	if now == nil {
		return nil, control.ErrDisconnected
	}
	return now.engine.Do(ctx, request)
}
