package clients

import (
	"bytes"
	"net/netip"
	"time"

	"vns3/engine/mesh"
)

// Admit decides on a handshake initiation: whether the device may have it. The client is configured
// first. A standby initiation is remembered for a takeover and never admitted.
func (c *Core) Admit(k Knock, now time.Time) bool {
	pack := c.mesh.Pack(k.Index)
	if !c.mesh.Synced() || !pack.Enabled {
		return false
	}
	if k.Standby {
		c.places.knocked(k)
		return false
	}
	if bytes.Compare(k.Stamp[:], c.newestStamp(k.Index)) <= 0 {
		return false
	}
	s := c.served[k.Index]
	if s == nil {
		s = c.serve(k.Index, netip.AddrPort{}, now)
	}
	s.stamp, s.endpoint, s.pending, s.leaving = k.Stamp, k.From, now.Add(pendingFor), time.Time{}
	c.stamps[k.Index] = k.Stamp
	return true
}

// newestStamp is the timestamp of the newest initiation of a client that any controller admitted.
func (c *Core) newestStamp(index int) []byte {
	claim, _ := c.mesh.ClaimOf(index)
	stamp := c.stamps[index]
	if bytes.Compare(stamp[:], claim.HandshakeTimestamp[:]) < 0 {
		stamp = claim.HandshakeTimestamp
	}
	return stamp[:]
}

// serve makes the client a peer of the device.
func (c *Core) serve(index int, endpoint netip.AddrPort, now time.Time) *client {
	s := &client{index: index, endpoint: endpoint, added: now}
	c.served[index] = s
	c.do(Configure{index, endpoint})
	c.do(Listen{index})
	return s
}

// Heard says that an authenticated packet of a client came through its session here.
func (c *Core) Heard(index int, now time.Time) {
	if s := c.served[index]; s != nil {
		c.heard(s, now)
	}
}

func (c *Core) heard(s *client, now time.Time) {
	s.heard, s.doubt, s.letGo = now, time.Time{}, time.Time{}
	if !s.leaving.IsZero() {
		return // its old session ends here
	}
	s.pending = time.Time{}
	if s.shaken.IsZero() {
		s.shaken = now // the device is asked seconds later
	}
	c.answered(s, now)
	c.attach(s, now)
}

// attach claims a client that spoke here.
func (c *Core) attach(s *client, now time.Time) {
	held := c.mesh.Holder(s.index) == c.self
	if !held || s.since.IsZero() {
		s.since = now
	}
	switch verdict := c.mesh.Claim(s.index, c.body(s), now); verdict {
	case mesh.Claimed:
		s.retry = time.Time{}
		delete(c.stamps, s.index)
		if !held {
			c.do(Event{Code: "client.attached", Index: s.index, Text: "attached from " + s.endpoint.String()})
		}
	case mesh.Frozen:
		s.retry = now.Add(letGoAfter)
		c.send(Letter{To: c.mesh.Holder(s.index), Kind: Elsewhere, Index: s.index})
	default:
		s.retry = now.Add(claimAgain)
	}
}

// letGoAfter: a frozen client that speaks to another controller, and to its holder not for so long, went
// there by itself, and nobody fights over it.
const letGoAfter = 2 * time.Second

// waits reports whether the client speaks here and could not be claimed yet.
func (s *client) waits(now time.Time) bool {
	return !s.retry.IsZero() && now.Sub(s.heard) < 2*letGoAfter
}

// wanted: another controller hears a frozen client of this one, which is asked whether it is here: a quiet
// one would not be heard. One that went away answers in the session of the other.
func (c *Core) wanted(s *client, now time.Time) {
	if s.letGo.IsZero() && c.mesh.Holder(s.index) == c.self {
		s.letGo = now.Add(letGoAfter)
		c.do(Listen{s.index})
		c.do(Ask{s.index})
	}
}

// body is what this controller tells of a client.
func (c *Core) body(s *client) mesh.ClaimBody {
	return mesh.ClaimBody{
		Endpoint: s.endpoint, HandshakeTimestamp: s.stamp, Since: s.since.Truncate(time.Second),
		LastHandshake: s.shaken.Truncate(time.Second), TxBytes: s.tx, RxBytes: s.rx,
	}
}
