package sim

import (
	"time"

	"vns3/engine/clients"
)

// packetKind is what a packet of the underlay is.
type packetKind uint8

const (
	initiation packetKind = iota
	response
	transport
)

// packet is a packet of the underlay: a WireGuard handshake, or a control packet in a tunnel.
type packet struct {
	kind      packetKind
	nonce     uint64        // handshakes
	key       uint64        // of the session; responses and transport
	timestamp time.Duration // initiations: the sender's wall clock
	payload   []byte        // transport; empty: a keepalive
}

// path is one direction of the underlay between two controllers.
type path struct {
	cut            bool
	loss           float64
	duplicates     float64
	delay, scatter time.Duration // each packet takes delay and up to scatter more: they overtake
}

// side is what one end of a tunnel keeps, as a WireGuard device does.
type side struct {
	pending uint64        // nonce of our initiation that waits for its response
	sending uint64        // key; 0: no session
	accept  [3]uint64     // keys that packets may come under, newest first
	newest  time.Duration // timestamp of the peer's newest initiation
	seen    bool          // newest is set
}

func (s *side) learn(key uint64) {
	s.accept[2], s.accept[1], s.accept[0] = s.accept[1], s.accept[0], key
}

func (s *side) accepts(key uint64) bool {
	return key == s.accept[0] || key == s.accept[1] || key == s.accept[2]
}

// transmit puts a packet on the way, if the path lets it pass.
func (w *World) transmit(from, to int, p packet) {
	way := &w.paths[from][to]
	size := len(p.payload) + overhead
	w.Sent[from].Bytes += size
	w.Sent[from].Packets++
	copies := 1
	if way.duplicates > 0 && w.rand.Float64() < way.duplicates {
		copies = 2
	}
	for range copies {
		if way.cut || (way.loss > 0 && w.rand.Float64() < way.loss) {
			continue
		}
		delay := way.delay
		if way.scatter > 0 {
			delay += time.Duration(w.rand.Int64N(int64(way.scatter)))
		}
		w.queue.push(event{at: w.now + delay, from: from, to: to, packet: p})
	}
}

// overhead is what IPv4, UDP, WireGuard and the inner IPv4 header add to a payload.
const overhead = 20 + 8 + 32 + 20

// initiate is ExpireCurrentKeypairs and SendHandshakeInitiation.
func (w *World) initiate(from, to int) {
	s := &w.sides[from][to]
	w.nonce++
	s.pending, s.sending = w.nonce, 0
	w.transmit(from, to, packet{kind: initiation, nonce: s.pending, timestamp: w.now + w.machines[from].skew})
}

// arrive is a packet at its destination.
func (w *World) arrive(e event) {
	m := w.machines[e.to]
	if m.core == nil {
		return
	}
	if w.now < m.frozenUntil {
		m.inbox = append(m.inbox, e)
		return
	}
	s := &w.sides[e.to][e.from]
	switch p := e.packet; p.kind {
	case initiation:
		w.respond(e.to, e.from, p)
	case response:
		if p.nonce != s.pending {
			return
		}
		s.pending, s.sending = 0, p.key
		s.learn(p.key)
		w.transmit(e.to, e.from, packet{kind: transport, key: p.key})
		m.core.Session(e.from, w.clock(), w.clock())
	case transport:
		if !s.accepts(p.key) {
			return
		}
		if p.key == s.accept[0] && s.sending != p.key && s.pending == 0 {
			s.sending = p.key
			m.core.Session(e.from, w.clock(), w.clock())
		}
		if len(p.payload) > 0 {
			m.core.DataReceived(e.from, w.clock())
			if m.server != nil && clients.IsLetter(p.payload) {
				w.letter(e.to, p.payload)
			} else {
				w.receiveError(e, m.core.Receive(e.from, p.payload, w.clock()))
			}
		}
	}
	w.after(e.to)
}

// respond answers an initiation whose timestamp is newer than the newest seen.
func (w *World) respond(at, from int, p packet) {
	s := &w.sides[at][from]
	if s.seen && p.timestamp <= s.newest {
		w.machines[at].core.Refused(from, w.clock())
		return
	}
	w.nonce++
	s.newest, s.seen, s.pending = p.timestamp, true, 0
	s.learn(w.nonce)
	w.transmit(at, from, packet{kind: response, nonce: p.nonce, key: w.nonce})
}
