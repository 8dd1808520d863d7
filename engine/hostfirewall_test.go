package engine

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestFirewallReadAgain proves that this host's rules are read again where a link has changed, no more than
// once a second, and else every half minute.
func TestFirewallReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		defer end()
		f, began := newHostFirewall(func() {}), time.Now()
		var read []time.Duration
		f.print = func(context.Context) ([]byte, error) {
			read = append(read, time.Since(began))
			return []byte(`{"nftables": []}`), nil
		}
		go f.run(ctx)
		for _, at := range []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 1500 * time.Millisecond, 10 * time.Second} {
			time.Sleep(at - time.Since(began)) // virtual
			f.doubt()
		}
		time.Sleep(time.Minute - time.Since(began))
		synctest.Wait()
		want := []time.Duration{0, time.Second, 2 * time.Second, 10 * time.Second, 40 * time.Second}
		if !slices.Equal(read, want) {
			t.Errorf("read at %v, want %v", read, want)
		}
	})
}
