package tui

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"vns3/control"
	"vns3/status"
	"vns3/tui/tuitest"
)

// Of a flood of snapshots the console takes ten a second, always the newest; the engine never waits.
func TestWatchPaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan struct{})
		defer func() { cancel(); <-stopped }()
		newest := &status.Snapshot{EventSeq: 1}
		b := tuitest.NewBackend(newest)
		go func() {
			defer close(stopped)
			pace := time.NewTicker(time.Millisecond)
			defer pace.Stop()
			for seq := uint64(2); ; seq++ {
				select {
				case <-pace.C:
					b.Publish(&status.Snapshot{EventSeq: seq})
				case <-ctx.Done():
					return
				}
			}
		}()
		w := newWatch(ctx, b)
		got := w.next(nil)().(seen)
		start, taken := time.Now(), 0
		for time.Since(start) < 10*time.Second {
			next := w.next(got.snapshot)
			got = next().(seen)
			if behind := b.Snapshot().EventSeq - got.snapshot.EventSeq; behind > 1 {
				t.Fatalf("%d snapshots behind", behind)
			}
			taken++
		}
		if taken < 95 || taken > 101 {
			t.Errorf("%d snapshots in ten seconds", taken)
		}
	})
}

// An engine that is gone is told once; the wait goes on until it is back.
func TestWatchDisconnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := &status.Snapshot{}
		b := tuitest.NewBackend(s)
		w := newWatch(ctx, b)
		b.Disconnect()
		if got := w.next(s)().(seen); got.err != control.ErrDisconnected {
			t.Fatalf("got %v", got.err)
		}
		back := &status.Snapshot{}
		time.AfterFunc(time.Minute, func() { b.Publish(back) })
		for {
			got := w.next(s)().(seen)
			if got.err == nil {
				if got.snapshot != back {
					t.Error("not the new snapshot")
				}
				return
			}
			time.Sleep(time.Second) // virtual
		}
	})
}
