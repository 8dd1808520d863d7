package sim

import (
	"flag"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vns3/engine/link"
)

var (
	oneSeed = flag.Uint64("seed", 0, "run this seed of the simulation only")
	seeds   = flag.Uint64("seeds", 300, "how many seeds of the simulation to run")
)

// health returns the thresholds of a seed: every tenth runs at the defaults, the others with
// heartbeats five times as far apart, which explores more orders of events for the time.
func health(seed uint64) link.Config {
	c := link.DefaultConfig()
	if seed%10 != 0 {
		c.Interval *= 5
		c.SuspectAfter *= 5
	}
	return c
}

// TestSeed proves that no failure of the underlay or of controllers, in any order that the seeds
// find, breaks an invariant, and that all is whole again after it.
func TestSeed(t *testing.T) {
	if *oneSeed != 0 {
		if err := RunSeed(*oneSeed, health(*oneSeed)); err != nil {
			t.Fatal(err)
		}
		return
	}
	var next, failed atomic.Uint64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for seed := next.Add(1); seed <= *seeds && failed.Load() < 5; seed = next.Add(1) {
				if err := RunSeed(seed, health(seed)); err != nil {
					failed.Add(1)
					t.Errorf("%v\nreplay: go test ./engine/mesh/sim -run TestSeed -seed=%d", err, seed)
				}
			}
		})
	}
	workers.Wait()
}

// TestReplay proves that a seed gives the same run each time.
func TestReplay(t *testing.T) {
	var sent [2]Traffic
	for i := range sent {
		w := NewWorld(7, 5, link.DefaultConfig())
		if err := w.Run(5 * time.Second); err != nil {
			t.Fatal(err)
		}
		sent[i] = w.Sent[1]
	}
	if sent[0] != sent[1] || sent[0].Packets == 0 {
		t.Errorf("first run sent %+v, second %+v", sent[0], sent[1])
	}
}
