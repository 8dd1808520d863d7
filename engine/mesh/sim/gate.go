package sim

import (
	"cmp"
	"encoding/binary"
	"maps"
	"net/netip"
	"slices"
	"time"

	"vns3/engine/clients"
	"vns3/engine/mesh"
)

// gate is a controller's device for client servers.
type gate struct {
	seats  map[int]*seat
	epochs map[int]uint32 // of the keys that it knows
}

// seat is a client as a peer of the device.
type seat struct {
	side
	endpoint netip.AddrPort
	epoch    uint32
	shaken   time.Duration // newest completed handshake
	heard    time.Duration
	rx       uint64
	listens  bool
}

// fenced is how long a controller that was frozen says nothing to clients.
const fenced = 300 * time.Millisecond

// parcel is a packet between a client and a controller.
type parcel struct {
	packet
	epoch   uint32 // of the client's key
	standby bool   // initiations: to the standby identity
	empty   bool   // transport: a keepalive
	asks    bool   // transport: the client answers by itself
}

// stray is a transport packet as controllers send it on.
func (p parcel) stray() []byte {
	b := binary.BigEndian.AppendUint64(nil, p.key)
	if p.empty {
		return append(b, 1)
	}
	return append(b, 0)
}

func parcelOf(stray []byte) parcel {
	return parcel{packet: packet{kind: transport, key: binary.BigEndian.Uint64(stray)}, empty: stray[8] == 1}
}

// stamp is a time as a handshake tells it.
func stamp(at time.Duration) (s [12]byte) {
	binary.BigEndian.PutUint64(s[:], uint64(epoch.Add(at).UnixNano()))
	return s
}

// come is a client's packet at a controller.
func (w *World) come(id int, from netip.AddrPort, index int, p parcel) {
	m := w.machines[id]
	s := m.gate.seats[index]
	switch {
	case p.kind == initiation:
		w.knock(id, from, index, p)
	case p.kind == response && s != nil && p.nonce == s.pending:
		s.pending, s.sending, s.endpoint, s.shaken = 0, p.key, from, w.now
		s.learn(p.key)
		s.rx++
		w.speak(id, s, parcel{empty: true})
	case p.kind == transport && s != nil && s.accepts(p.key):
		w.authentic(id, index, from, p)
	case p.kind == transport:
		m.server.Astray(p.stray(), from, w.clock())
	}
}

// knock is a client's initiation, which the device answers if it is admitted.
func (w *World) knock(id int, from netip.AddrPort, index int, p parcel) {
	m := w.machines[id]
	if m.core.Pack(index).Epoch != p.epoch {
		return // a key that this controller does not know
	}
	if !m.server.Admit(clients.Knock{Index: index, Stamp: stamp(p.timestamp), From: from, Standby: p.standby}, w.clock()) {
		return
	}
	w.after(id)
	if s := m.gate.seats[index]; s != nil {
		w.nonce++
		s.pending, s.endpoint = 0, from
		s.learn(w.nonce)
		w.toClient(id, from, parcel{packet: packet{kind: response, nonce: p.nonce, key: w.nonce}})
	}
}

// authentic is a packet in a session of the device.
func (w *World) authentic(id, index int, from netip.AddrPort, p parcel) {
	m := w.machines[id]
	s := m.gate.seats[index]
	if p.key == s.accept[0] && s.sending != p.key && s.pending == 0 {
		s.sending, s.shaken = p.key, w.now
	}
	first := s.listens || w.now-s.heard >= time.Second
	s.endpoint, s.heard, s.listens = from, w.now, false
	s.rx++
	if first {
		m.server.Heard(index, w.clock())
		w.after(id)
	}
	if !p.empty {
		w.answer(id, index)
	}
}

// answer sends something back, by the controller that holds the client.
func (w *World) answer(id, index int) {
	holder := w.machines[id].core.Holder(index)
	if holder == 0 || (holder != id && w.paths[id][holder].cut) {
		return
	}
	w.at(w.now+w.paths[id][holder].delay, func() {
		w.awake(holder, func() {
			if s := w.machines[holder].gate.seats[index]; s != nil {
				w.speak(holder, s, parcel{})
			}
		})
	})
}

// awake does something at a controller that runs, when it is not frozen.
func (w *World) awake(id int, act func()) {
	switch m := w.machines[id]; {
	case m.core == nil:
	case w.now < m.frozenUntil:
		m.inbox = append(m.inbox, event{to: id, act: act})
	default:
		act()
		w.after(id)
	}
}

// speak sends in a session.
func (w *World) speak(id int, s *seat, p parcel) {
	if s.sending != 0 {
		p.kind, p.key = transport, s.sending
		w.toClient(id, s.endpoint, p)
	}
}

func (w *World) toClient(id int, at netip.AddrPort, p parcel) {
	if w.now < w.machines[id].frozenUntil+fenced {
		return
	}
	if r := w.roamerAt(at); r != nil {
		w.carry(r, func() {
			if r.at == at {
				w.reach(r, id, p)
			}
		})
	}
}

