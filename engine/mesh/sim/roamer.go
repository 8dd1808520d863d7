package sim

import (
	"net/netip"
	"time"
)

// The times of a WireGuard client.
const (
	roamerBeat      = 250 * time.Millisecond // between two packets
	roamerKeepalive = 25 * time.Second
	roamerPatience  = 15 * time.Second      // without an answer, until it shakes hands again
	roamerRetry     = 5 * time.Second       // between initiations
	roamerFlood     = 20 * time.Millisecond // initiations that are closer are dropped
)

// roamer is a client server: a stock WireGuard client, which knows all controllers as one and sends to the
// one that it last heard.
type roamer struct {
	index int
	epoch uint32 // of its clientpack
	at    netip.AddrPort
	to    int // controller
	delay time.Duration
	loss  float64
	quiet bool // it says nothing but keepalives
	mute  bool // it is switched off

	current, previous, next uint64 // sessions
	pending                 uint64 // nonce of its initiation
	newest                  time.Duration
	shook                   time.Duration // when it last got an initiation
	asked                   time.Duration // when it last sent one
	answered                time.Duration // when it last heard anything
	ports                   int
}

// addRoamer adds a client server.
func (w *World) addRoamer(index, to int) *roamer {
	r := &roamer{index: index, to: to, newest: -time.Hour, shook: -time.Hour, delay: time.Duration(1+w.rand.IntN(20)) * time.Millisecond}
	w.crowd = append(w.crowd, r)
	w.rebind(r)
	w.at(w.now+time.Duration(w.rand.Int64N(int64(time.Second))), func() {
		w.ask(r, r.to)
		w.beat(r)
	})
	return r
}

// rebind gives a client another address, as a NAT does.
func (w *World) rebind(r *roamer) {
	delete(w.places, r.at)
	r.ports++
	place := len(w.places) + 1
	for w.places[addressOf(place, r.ports)] != nil {
		place++
	}
	r.at = addressOf(place, r.ports)
	w.places[r.at] = r
}

func addressOf(place, port int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, byte(place >> 8), byte(place)}), uint16(4000+port))
}

func (w *World) roamerAt(at netip.AddrPort) *roamer { return w.places[at] }

// carry brings something between a client and a controller, either way, unless it is lost.
func (w *World) carry(r *roamer, act func()) {
	if r.mute || r.loss > 0 && w.rand.Float64() < r.loss {
		return
	}
	w.at(w.now+r.delay, act)
}

// say sends a packet to the controller that the client believes in.
func (w *World) say(r *roamer, p parcel) {
	id, from := r.to, r.at
	w.carry(r, func() { w.awake(id, func() { w.come(id, from, r.index, p) }) })
}

// ask begins a handshake with a controller.
func (w *World) ask(r *roamer, to int) {
	w.nonce++
	r.to, r.pending, r.asked = to, w.nonce, w.now
	w.say(r, parcel{packet: packet{kind: initiation, nonce: r.pending, timestamp: w.now}, epoch: r.epoch})
}

// load gives a client a fresh clientpack.
func (w *World) load(r *roamer, epoch uint32, to int) {
	r.epoch, r.current, r.previous, r.next = epoch, 0, 0, 0
	w.ask(r, to)
}

// beat is what a client does by itself.
func (w *World) beat(r *roamer) {
	every := roamerBeat
	if r.quiet {
		every = roamerKeepalive
	}
	w.at(w.now+every, func() { w.beat(r) })
	unheard := w.now-r.answered > roamerPatience && !r.quiet // what follows a keepalive is not waited for
	if (r.current == 0 || unheard) && w.now-r.asked >= roamerRetry {
		w.ask(r, r.to)
	}
	w.speakUp(r)
	if w.rand.IntN(6) == 0 {
		w.knockAt(r, 1+w.rand.IntN(w.count))
	}
}

// speakUp sends a packet in the client's session.
func (w *World) speakUp(r *roamer) {
	if r.current != 0 {
		w.say(r, parcel{packet: packet{kind: transport, key: r.current}})
	}
}

// knockAt tells the standby identity of a controller where the client is.
func (w *World) knockAt(r *roamer, id int) {
	from, p := r.at, parcel{packet: packet{kind: initiation, timestamp: w.now}, epoch: r.epoch, standby: true}
	w.carry(r, func() { w.awake(id, func() { w.come(id, from, r.index, p) }) })
}

// reach is a packet of a controller at a client.
func (w *World) reach(r *roamer, id int, p parcel) {
	switch p.kind {
	case initiation:
		if p.epoch != r.epoch || p.timestamp <= r.newest || w.now-r.shook < roamerFlood {
			return
		}
		w.nonce++
		r.newest, r.shook, r.next, r.to, r.pending = p.timestamp, w.now, w.nonce, id, 0
		w.say(r, parcel{packet: packet{kind: response, nonce: p.nonce, key: r.next}})
	case response:
		if p.nonce != r.pending {
			return
		}
		r.pending, r.previous, r.current, r.to, r.answered = 0, r.current, p.key, id, w.now
		w.say(r, parcel{packet: packet{kind: transport, key: r.current}, empty: true})
	case transport:
		switch p.key {
		case r.next:
			r.previous, r.current, r.next = r.current, r.next, 0
		case r.current, r.previous:
		default:
			return
		}
		r.to, r.answered = id, w.now
		if p.asks {
			w.say(r, parcel{packet: packet{kind: transport, key: r.current}})
		}
	}
}
