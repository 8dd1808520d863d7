package mesh

import "time"

const (
	// A difference of roots is acted on only after it stands: what changes is on its way anyway.
	standing = time.Second
	// settled is how long a bucket must not have changed to be compared.
	settled = 500 * time.Millisecond
)

// compareRoots looks at the roots in a neighbour's newest heartbeat. The lower ID of the two asks for
// repair, at once if the link has just come up.
func (c *Core) compareRoots(n *neighbor, now time.Time) {
	if !n.link.State().Usable() {
		return
	}
	for k, s := range c.stores {
		l := &n.levels[k]
		switch {
		case n.link.Heard().Roots[k] == s.rootHash():
			l.met, l.differs = true, time.Time{}
		case l.differs.IsZero() && l.met:
			l.differs = now
		case l.differs.IsZero(), now.Sub(l.differs) >= standing:
			l.differs = now
			if c.o.Self < n.id {
				c.sendHashes(n, Kind(k), now)
			}
		}
	}
}

// sendHashes tells a neighbour our bucket hashes of a kind.
func (c *Core) sendHashes(n *neighbor, k Kind, now time.Time) {
	h := hashes{kind: k, first: !n.levels[k].met}
	s := c.stores[k]
	for b := range bucketCount {
		h.hash[b] = uint32(s.bucketHash(b))
		if now.Sub(s.bucketChanged(b)) < settled {
			h.unsettled.add(b)
		}
	}
	c.do(Send{n.id, h.append(nil), false})
}

// compare answers bucket hashes: our items of the buckets that differ, then what we want of theirs.
// While items still go to that neighbour, it is not answered: it asks again.
func (c *Core) compare(n *neighbor, h *hashes, now time.Time) {
	if len(n.out.bulk) > 0 && !h.first || !n.link.State().Usable() {
		return
	}
	w := want{kind: h.kind}
	s := c.stores[h.kind]
	for b := range bucketCount {
		fresh := h.unsettled.has(b) || now.Sub(s.bucketChanged(b)) < settled
		if uint32(s.bucketHash(b)) == h.hash[b] || (fresh && !h.first) {
			continue
		}
		w.buckets.add(b)
		c.offer(n, h.kind, b, now)
	}
	n.out.addPacket(w.append(nil), now)
}

// supply answers a want: our items of those buckets, then done.
func (c *Core) supply(n *neighbor, w want, now time.Time) {
	if !n.link.State().Usable() {
		return
	}
	n.levels[w.kind].met = true
	for b := range bucketCount {
		if w.buckets.has(b) {
			c.offer(n, w.kind, b, now)
		}
	}
	n.out.addPacket([]byte{typeDone, version, byte(w.kind)}, now)
}

// offer puts all items of a bucket into a neighbour's outbox.
func (c *Core) offer(n *neighbor, k Kind, bucket int, now time.Time) {
	for _, key := range c.stores[k].bucketKeys(bucket) {
		n.out.add(ref{k, key}, now)
	}
}

// checkSynced notes when clients may be served: once level with every Up neighbour, or alone for a
// while.
func (c *Core) checkSynced(now time.Time) {
	if c.synced {
		return
	}
	usable, _ := c.usable()
	if usable == 0 {
		c.synced = now.Sub(c.started) >= loneStart
		return
	}
	for id := range usable.All() {
		if !c.neighbors[id].met() {
			return
		}
	}
	c.synced = true
}

// Synced reports whether clients may be served: this controller has once been level with every Up
// neighbour, or found none for five seconds.
func (c *Core) Synced() bool { return c.synced }
