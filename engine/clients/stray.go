package clients

import (
	"net/netip"
	"slices"
	"time"
)

// A stray is a transport packet of a client that came to a controller which does not have its session:
// the client moves, or a late packet led it back. It is sent on to the controller that has it.
const (
	// partSize keeps a part of a stray within every tunnel.
	partSize = 1000
	// maxParts hold the largest datagram that a client's device of MTU 4,800 sends.
	maxParts = 5
	// straysPerSecond bounds what one client can make controllers tell each other.
	straysPerSecond = 2000
	// partsKept is how many incomplete strays wait for their rest.
	partsKept = 64
	partAge   = time.Second
)

// split cuts a datagram into parts; nil if it is larger than any client sends.
func split(packet []byte, number uint16) []part {
	n := (len(packet) + partSize - 1) / partSize
	if n == 0 || n > maxParts {
		return nil
	}
	parts := make([]part, 0, n)
	for data := range slices.Chunk(packet, partSize) {
		parts = append(parts, part{number, uint8(len(parts)), uint8(n), data})
	}
	return parts
}

// puzzle puts the parts of strays together again.
type puzzle struct {
	open []incomplete
}

type incomplete struct {
	from, index int
	number      uint16
	at          time.Time
	data        [maxParts][]byte
	missing     int
}

// add takes a part and returns the datagram if it was the last one.
func (p *puzzle) add(l Letter, now time.Time) ([]byte, bool) {
	if l.Part.parts == 1 {
		return l.Part.data, true
	}
	i := slices.IndexFunc(p.open, func(o incomplete) bool {
		return o.from == l.From && o.index == l.Index && o.number == l.Part.number && now.Sub(o.at) < partAge
	})
	if i < 0 {
		if len(p.open) == partsKept {
			p.open = p.open[1:]
		}
		p.open = append(p.open, incomplete{from: l.From, index: l.Index, number: l.Part.number, at: now, missing: int(l.Part.parts)})
		i = len(p.open) - 1
	}
	o := &p.open[i]
	if o.data[l.Part.at] == nil {
		o.data[l.Part.at] = slices.Clone(l.Part.data)
		o.missing--
	}
	if o.missing > 0 {
		return nil, false
	}
	whole := slices.Concat(o.data[:]...)
	p.open = slices.Delete(p.open, i, i+1)
	return whole, true
}

// allowance bounds the strays of each client.
type allowance struct {
	second time.Time
	used   map[int]int
}

func (a *allowance) take(index int, now time.Time) bool {
	if now.Sub(a.second) >= time.Second {
		a.second, a.used = now, map[int]int{}
	}
	a.used[index]++
	return a.used[index] <= straysPerSecond
}

// first reports whether the newest was the first one in this second.
func (a *allowance) first(index int) bool { return a.used[index] == 1 }

// Astray takes a transport packet whose session is not here.
func (c *Core) Astray(packet []byte, from netip.AddrPort, now time.Time) {
	index, known := c.places.at(from)
	if !known || !c.strays.take(index, now) {
		return
	}
	claim, _ := c.mesh.ClaimOf(index)
	holder := c.mesh.Holder(index)
	switch s := c.served[index]; {
	case holder == 0:
		if s == nil && c.strays.first(index) {
			c.call(index, now) // it does not know yet that its session has ended
		}
	case holder != c.self:
		c.forward(index, holder, packet, from)
	case s != nil && s.offer != nil:
		c.forward(index, s.offer.to, packet, from)
	case c.previous(index, now) != 0:
		c.forward(index, c.previous(index, now), packet, from)
	default:
		c.foreign(index, claim.Endpoint, now)
	}
}

func (c *Core) forward(index, to int, packet []byte, from netip.AddrPort) {
	c.number++
	for _, p := range split(packet, c.number) {
		c.send(Letter{To: to, Kind: Stray, Index: index, Endpoint: from, Part: p})
	}
}

// foreign is told of a packet of a client held here in a session that nobody here knows.
func (c *Core) foreign(index int, at netip.AddrPort, now time.Time) {
	s := c.served[index]
	switch {
	case s == nil:
		// This controller has restarted: its clients still speak in the sessions that it had before.
		c.seize(index, at, now)
	case now.Sub(s.heard) <= takenAfter || s.unanswered():
		// It was on its way, or a handshake is.
	case !c.electorate.Partitioned():
		c.seize(index, at, now) // a controller that had it meanwhile left it with its session
	case s.seizure == nil:
		c.electorate.refute()
		c.release(s, now)
	}
}

// takenAfter: a client held here that sends only packets of another's session for so long is not here; during
// a partition, the other side took it.
const takenAfter = time.Second

// fed takes a stray that another controller sent on.
func (c *Core) fed(l Letter, now time.Time) {
	packet, whole := c.puzzle.add(l, now)
	s := c.served[l.Index]
	if !whole || s == nil {
		return
	}
	c.do(Feed{l.Index, packet, s.whereabouts(l.Endpoint, now)})
	if s.leaving.IsZero() && s.offer == nil && c.mesh.Holder(l.Index) == c.self && now.Sub(s.called) >= callPause {
		s.called = now
		c.do(Keepalive{l.Index}) // it leads the client here
	}
}

// whereabouts is where a client whose strays keep coming is looked for: first where it was seen from here,
// since a NAT may show every controller another address; half a second later where the writer sees it, since
// it may have moved; and so on in turns.
func (s *client) whereabouts(writer netip.AddrPort, now time.Time) netip.AddrPort {
	if now.Sub(s.strayed) > strayRun {
		s.straying = now
	}
	s.strayed = now
	if now.Sub(s.straying)/lookFor%2 == 1 {
		return writer
	}
	return s.endpoint
}

const (
	// lookFor is longer than a keepalive and its answer are on their way.
	lookFor = 500 * time.Millisecond
	// strayRun: strays further apart have nothing to do with each other.
	strayRun = time.Second
)

// callPause: the client needs one keepalive, and one more where that was lost.
const callPause = 10 * time.Millisecond
