package engine

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"vns3/status"
)

// eventsKept is how many events the ring holds.
const eventsKept = 2048

// events is the ring of what happened. Whoever reads late misses the oldest, never the newest.
type events struct {
	log *slog.Logger

	mu   sync.Mutex
	ring []status.Event
	seq  uint64
	wake func() // tells the publisher
}

func newEvents(log *slog.Logger, wake func()) *events {
	return &events{log: log, wake: wake}
}

// add gives the event its number and time, keeps it and logs it.
func (e *events) add(ev status.Event) {
	e.mu.Lock()
	e.seq++
	ev.Seq = e.seq
	if ev.At.IsZero() {
		ev.At = time.Now()
	}
	if ev.Severity == "" {
		ev.Severity = status.Info
	}
	if len(e.ring) == eventsKept {
		e.ring = append(e.ring[:0], e.ring[eventsKept/4:]...)
	}
	e.ring = append(e.ring, ev)
	e.mu.Unlock()

	attrs := []any{"event", ev.Code}
	if ev.Peer != 0 {
		attrs = append(attrs, "peer", ev.Peer)
	}
	if ev.Client != "" {
		attrs = append(attrs, "client", ev.Client)
	}
	e.log.Log(context.Background(), logLevel(ev.Severity), ev.Text, attrs...)
	e.wake()
}

// after returns the events above a sequence number, oldest first, at most most.
func (e *events) after(seq uint64, most int) []status.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, ev := range e.ring {
		if ev.Seq > seq {
			rest := e.ring[i:]
			return append([]status.Event(nil), rest[:min(most, len(rest))]...)
		}
	}
	return nil
}

// newest returns the sequence number of the newest event.
func (e *events) newest() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.seq
}

func logLevel(s status.Severity) slog.Level {
	switch s {
	case status.Error:
		return slog.LevelError
	case status.Warn:
		return slog.LevelWarn
	default:
		return slog.LevelInfo
	}
}