// serve lets time pass for the clients of a controller.
func (w *World) serve(id int) {
	m := w.machines[id]
	if m.server == nil || w.now < m.due {
		return
	}
	m.server.SetPolicy(clients.Policy{Licensed: w.count, Draining: m.draining, Takeover: true})
	m.server.Tick(clients.SightOf(m.core.View(w.clock()), w.clock()), w.clock())
	m.due = m.server.Next(w.clock()).Sub(epoch)
}

// obey carries out what a controller's core for clients wants done. It reports whether that was anything.
func (w *World) obey(id int) bool {
	m := w.machines[id]
	if m.server == nil {
		return false
	}
	effects := m.server.Effects()
	slices.SortStableFunc(effects, func(a, b clients.Effect) int { return cmp.Compare(indexOf(a), indexOf(b)) })
	for _, e := range effects {
		w.device(id, e)
	}
	return len(effects) > 0
}

// indexOf is the client that an effect is about: in which order a core asks for several has no meaning.
func indexOf(e clients.Effect) int {
	switch e := e.(type) {
	case clients.Configure:
		return e.Index
	case clients.Remove:
		return e.Index
	case clients.Initiate:
		return e.Index
	case clients.Keepalive:
		return e.Index
	case clients.Ask:
		return e.Index
	case clients.Feed:
		return e.Index
	case clients.Listen:
		return e.Index
	case clients.Send:
		return e.Letter.Index
	case clients.Event:
		return e.Index
	}
	return -1
}

// device carries out one effect.
func (w *World) device(id int, effect clients.Effect) {
	m := w.machines[id]
	seats := m.gate.seats
	switch e := effect.(type) {
	case clients.Configure:
		if s, current := seats[e.Index], m.core.Pack(e.Index).Epoch; s == nil || s.epoch != current {
			seats[e.Index] = &seat{epoch: current, heard: -time.Hour}
		}
	case clients.Remove:
		delete(seats, e.Index)
	case clients.Send:
		w.post(id, e.Letter)
	case clients.Poll:
		w.at(w.now+time.Millisecond, func() { w.awake(id, func() { w.report(id) }) })
	default:
		if s := seats[indexOf(effect)]; s != nil {
			w.ofSeat(id, s, effect)
		}
	}
}

// ofSeat carries out an effect about a client that is a peer of the device.
func (w *World) ofSeat(id int, s *seat, effect clients.Effect) {
	switch e := effect.(type) {
	case clients.Initiate:
		s.endpoint = e.Endpoint
		w.call(id, s)
	case clients.Keepalive:
		w.speak(id, s, parcel{empty: true})
	case clients.Ask:
		w.speak(id, s, parcel{asks: true})
	case clients.Listen:
		s.listens = true
	case clients.Feed:
		if p := parcelOf(e.Packet); s.accepts(p.key) {
			w.authentic(id, e.Index, e.Endpoint, p)
		} else {
			w.machines[id].server.Astray(e.Packet, e.Endpoint, w.clock())
		}
	}
}

// repeatAfter is when a device repeats an initiation without an answer (WireGuard's Rekey-Timeout).
const repeatAfter = 5 * time.Second

// call begins a handshake with a client, which the device repeats by itself where no answer comes.
func (w *World) call(id int, s *seat) {
	w.nonce++
	nonce := w.nonce
	s.pending, s.sending = nonce, 0
	w.toClient(id, s.endpoint, parcel{
		packet: packet{kind: initiation, nonce: nonce, timestamp: w.now + w.machines[id].skew}, epoch: s.epoch,
	})
	w.at(w.now+repeatAfter, func() {
		if m := w.machines[id]; m.core != nil && w.now >= m.frozenUntil && s.pending == nonce &&
			slices.Contains(slices.Collect(maps.Values(m.gate.seats)), s) {
			w.call(id, s)
		}
	})
}

// report is the device's answer to a Poll.
func (w *World) report(id int) {
	m := w.machines[id]
	var reports []clients.Report
	for _, index := range slices.Sorted(maps.Keys(m.gate.seats)) {
		s := m.gate.seats[index]
		r := clients.Report{Index: index, Endpoint: s.endpoint, RxBytes: s.rx}
		if s.shaken > 0 {
			r.LastHandshake = epoch.Add(s.shaken)
		}
		reports = append(reports, r)
	}
	m.server.Polled(reports, w.clock())
}

// post sends a letter on its way.
func (w *World) post(id int, l clients.Letter) {
	next := w.machines[id].core.Routes()[l.To].NextHop
	if s := &w.sides[id][next]; next != 0 && s.sending != 0 {
		w.transmit(id, next, packet{kind: transport, key: s.sending, payload: l.Encode()})
	}
}

// letter is a letter that came to a controller.
func (w *World) letter(id int, payload []byte) {
	switch l, err := clients.DecodeLetter(payload); {
	case err != nil:
		w.fail(id, "%v", err)
	case l.To == id:
		w.machines[id].server.Letter(l, w.clock())
	case l.Hops > 0:
		l.Hops--
		w.post(id, l)
	}
}

// packChanged follows the state of a clientpack, and forgets its old key.
func (w *World) packChanged(id, index int, pack mesh.Pack) {
	m := w.machines[id]
	rekeyed := pack.Epoch > m.gate.epochs[index]
	m.server.PackChanged(index, rekeyed, w.clock())
	m.gate.epochs[index] = pack.Epoch
}
