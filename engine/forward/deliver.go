package forward

import (
	"time"

	"vns3/engine/forward/ipv4"
)

// packet is a packet on its way to a port; a large one of the host is cut while it is copied.
type packet struct {
	data []byte
	cut  ipv4.Segmentation
}

// deliver hands packets to the device at a slot and returns how many were dropped, and why.
func (s *Switch) deliver(to slot, packets []packet, patience *patience) (dropped int, why Reason) {
	if p := s.ports[to].Load(); p != nil {
		return p.deliver(packets, patience)
	}
	for _, pk := range packets {
		dropped += pk.cut.Count(len(pk.data))
	}
	return dropped, PortClosed
}

// deliverHost writes packets, which start at offset in their buffers, to the kernel interface and
// returns how many were dropped, and why.
func (s *Switch) deliverHost(bufs [][]byte, offset int) (dropped int, why Reason) {
	k := s.kernel.Load()
	if k == nil {
		return len(bufs), PortClosed
	}
	lost := k.host.write(bufs, offset)
	s.traffic[kernelSlot].out.Add(uint64(len(bufs) - lost))
	return lost, InterfaceFailed
}

// deliver hands packets to the device of the port, in order, and returns how many were dropped, and
// why. While the queue is full it waits as long as the writer's patience lasts.
func (p *Port) deliver(packets []packet, patience *patience) (dropped int, why Reason) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, pk := range packets {
		for i := range pk.cut.Count(len(pk.data)) {
			out := p.reserveWaiting(pk.cut.Length(len(pk.data), i), patience)
			if out == nil {
				dropped++
				continue
			}
			pk.cut.Put(out, pk.data, i)
		}
	}
	p.handOn()
	why = QueueFull
	if p.closed.Load() {
		why = PortClosed
	}
	return dropped, why
}

// reserveWaiting returns the place for a data packet; nil if the port is closed or was full for too
// long. It needs p.mu, which it gives up while it waits.
func (p *Port) reserveWaiting(length int, patience *patience) []byte {
	for !p.closed.Load() {
		if out := p.reserve(&p.data, length); out != nil {
			return out
		}
		p.handOn()
		p.waiting++
		p.mu.Unlock()
		more := patience.wait(p.space)
		p.mu.Lock()
		p.waiting--
		if !more {
			return nil
		}
	}
	return nil
}

// handOn wakes the reader if there is something for it, and the next writer if there is room. It needs
// p.mu.
func (p *Port) handOn() {
	if p.lent.used > 0 || p.control.count > 0 || p.data.count > 0 {
		signal(p.wake)
	}
	if p.waiting > 0 && (p.closed.Load() || p.data.count < dataPackets/2) {
		signal(p.space)
	}
}

// How long a Write waits for a full port, in all. After waiting it does not wait again for as long as it
// did: so packets behind it, heartbeats among them, are held up half of the time at most, and a tunnel
// into which too much is sent loses data, never its health.
const waitLimit = 5 * time.Millisecond

// patience is how long one batch of packets may still wait.
type patience struct {
	now   func() time.Time
	timer *time.Timer
	left  time.Duration

	waited time.Duration
}

// wait waits for a token in space; false if none came in time.
func (w *patience) wait(space <-chan struct{}) bool {
	if w.left <= 0 {
		return false
	}
	if w.timer == nil {
		w.timer = time.NewTimer(w.left)
	} else {
		w.timer.Reset(w.left)
	}
	defer w.timer.Stop()
	began := w.now()
	defer func() {
		took := w.now().Sub(began)
		w.left -= took
		w.waited += took
	}()
	select {
	case <-space:
		return true
	case <-w.timer.C:
		return false
	}
}
