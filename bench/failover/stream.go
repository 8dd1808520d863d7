package main

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"vns3/internal/lab"
)

// interval is that of the stream's packets: 1,000 a second.
const interval = time.Millisecond

// stream is numbered packets from one controller's overlay address to another's, and which arrived.
type stream struct {
	from, to *net.UDPConn
	began    time.Time
	sent     atomic.Int64 // how many; packet i was due at began + i·interval
	paused   atomic.Int64 // longest while that the machine did not let this program send; see since
	stop     chan struct{}
	running  sync.WaitGroup

	mu      sync.Mutex
	arrived map[int64]bool
}

// startStream sends from the first machine to the second until the scope ends.
func startStream(s *lab.Scope, from, to *lab.Machine) *stream {
	st := &stream{stop: make(chan struct{}), arrived: map[int64]bool{}}
	address := func(m *lab.Machine) *net.UDPAddr {
		return net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(m.Status().Controller.OverlayAddress), 0))
	}
	var err error
	to.NS.Run(func() { st.to, err = net.ListenUDP("udp4", address(to)) })
	if err == nil {
		err = st.to.SetReadBuffer(1 << 20)
	}
	if err != nil {
		s.Fatal(err)
	}
	from.NS.Run(func() { st.from, err = net.DialUDP("udp4", address(from), st.to.LocalAddr().(*net.UDPAddr)) })
	if err != nil {
		s.Fatal(err)
	}
	st.began = time.Now()
	st.running.Go(st.send)
	st.running.Go(st.receive)
	s.Cleanup(func() {
		close(st.stop)
		st.from.Close()
		st.to.Close()
		st.running.Wait()
	})
	return st
}

// send keeps the rate: what a late timer missed is sent at once.
func (st *stream) send() {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	var packet [64]byte
	for {
		select {
		case <-tick.C:
		case <-st.stop:
			return
		}
		due := int64(time.Since(st.began) / interval)
		st.paused.Store(max(st.paused.Load(), int64(interval)*(due-st.sent.Load())))
		for n := st.sent.Load(); n < due; n++ {
			binary.BigEndian.PutUint64(packet[:], uint64(n))
			_, _ = st.from.Write(packet[:]) // one that cannot be sent is lost
			st.sent.Store(n + 1)
		}
	}
}

func (st *stream) receive() {
	var buf [64]byte
	for {
		n, err := st.to.Read(buf[:])
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil || n < 8 {
			continue
		}
		number := int64(binary.BigEndian.Uint64(buf[:]))
		st.mu.Lock()
		st.arrived[number] = true
		st.mu.Unlock()
	}
}

// outcome is what became of the packets of a while.
type outcome struct {
	outage time.Duration // longest row of packets that did not arrive, by when they were due
	lost   int
	pause  time.Duration // longest of the measuring program itself: noise of the machine
}

// since is the outcome of the packets that were sent since the number. The newest may be on their way
// for as long as late says, and do not count.
func (st *stream) since(number int64, late time.Duration) outcome {
	end := st.sent.Load() - int64(late/interval)
	st.mu.Lock()
	defer st.mu.Unlock()
	o := outcome{pause: time.Duration(st.paused.Swap(0))}
	row := int64(0)
	for n := number; n < end; n++ {
		if st.arrived[n] {
			row = 0
			continue
		}
		o.lost++
		row++
		o.outage = max(o.outage, time.Duration(row)*interval)
	}
	return o
}

// now is the number of the next packet.
func (st *stream) now() int64 { return st.sent.Load() }
