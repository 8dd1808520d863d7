package mesh

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"
)

const (
	// reclaimAfter: a client that still sends valid packets this long after it was claimed away is
	// claimed again, at most once in reclaimPause.
	reclaimAfter = 2 * time.Second
	reclaimPause = time.Second
	// A client that moved movesMax times within movesWindow is frozen for frozenFor.
	movesMax    = 5
	movesWindow = 3 * time.Minute
	frozenFor   = time.Minute
)

// ClaimVerdict is the result of Core.Claim.
type ClaimVerdict uint8

// The results of Core.Claim.
const (
	Claimed  ClaimVerdict = iota // held here: raised, updated, or already so
	TooSoon                      // another's higher claim is younger than 2 s, or ours than 1 s: ask again with the next packet
	Frozen                       // it moved five times in three minutes: its reachable holder keeps it for 60 s
	NotReady                     // this controller is not synced with the mesh yet
	Stopped                      // this controller has gone silent: goodbye said, or its ID shared
	BadIndex                     // no such clientpack
)

// String returns the verdict as a code.
func (v ClaimVerdict) String() string {
	names := [...]string{"claimed", "too_soon", "frozen", "not_ready", "stopped", "bad_index", "unknown"}
	return names[min(int(v), len(names)-1)]
}

// history is what is remembered of a claim that moved lately.
type history struct {
	moves     []time.Time // the last movesMax
	frozen    time.Time   // until then it stays where it is
	displaced time.Time   // another's claim displaced ours
	claimed   time.Time   // our newest raised claim
}

// ClaimOf returns the claim for a clientpack, also a released one.
func (c *Core) ClaimOf(index int) (Claim, bool) { return c.claims.get(uint64(index)) }

// Holder returns the ID of the controller that holds a client server; 0: nobody.
func (c *Core) Holder(index int) int {
	claim, ok := c.ClaimOf(index)
	if !ok || claim.Released {
		return 0
	}
	return claim.Holder
}

// Claims returns all claims, in no order. The core must not be called meanwhile.
func (c *Core) Claims() iter.Seq[Claim] { return c.claims.all() }

// Claim says that an authenticated packet of the client server came to this controller, or that this
// controller takes it over; where it is held here already, body tells what is new. A holder that
// cannot be reached is always followed; against a reachable one the damping of moves may refuse, unless
// the client server answered this controller and has not answered that one: two that claim at the same
// time must not leave it with the one that cannot reach it.
func (c *Core) Claim(index int, body ClaimBody, now time.Time) ClaimVerdict {
	switch {
	case index < 0 || index > MaxIndex:
		return BadIndex
	case c.stopped || c.leaving:
		return Stopped
	case !c.synced:
		return NotReady
	}
	old, _ := c.ClaimOf(index)
	if c.Holder(index) == c.o.Self {
		c.update(old, body, now)
		return Claimed
	}
	if v := c.mayMove(index, now); v != Claimed && (old.answered() || !body.answered()) {
		return v
	}
	c.storeClaim(Claim{Index: index, Counter: old.Counter + 1, Holder: c.o.Self, ClaimBody: body}, now)
	c.historyOf(index).claimed = now
	return Claimed
}

// mayMove reports whether a client may be taken from its holder now.
func (c *Core) mayMove(index int, now time.Time) ClaimVerdict {
	h, holder := c.history[index], c.Holder(index)
	switch {
	case h == nil || holder == 0 || !c.reachable(holder):
		return Claimed
	case now.Before(h.frozen):
		return Frozen
	case within(h.displaced, reclaimAfter, now) || within(h.claimed, reclaimPause, now):
		return TooSoon
	}
	return Claimed
}

// within reports whether at, if it is set, is less than d ago.
func within(at time.Time, d time.Duration, now time.Time) bool {
	return !at.IsZero() && now.Sub(at) < d
}

// update tells what is new of a client held here.
func (c *Core) update(old Claim, body ClaimBody, now time.Time) {
	fresh := old
	fresh.ClaimBody = body
	fresh = old.withBody(fresh)
	if c.claims.digest(fresh) == c.claims.digest(old) {
		return
	}
	fresh.Revision++
	c.storeClaim(fresh, now)
}

// Release says that a client server held here is held no longer.
func (c *Core) Release(index int, now time.Time) {
	if c.Holder(index) != c.o.Self || c.stopped {
		return
	}
	claim, _ := c.ClaimOf(index)
	claim.Released = true
	claim.Revision++
	c.storeClaim(claim, now)
}

// storeClaim stores and tells a claim made here.
func (c *Core) storeClaim(claim Claim, now time.Time) {
	old, had := c.ClaimOf(claim.Index)
	if had {
		claim = old.withBody(claim)
	}
	c.claims.put(claim, now)
	c.spread(ref{Claims, claim.key()}, spreading{}, now)
	claim.arrived(c, old, had, now)
}

// withBody returns the newer claim with a handshake timestamp that did not go back.
func (c Claim) withBody(newer Claim) Claim {
	newer.HandshakeTimestamp = newest(c.HandshakeTimestamp, newer.HandshakeTimestamp)
	return newer
}

// arrived counts who holds how many, and moves.
func (c Claim) arrived(core *Core, old Claim, had bool, now time.Time) {
	core.do(ClaimChanged{c.Index})
	was := had && !old.Released
	if was {
		core.holds[old.Holder]--
	}
	if !c.Released {
		core.holds[c.Holder]++
	}
	if was && old.Holder != c.Holder {
		core.moved(c, old, now)
	}
}

// moved notes that a client went from one holder to another.
func (c *Core) moved(claim, old Claim, now time.Time) {
	h := c.historyOf(claim.Index)
	if old.Holder == c.o.Self {
		h.displaced = now
	}
	if h.moves = append(h.moves, now); len(h.moves) > movesMax {
		h.moves = h.moves[1:]
	}
	if len(h.moves) == movesMax && now.Sub(h.moves[0]) < movesWindow && !now.Before(h.frozen) {
		h.frozen = now.Add(frozenFor)
		c.do(Event{ClaimFrozen, claim.Holder, fmt.Sprintf(
			"client server %d moved %d times in three minutes and stays at controller %d for a minute: look for a second machine with the same clientpack",
			claim.Index, movesMax, claim.Holder)})
	}
}

// FrozenUntil returns until when no voluntary move of a client server is made; zero: it may move.
func (c *Core) FrozenUntil(index int, now time.Time) time.Time {
	if h := c.history[index]; h != nil && now.Before(h.frozen) && c.reachable(c.Holder(index)) {
		return h.frozen
	}
	return time.Time{}
}

func (c *Core) historyOf(index int) *history {
	h := c.history[index]
	if h == nil {
		h = &history{}
		c.history[index] = h
	}
	return h
}

// forgetHistory drops what is too old to matter, of claims and grants.
func (c *Core) forgetHistory(now time.Time) {
	for index, h := range c.history {
		last := h.claimed
		if n := len(h.moves); n > 0 && h.moves[n-1].After(last) {
			last = h.moves[n-1]
		}
		if now.Sub(last) > movesWindow && !now.Before(h.frozen) {
			delete(c.history, index)
		}
	}
	maps.DeleteFunc(c.granted, func(_ int, at time.Time) bool { return now.Sub(at) >= grantKept })
}

// sortedKeys returns the keys of a map in order: what is sent must not depend on the order of maps.
func sortedKeys[K int | uint64, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
