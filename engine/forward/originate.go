package forward

import (
	"net/netip"
	"sync/atomic"
	"time"

	"vns3/engine/forward/ipv4"
	"vns3/overlay"
)

// SendControl sends a payload to the controller at the other end of a tunnel, ahead of the data that
// waits there. False: this controller has no ID, the tunnel's port is not open or holds too many
// control packets, or the payload is too large to ever fit.
func (s *Switch) SendControl(peer int, payload []byte) bool {
	if peer < 1 || peer > overlay.MaxControllers || len(payload) > ipv4.MaxLength-ipv4.HeaderLength {
		return false
	}
	id, p := s.view.Load().id, s.ports[peer].Load()
	if id == 0 || p == nil || !p.sendControl(id, payload) {
		return false
	}
	s.traffic[ownSlot].in.Add(1)
	return true
}

// AskClient sends an echo request from this controller to a client server that is attached here. The
// answer is a packet of the client like any other.
func (s *Switch) AskClient(addr netip.Addr) {
	from := s.view.Load().address
	if from == 0 {
		return
	}
	var request [ipv4.EchoLength]byte
	ipv4.PutEcho(request[:], from, ipv4.Number(addr))
	lost, why := s.deliver(clientSlot, []packet{{data: request[:]}}, &patience{})
	own := &s.traffic[ownSlot]
	own.in.Add(1)
	own.dropped[why].Add(uint64(lost))
}

// drop counts a packet, all its segments, and tells the sender where that is due.
func (b *batch) drop(p packet, h ipv4.Header, v verdict) {
	b.dropped[v.reason] += uint64(p.cut.Count(len(p.data)))
	e, due := v.reason.answer()
	if !due || b.view.address == 0 || !ipv4.MayReport(p.data, h) || !b.s.traffic[b.from].reports.take(b.s.stamp(b.now)) {
		return
	}
	source := b.view.address
	if b.from == kernelSlot { // the host refuses packets that come in from its own address
		source = h.Destination
	}
	b.originate(ipv4.PutError(b.scratch[headroom:], p.data, h, e, source, b.view.mtu[v.to]))
}

// echo answers a ping to an address that this controller serves. The reply takes the request's place
// in scratch, because the request's buffer may lack the room that the kernel interface needs before it.
func (b *batch) echo(packet []byte, h ipv4.Header) {
	reply := b.scratch[headroom : headroom+copy(b.scratch[headroom:], packet)]
	if !ipv4.TurnEcho(reply, h) {
		b.dropped[NotServed]++
		return
	}
	b.consumed++
	b.originate(len(reply))
}

// originate sends the packet of the length in scratch where its destination leads.
func (b *batch) originate(length int) {
	h, _ := ipv4.Parse(b.scratch[headroom : headroom+length])
	v := decide(h, ownSlot, b.view)
	if v.action == forward {
		b.sendOwn(v.to, length)
		return
	}
	own := &b.s.traffic[ownSlot]
	own.in.Add(1)
	own.dropped[v.reason].Add(1)
}

// sendOwn sends the packet of the length in scratch to a slot, behind all that this batch has for it.
func (b *batch) sendOwn(to slot, length int) {
	var lost int
	var why Reason
	if to == kernelSlot {
		lost, why = b.s.deliverHost([][]byte{b.scratch[:headroom+length]}, headroom)
	} else {
		lost, why = b.s.deliver(to, []packet{{data: b.scratch[headroom : headroom+length]}}, &b.patience)
	}
	own := &b.s.traffic[ownSlot]
	own.in.Add(1)
	own.dropped[why].Add(uint64(lost))
}

// fragment sends a packet in pieces.
func (b *batch) fragment(packet []byte, h ipv4.Header, v verdict) {
	if v.hop {
		ipv4.DecrementTTL(packet)
	}
	b.handOn() // the pieces must not overtake what came before
	b.consumed++
	for from := 0; ; {
		length, next := ipv4.PutFragment(b.scratch[headroom:], packet, h, b.view.mtu[v.to], from)
		b.sendOwn(v.to, length)
		if next == 0 {
			return
		}
		from = next
	}
}

// ICMP errors about the packets that came in at one slot.
const (
	reportInterval = 10 * time.Millisecond
	reportBurst    = 50
)

// bucket limits a rate without a lock: it holds the time at which it would be full again.
type bucket struct{ full atomic.Int64 }

// take reports whether one more is allowed at a time in nanoseconds.
func (t *bucket) take(now int64) bool {
	for {
		full := t.full.Load()
		next := max(full, now) + int64(reportInterval)
		if next-now > reportBurst*int64(reportInterval) {
			return false
		}
		if t.full.CompareAndSwap(full, next) {
			return true
		}
	}
}
