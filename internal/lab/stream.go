package lab

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"vns3/internal/netns"
)

// interval is that of a stream's packets: 1,000 a second.
const interval = time.Millisecond

// Spot is an address in a namespace.
type Spot struct {
	NS      *netns.Namespace
	Address netip.Addr
}

// Spot is where the controller is in the overlay.
func (m *Machine) Spot() Spot {
	return Spot{m.NS, netip.MustParseAddr(m.Status().Controller.OverlayAddress)}
}

// Stream is 1,000 numbered packets a second from one spot to another, and when each arrived.
type Stream struct {
	from, to *net.UDPConn
	began    time.Time
	sent     atomic.Int64 // how many; packet i was due at began + i·interval
	paused   atomic.Int64 // longest while that the machine did not let this program send; see Since
	stop     func()
	running  sync.WaitGroup

	mu      sync.Mutex
	arrived map[int64]time.Time
	last    time.Time // newest arrival
}

// StartStream sends until Stop or the end of t.
func StartStream(t T, from, to Spot) *Stream {
	t.Helper()
	ended := make(chan struct{})
	st := &Stream{stop: sync.OnceFunc(func() { close(ended) }), arrived: map[int64]time.Time{}}
	local := func(s Spot) *net.UDPAddr { return net.UDPAddrFromAddrPort(netip.AddrPortFrom(s.Address, 0)) }
	var err error
	to.NS.Run(func() { st.to, err = net.ListenUDP("udp4", local(to)) })
	if err == nil {
		t.Cleanup(func() { st.to.Close() })
		err = st.to.SetReadBuffer(1 << 20)
	}
	if err == nil {
		from.NS.Run(func() { st.from, err = net.DialUDP("udp4", local(from), st.to.LocalAddr().(*net.UDPAddr)) })
	}
	if err != nil {
		t.Fatalf("cannot send from %v to %v: %v", from.Address, to.Address, err)
	}
	st.began = time.Now()
	st.running.Go(func() { st.send(ended) })
	st.running.Go(st.receive)
	t.Cleanup(func() {
		st.stop()
		st.from.Close()
		st.to.Close()
		st.running.Wait()
	})
	return st
}

// send keeps the rate: what a late timer missed is sent at once.
func (st *Stream) send(ended <-chan struct{}) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	var packet [64]byte
	for {
		select {
		case <-tick.C:
		case <-ended:
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

func (st *Stream) receive() {
	var buf [64]byte
	for {
		n, err := st.to.Read(buf[:])
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil || n < 8 {
			continue
		}
		number, now := int64(binary.BigEndian.Uint64(buf[:])), time.Now()
		st.mu.Lock()
		st.arrived[number], st.last = now, now
		st.mu.Unlock()
	}
}

// Now is the number of the next packet.
func (st *Stream) Now() int64 { return st.sent.Load() }

// Quiet is how long ago a packet arrived; long, if none has.
func (st *Stream) Quiet() time.Duration {
	st.mu.Lock()
	defer st.mu.Unlock()
	return time.Since(st.last)
}

// First is the number of the first packet that arrived.
func (st *Stream) First() int64 {
	st.mu.Lock()
	defer st.mu.Unlock()
	for n := range st.sent.Load() {
		if !st.arrived[n].IsZero() {
			return n
		}
	}
	return st.sent.Load()
}

// Outcome is what became of the packets of a while.
type Outcome struct {
	Outage  time.Duration // longest row of packets that did not arrive, by when they were due
	Silence time.Duration // longest while without any arrival
	Lost    int
	Pause   time.Duration // longest of the measuring program itself: noise of the machine
}

// Since is the outcome of the packets that were sent since the number, and of the machine's pauses since
// it was last asked. The newest packets may be on their way for as long as late says, and do not count.
func (st *Stream) Since(number int64, late time.Duration) Outcome {
	end := st.sent.Load() - int64(late/interval)
	st.mu.Lock()
	defer st.mu.Unlock()
	o := Outcome{Pause: time.Duration(st.paused.Swap(0))}
	row := int64(0)
	var last time.Time
	for n := number; n < end; n++ {
		at := st.arrived[n]
		if at.IsZero() {
			o.Lost++
			row++
			o.Outage = max(o.Outage, time.Duration(row)*interval)
			continue
		}
		row = 0
		if !last.IsZero() {
			o.Silence = max(o.Silence, at.Sub(last))
		}
		last = at
	}
	return o
}

// Stop ends the stream, lets arrive what is on its way, and returns what became of the packets after the
// first that arrived.
func (st *Stream) Stop() Outcome {
	st.stop()
	time.Sleep(time.Second)
	return st.Since(st.First(), 0)
}
