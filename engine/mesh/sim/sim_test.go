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
	sieges  = flag.Uint64("sieges", 30, "how many seeds of the simulation with client servers to run")
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
func TestSeed(t *testing.T) { eachSeed(t, *seeds, RunSeed) }

// eachSeed runs many seeds, or the one that was asked for.
func eachSeed(t *testing.T, seeds uint64, run func(uint64, link.Config) error) {
	t.Helper()
	if *oneSeed != 0 {
		if err := run(*oneSeed, health(*oneSeed)); err != nil {
			t.Fatal(err)
		}
		return
	}
	var next, failed atomic.Uint64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for seed := next.Add(1); seed <= seeds && failed.Load() < 5; seed = next.Add(1) {
				if err := run(seed, health(seed)); err != nil {
					failed.Add(1)
					t.Errorf("%v\nreplay: go test ./engine/mesh/sim -run %s -seed=%d", err, t.Name(), seed)
				}
			}
		})
	}
	workers.Wait()
}

// TestTakeovers proves that whatever controllers, administrators, clients and networks do, in any order that
// the seeds find, every enabled client ends with one holder that serves it, no disabled one has any, nobody
// moves without need, and a rebalance is even.
func TestTakeovers(t *testing.T) { eachSeed(t, *sieges, RunTakeovers) }

// TestTwins proves that a client that two machines claim to be, each of which goes to its own controller again
// and again, is frozen where it is after five moves, does not move while it is frozen, and works when one of
// the two is gone.
func TestTwins(t *testing.T) {
	w := newWorld(1, 3, link.DefaultConfig(), true)
	first, last := w.addRoamer(0, 1), w.addRoamer(0, 2)
	var insist func()
	insist = func() {
		w.ask(first, 1)
		w.at(w.now+4*time.Second, func() { w.ask(last, 2) })
		w.at(w.now+8*time.Second, insist)
	}
	w.at(3*time.Second, insist)
	watch := w.machines[3].core
	var moves, frozen, holder int
	for w.now < 3*time.Minute {
		if err := w.Run(w.now + 100*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		now := watch.Holder(0)
		if moved := now != holder && holder != 0; moved {
			moves++
		}
		holder = now
		// Its holder learnt of the fifth move a moment earlier, and lets it go as much earlier.
		if watch.FrozenUntil(0, w.clock()).Sub(w.clock()) > 100*time.Millisecond {
			if frozen == 0 && moves != 5 {
				t.Errorf("frozen after %d moves", moves)
			}
			if frozen++; moves > 5 {
				t.Fatalf("it moved while it was frozen")
			}
		} else if frozen > 0 {
			break
		}
	}
	if frozen < 590 {
		t.Errorf("it was frozen for %d ms, after %d moves", 100*frozen, moves)
	}
	first.mute = true
	if err := w.Run(w.now + roamerPatience + roamerRetry + time.Second); err != nil {
		t.Fatal(err)
	}
	if holder := watch.Holder(0); holder != last.to || w.now-last.answered > time.Second {
		t.Errorf("the one that is left sends to %d, is held by %d, and got its last answer %v ago", last.to, holder, w.now-last.answered)
	}
}

// TestReplay proves that a seed gives the same run each time.
func TestReplay(t *testing.T) {
	for name, world := range map[string]func() *World{
		"controllers only":    func() *World { return NewWorld(7, 5, link.DefaultConfig()) },
		"with client servers": func() *World { return newSiege(7, link.DefaultConfig()).World },
	} {
		var sent [2]Traffic
		for i := range sent {
			w := world()
			if err := w.Run(10 * time.Second); err != nil {
				t.Fatal(err)
			}
			sent[i] = w.Sent[1]
		}
		if sent[0] != sent[1] || sent[0].Packets == 0 {
			t.Errorf("%s: first run sent %+v, second %+v", name, sent[0], sent[1])
		}
	}
}
