package clients

import (
	"time"

	"vns3/engine/mesh"
)

// Latest returns a claim with the traffic that the device here counted since it was told to the mesh.
func (c *Core) Latest(claim mesh.Claim) mesh.Claim {
	if s := c.served[claim.Index]; s != nil && !claim.Released && claim.Holder == c.self {
		claim.TxBytes, claim.RxBytes = s.tx, s.rx
	}
	return claim
}

// Polled takes the device's answer to Poll.
func (c *Core) Polled(reports []Report, now time.Time) {
	before := c.polled
	c.polled, c.asked = now, false
	for _, r := range reports {
		s := c.served[r.Index]
		if s == nil {
			continue
		}
		fresh := r.LastHandshake.After(s.shaken) && !(s.unanswered() && r.LastHandshake.Before(s.seizure.began))
		spoke := r.RxBytes > s.rx
		moved := r.Endpoint.IsValid() && r.Endpoint != s.endpoint && !s.unanswered()
		if fresh {
			s.shaken = r.LastHandshake
		}
		if moved {
			s.endpoint = r.Endpoint
		}
		s.tx, s.rx = r.TxBytes, r.RxBytes
		switch {
		case fresh:
			c.heard(s, now)
		case spoke && s.pending.IsZero() && s.leaving.IsZero():
			s.heard = later(s.heard, before) // at some time since then
		}
		if c.mesh.Holder(s.index) == c.self && (fresh || moved || now.Sub(s.told) >= tellEvery) && !s.unanswered() {
			s.told = now
			c.mesh.Claim(s.index, c.body(s), now)
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// silentTooLong reports whether a client has no session here any longer. One that another controller holds
// soon has none: either its holder lets it go, or it is led back there.
func (c *Core) silentTooLong(s *client, now time.Time) bool {
	switch {
	case s.heard.IsZero():
		return now.Sub(s.added) > unused
	case c.mesh.Holder(s.index) != c.self:
		return now.Sub(later(s.heard, s.pending)) > unused
	}
	return now.Sub(s.heard) > gone
}
