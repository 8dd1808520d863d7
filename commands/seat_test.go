package commands

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"vns3/control"
	"vns3/engine/api/apitest"
	"vns3/status"
)

// A console waits for its first controller, sees each that takes the place of another, and is told that
// nobody answers meanwhile.
func TestSeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeat()
		if s.Snapshot() != nil {
			t.Error("a snapshot of nobody")
		}
		if _, err := s.Do(t.Context(), control.Check{}); !errors.Is(err, control.ErrDisconnected) {
			t.Errorf("Do of nobody: %v", err)
		}
		if _, err := s.Events(t.Context(), 0); !errors.Is(err, control.ErrDisconnected) {
			t.Errorf("Events of nobody: %v", err)
		}
		seen := make(chan string)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			var last *status.Snapshot
			for {
				next, err := s.Wait(ctx, last)
				if err != nil {
					close(seen)
					return
				}
				last = next
				seen <- next.Controller.Name
			}
		}()
		synctest.Wait()
		first, second := apitest.New(apitest.Options{Name: "first"}), apitest.New(apitest.Options{Name: "second"})
		s.sit(first)
		if got := <-seen; got != "first" {
			t.Errorf("saw %q", got)
		}
		synctest.Wait()
		s.sit(second)
		if got := <-seen; got != "second" {
			t.Errorf("saw %q", got)
		}
		synctest.Wait()
		if _, err := s.Do(t.Context(), control.Check{}); err != nil {
			t.Errorf("Do: %v", err)
		}
		if _, err := s.Events(t.Context(), 0); err != nil {
			t.Errorf("Events: %v", err)
		}
		s.sit(nil)
		synctest.Wait()
		cancel()
		if _, more := <-seen; more {
			t.Error("a snapshot after the end")
		}
	})
}
