package wireguard

import (
	"golang.zx2c4.com/wireguard/conn"

	"vns3/engine/tunnel/noise"
)

// heard notes what came in a session: so many bytes, with or without a packet.
func (p *Peer) heard(s *session, from conn.Endpoint, bytes uint64, data bool, now int64) {
	p.rx.Add(bytes)
	p.touch(now)
	if data && p.owed.CompareAndSwap(0, now) {
		p.alarm.by(now+int64(KeepaliveTimeout), p.d)
	}
	p.follow(from)
	if s == p.current.Load() {
		if s.initiator && now-s.born >= int64(RejectAfterTime-KeepaliveTimeout-RekeyTimeout) {
			_ = p.initiate(needed) // the last moment for it; repeated by the alarm
		}
		return
	}
	p.confirm(s, now)
}

// touch notes that the peer was heard.
func (p *Peer) touch(now int64) {
	p.unanswered.Store(0)
	p.traversed.Store(now)
}

// sent notes that the peer was sent something, data or not.
func (p *Peer) sent(data bool, now int64) {
	p.owed.Store(0)
	p.traversed.Store(now)
	if data && p.unanswered.CompareAndSwap(0, now) {
		p.alarm.by(now+int64(KeepaliveTimeout+RekeyTimeout), p.d)
	}
}

// sendAll sends packets, which stand behind headerSize bytes of room, or lets them wait for a session. It
// changes them and does not keep them.
func (p *Peer) sendAll(packets [][]byte) {
	p.order.Lock()
	now := p.d.now()
	s := p.current.Load()
	ready := s.sends(now)
	if ready {
		p.flushStaged(s, now)
		p.push(s, packets, now)
	} else {
		p.stage(packets)
	}
	p.order.Unlock()
	if !ready || s.initiator && now-s.born >= int64(RekeyAfterTime) || s.counter.Load() >= rekeyAfterMessage {
		_ = p.initiate(needed) // repeated by the alarm
	}
}

// push encrypts packets and sends them. It needs p.order.
func (p *Peer) push(s *session, packets [][]byte, now int64) {
	n := uint64(len(packets))
	first := s.counter.Add(n) - n
	if first+n >= rejectAfterMessages {
		return // never: new keys are asked for after 2⁶⁰ messages
	}
	mtu := int(p.d.mtu.Load())
	bytes, data := 0, false
	for i, packet := range packets {
		data = data || len(packet) > headerSize
		packets[i] = s.seal(packet, first+uint64(i), mtu, &p.nonce)
		bytes += len(packets[i])
	}
	if err := p.d.transmit(noise.TransportKind, packets, p.Endpoint()); err != nil {
		p.d.complain("send packets", err)
		return
	}
	p.tx.Add(uint64(bytes))
	p.sent(data, now)
}

// stage keeps copies of packets until there is a session. It needs p.order.
func (p *Peer) stage(packets [][]byte) {
	for _, packet := range packets {
		p.staged = append(p.staged, append(make([]byte, 0, len(packet)+overhead), packet...))
	}
	if over := len(p.staged) - maxStaged; over > 0 {
		p.staged = append(p.staged[:0:0], p.staged[over:]...)
	}
}

// unstage throws away what waits for a session.
func (p *Peer) unstage() {
	p.order.Lock()
	defer p.order.Unlock()
	p.staged = nil
}

// flush sends what waits for a session, or an empty packet if nothing does and one is wanted. False:
// there is no session.
func (p *Peer) flush(empty bool) bool {
	p.order.Lock()
	defer p.order.Unlock()
	now := p.d.now()
	s := p.current.Load()
	if !s.sends(now) {
		return false
	}
	if len(p.staged) == 0 && empty {
		p.push(s, [][]byte{make([]byte, headerSize, headerSize+overhead)}, now)
	}
	p.flushStaged(s, now)
	return true
}

// flushStaged needs p.order.
func (p *Peer) flushStaged(s *session, now int64) {
	if len(p.staged) == 0 {
		return
	}
	for batch := p.d.bind.BatchSize(); len(p.staged) > 0; {
		n := min(batch, len(p.staged))
		p.push(s, p.staged[:n], now)
		p.staged = p.staged[n:]
	}
	p.staged = nil
}
