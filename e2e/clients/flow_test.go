//go:build linux

package clients

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// perSecond is how many packets a flow sends.
const perSecond = 1000

// flow is numbered packets from one client to another, and when each of them arrived.
type flow struct {
	t    *testing.T
	end  chan struct{}
	done sync.WaitGroup
	sent uint32

	mu      sync.Mutex
	arrived map[uint32]time.Time
}

// startFlow begins to send.
func startFlow(t *testing.T, from, to *client) *flow {
	t.Helper()
	f := &flow{t: t, end: make(chan struct{}), arrived: map[uint32]time.Time{}}
	source, sink := from.udp(), to.udp()
	target := sink.LocalAddr().(interface{ AddrPort() netip.AddrPort }).AddrPort()
	f.done.Go(func() {
		buf := make([]byte, 2000)
		for {
			n, err := sink.Read(buf)
			if err != nil {
				return
			}
			if n >= 4 {
				f.mu.Lock()
				f.arrived[binary.BigEndian.Uint32(buf)] = time.Now()
				f.mu.Unlock()
			}
		}
	})
	f.done.Go(func() {
		packet := make([]byte, 200)
		began := time.Now()
		tick := time.NewTicker(time.Second / perSecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-f.end:
				time.AfterFunc(time.Second, func() { sink.Close() }) // what is on its way arrives
				return
			}
			// A ticker drops ticks on a busy machine: the clock says how many are due.
			for due := uint32(time.Since(began).Seconds() * perSecond); f.sent < due; f.sent++ {
				binary.BigEndian.PutUint32(packet, f.sent)
				source.WriteToUDPAddrPort(packet, target) // a full queue is a lost packet
			}
		}
	})
	until(t, "the flow arrives", func() bool { return f.newest() > 10 })
	return f
}

func (f *flow) newest() (n uint32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.arrived {
		n = max(n, i)
	}
	return n
}

// sinceLast is how long ago a packet arrived.
func (f *flow) sinceLast() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	last := f.arrived[0]
	for _, at := range f.arrived {
		if at.After(last) {
			last = at
		}
	}
	return time.Since(last)
}

// stop ends the flow and returns how many packets were lost after the first that arrived, and the
// longest time without any.
func (f *flow) stop() (lost int, gap time.Duration) {
	close(f.end)
	f.done.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	var last time.Time
	for i := range f.sent {
		at, ok := f.arrived[i]
		switch {
		case !ok && !last.IsZero():
			lost++
		case ok:
			if !last.IsZero() {
				gap = max(gap, at.Sub(last))
			}
			last = at
		}
	}
	return lost, gap
}
