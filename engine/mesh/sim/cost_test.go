package sim

import (
	"runtime"
	"testing"
	"time"

	"vns3/engine/link"
	"vns3/engine/mesh"
)

// TestCost prints what 10,000 clients that move at random cost each of nine controllers, and proves
// that it stays bounded: in memory, in bytes a second, and in staying level.
func TestCost(t *testing.T) {
	const (
		controllers = 9
		clients     = 10_000
		span        = 10 * time.Second
	)
	before := heap()
	w := NewWorld(1, controllers, link.DefaultConfig())
	run := func(d time.Duration) {
		t.Helper()
		if err := w.Run(w.now + d); err != nil {
			t.Fatal(err)
		}
	}
	move := func(index int) {
		id := 1 + w.rand.IntN(controllers)
		w.machines[id].core.Claim(index, mesh.ClaimBody{Since: w.clock()}, w.clock())
		w.after(id)
	}
	run(6 * time.Second)
	empty := heap()
	for index := range clients {
		if move(index); index%10 == 0 {
			run(10 * time.Millisecond)
		}
	}
	run(5 * time.Second)
	full := heap()
	t.Logf("memory per controller: %d kB with nobody, %d kB with %d clients", (empty-before)/controllers/1024, (full-before)/controllers/1024, clients)
	if perController := (full - before) / controllers; perController > 16<<20 {
		t.Errorf("%d bytes per controller", perController)
	}
	for _, rate := range []int{0, 10, 100, 1000} {
		sent := w.Sent
		began := time.Now()
		for end := w.now + span; w.now < end; {
			if rate == 0 {
				run(span)
				continue
			}
			move(w.rand.IntN(clients))
			run(time.Second / time.Duration(rate))
		}
		busy := time.Since(began)
		bytes, packets := 0, 0
		for id := 1; id <= controllers; id++ {
			bytes += w.Sent[id].Bytes - sent[id].Bytes
			packets += w.Sent[id].Packets - sent[id].Packets
		}
		perSecond := int(span.Seconds()) * controllers
		t.Logf("%4d moves a second: each controller sends %6d bytes and %4d packets a second; all nine cores take %v of CPU a second",
			rate, bytes/perSecond, packets/perSecond, (busy / time.Duration(span.Seconds())).Round(time.Millisecond))
	}
	if err := w.RunLevel(w.now + 5*time.Second); err != nil {
		t.Fatal(err)
	}
	if err := w.CheckQuiet(); err != nil {
		t.Fatal(err)
	}
}

func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
