package forward

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"vns3/engine/forward/ipv4"
	"vns3/overlay"
)

// lend returns buffers such as a device lends to Read.
func lend(n int) (bufs [][]byte, sizes []int) {
	bufs, sizes = make([][]byte, n), make([]int, n)
	for i := range bufs {
		bufs[i] = make([]byte, headroom+ipv4.MaxLength)
	}
	return bufs, sizes
}

// refill puts the same packet into all buffers again: forwarding took one from its TTL.
func refill(bufs [][]byte, packet []byte) {
	for i := range bufs {
		bufs[i] = bufs[i][:headroom+len(packet)]
		copy(bufs[i][headroom:], packet)
	}
}

// benchSwitch is controller 1 with a full client table.
func benchSwitch(b *testing.B) (*Switch, *Table) {
	b.Helper()
	s := New(Options{})
	s.SetIdentity(Identity{ID: 1, Address: selfAddr, VIP: vipAddr})
	s.SetHops(&Hops{2: {Next: 2}, 3: {Next: 3}})
	table := testTable()
	addr := netip.MustParseAddr("10.1.0.0")
	for i := range 10000 {
		table = table.With(host(addr), Controller(1+i%overlay.MaxControllers))
		addr = addr.Next()
	}
	s.SetTable(table)
	b.Cleanup(s.Close)
	return s, table
}

// One batch from tunnel to tunnel through the queue: decision, TTL, copy in, copy out.
func BenchmarkForward(b *testing.B) {
	for _, size := range []int{64, 1400} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s, _ := benchSwitch(b)
			in, out := s.Peer(2), s.Peer(3)
			packet := udp(atTwo, atThree, size)
			writes, _ := lend(in.BatchSize())
			reads, sizes := lend(out.BatchSize())
			b.ReportAllocs()
			for b.Loop() {
				refill(writes, packet)
				if _, err := in.Write(writes, headroom); err != nil {
					b.Fatal(err)
				}
				if n, err := out.Read(reads, sizes, headroom); n != len(writes) || err != nil {
					b.Fatal(n, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(writes)), "ns/packet")
		})
	}
}

// The same with a reader that waits in its own goroutine, as a device does.
func BenchmarkForwardLent(b *testing.B) {
	s, _ := benchSwitch(b)
	in, out := s.Peer(2), s.Peer(3)
	var reader sync.WaitGroup
	reader.Go(func() {
		reads, sizes := lend(out.BatchSize())
		for {
			if _, err := out.Read(reads, sizes, headroom); err != nil {
				return
			}
		}
	})
	packet := udp(atTwo, atThree, 1400)
	writes, _ := lend(in.BatchSize())
	b.ReportAllocs()
	for b.Loop() {
		refill(writes, packet)
		if _, err := in.Write(writes, headroom); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(writes)), "ns/packet")
	s.Close()
	reader.Wait()
}

// Each packet of a batch has a destination of its own, so nothing is cached.
func BenchmarkForwardScattered(b *testing.B) {
	s, _ := benchSwitch(b)
	in := s.Peer(2)
	outs := []*Port{s.Peer(3), s.Clients()}
	packets := [][]byte{udp(atTwo, atThree, 64), udp(atTwo, clientA, 64)}
	writes, _ := lend(in.BatchSize())
	reads, sizes := lend(in.BatchSize())
	b.ReportAllocs()
	for b.Loop() {
		for i := range writes {
			refill(writes[i:i+1], packets[i%2])
		}
		if _, err := in.Write(writes, headroom); err != nil {
			b.Fatal(err)
		}
		for _, out := range outs {
			if n, err := out.Read(reads, sizes, headroom); n != len(writes)/2 || err != nil {
				b.Fatal(n, err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(writes)), "ns/packet")
}

// One route changed in a table of 10,000 and published.
func BenchmarkTableChange(b *testing.B) {
	s, table := benchSwitch(b)
	prefix := host(netip.MustParseAddr("10.1.7.7"))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		table = table.With(prefix, Controller(1+i%overlay.MaxControllers))
		s.SetTable(table)
	}
}

// Forwarding while routes change 10,000 times a second, to be compared with BenchmarkForward/64.
func BenchmarkForwardDuringChanges(b *testing.B) {
	s, table := benchSwitch(b)
	stop := make(chan struct{})
	var changer sync.WaitGroup
	changer.Go(func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		addr := netip.MustParseAddr("10.1.0.0")
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			for i := range 10 {
				table = table.With(host(addr), Controller(1+i%overlay.MaxControllers))
				s.SetTable(table)
				addr = addr.Next()
			}
		}
	})
	in, out := s.Peer(2), s.Peer(3)
	packet := udp(atTwo, atThree, 64)
	writes, _ := lend(in.BatchSize())
	reads, sizes := lend(out.BatchSize())
	b.ReportAllocs()
	for b.Loop() {
		refill(writes, packet)
		if _, err := in.Write(writes, headroom); err != nil {
			b.Fatal(err)
		}
		if n, err := out.Read(reads, sizes, headroom); n != len(writes) || err != nil {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(writes)), "ns/packet")
	close(stop)
	changer.Wait()
}

// A lookup alone.
func BenchmarkLookup(b *testing.B) {
	_, table := benchSwitch(b)
	addr := netip.MustParseAddr("10.1.7.7")
	for b.Loop() {
		table.Lookup(addr)
	}
}
