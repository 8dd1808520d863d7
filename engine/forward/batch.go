package forward

import (
	"sync/atomic"
	"time"

	"vns3/engine/forward/ipv4"
)

// headroom is what the native TUN device needs before each packet that is written to it.
const headroom = 16

// batch is the work of one Write: the packets that came in together, sorted by where they go. It comes
// from a pool and lives for one call.
type batch struct {
	s    *Switch
	view *view
	from slot
	now  time.Time

	out  [slots][]packet // for the ports
	host [][]byte        // whole buffers for the kernel interface, packets at hostOffset
	// hostOffset is the same for all: that of the Write that brought them.
	hostOffset int

	in, consumed uint64
	dropped      [reasons]uint64
	data         bool // there was a packet that is not a control packet

	cached      bool // route is that to destination
	destination uint32
	route       route
	source      uint32 // client server that was stamped last

	patience patience
	scratch  []byte // for what the switch originates; with headroom
}

func newBatch(s *Switch) *batch {
	return &batch{
		s:        s,
		patience: patience{now: s.options.Now},
		scratch:  make([]byte, headroom+ipv4.MaxLength),
	}
}

// begin starts on packets that came in at from.
func (s *Switch) begin(from slot) *batch {
	b := s.batches.Get().(*batch)
	b.view, b.from, b.now = s.view.Load(), from, s.options.Now()
	b.patience.left, b.patience.waited = waitLimit, 0
	if s.stamp(b.now) < s.traffic[from].rest.Load() {
		b.patience.left = 0
	}
	return b
}

// end hands on what is left and counts.
func (b *batch) end() {
	b.handOn()
	t := &b.s.traffic[b.from]
	if b.patience.waited > 0 {
		t.rest.Store(b.s.stamp(b.s.options.Now().Add(b.patience.waited)))
	}
	t.in.Add(b.in)
	addIfAny(&t.consumed, b.consumed)
	for r, n := range b.dropped {
		addIfAny(&t.dropped[r], n)
	}
	if b.data {
		t.data.Store(b.s.stamp(b.now))
	}
	b.view, b.cached, b.data, b.source = nil, false, false, 0
	b.in, b.consumed, b.dropped = 0, 0, [reasons]uint64{}
	b.s.batches.Put(b)
}

func addIfAny(counter *atomic.Uint64, n uint64) {
	if n > 0 {
		counter.Add(n)
	}
}

// take decides about the packet in buf at offset and does what was decided; what is forwarded goes with
// handOn.
func (b *batch) take(buf []byte, offset int) {
	b.in++
	h, ok := ipv4.Parse(buf[offset:])
	if !ok {
		b.refuse(buf[offset:])
		return
	}
	whole := buf[:offset+int(h.Length)]
	if b.from == clientSlot {
		b.sawClient(h.Source)
	}
	v := b.decide(h)
	if v.action == forward && v.to == kernelSlot {
		b.data = true
		b.host, b.hostOffset = append(b.host, whole), offset
		return
	}
	b.follow(packet{data: whole[offset:]}, h, v)
}

// takeHost does the same for a packet that the host sent.
func (b *batch) takeHost(p hostPacket) {
	h, ok := ipv4.Parse(p.data)
	if !ok {
		b.in++
		b.refuse(p.data)
		return
	}
	data := p.data[:h.Length]
	cut, err := ipv4.Offload(p.offload, data, h)
	if err != nil {
		b.in++
		b.dropped[Malformed]++
		return
	}
	b.in += uint64(cut.Count(len(data)))
	if cut.Cuts() {
		h.Segments, h.Length = true, uint16(cut.Length(len(data), 0))
	}
	b.follow(packet{data, cut}, h, b.decide(h))
}

// follow does what was decided about a packet that does not go to the kernel interface.
func (b *batch) follow(p packet, h ipv4.Header, v verdict) {
	b.data = b.data || v.action != control
	switch v.action {
	case control:
		b.consumed++
		b.s.options.Control(int(b.from), p.data[h.HeaderLength:], b.now)
	case echo:
		b.echo(p.data, h)
	case forward:
		if v.hop {
			ipv4.DecrementTTL(p.data)
		}
		b.out[v.to] = append(b.out[v.to], p)
	case fragment:
		b.fragment(p.data, h, v)
	case drop:
		b.drop(p, h, v)
	}
}

// refuse counts a packet that is not whole or not IPv4.
func (b *batch) refuse(packet []byte) {
	if ipv4.Version(packet) == 6 {
		b.dropped[IPv6]++
	} else {
		b.dropped[Malformed]++
	}
}

// decide is decide with the route of the last destination kept.
func (b *batch) decide(h ipv4.Header) verdict {
	if !b.cached || b.destination != h.Destination {
		b.cached, b.destination, b.route = true, h.Destination, b.view.route(h.Destination, b.from)
	}
	return judge(h, b.from, b.view, b.route)
}

// sawClient notes that the client server with the address is alive.
func (b *batch) sawClient(addr uint32) {
	if addr == b.source {
		return
	}
	b.source = addr
	now := b.s.stamp(b.now)
	if last := b.s.clients.of(addr).Swap(now); last == 0 || now-last >= int64(ClientSilence) {
		b.s.options.Client(ipv4.Addr(addr))
		b.view, b.cached = b.s.view.Load(), false // whoever was told may have made a route to the client
	}
}

// handOn gives the packets that were sorted out to where they go. All that came in before is on its way
// when it returns, so what is sent afterwards cannot overtake it.
func (b *batch) handOn() {
	for to := range b.out {
		if len(b.out[to]) == 0 {
			continue
		}
		lost, why := b.s.deliver(slot(to), b.out[to], &b.patience)
		b.dropped[why] += uint64(lost)
		clear(b.out[to])
		b.out[to] = b.out[to][:0]
	}
	if len(b.host) > 0 {
		lost, why := b.s.deliverHost(b.host, b.hostOffset)
		b.dropped[why] += uint64(lost)
		clear(b.host)
		b.host = b.host[:0]
	}
}
