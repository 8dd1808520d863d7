package clients

import (
	"iter"
	"net/netip"
	"time"

	"vns3/engine/link"
	"vns3/engine/mesh"
)

// Mesh is what Core needs of the mesh: the replicated claims and packs. *mesh.Core is one.
type Mesh interface {
	Synced() bool
	Pack(index int) mesh.Pack
	Holder(index int) int
	ClaimOf(index int) (mesh.Claim, bool)
	Claims() iter.Seq[mesh.Claim]
	FrozenUntil(index int, now time.Time) time.Time
	Claim(index int, body mesh.ClaimBody, now time.Time) mesh.ClaimVerdict
	Release(index int, now time.Time)
}

// Policy is what configuration and administrator want of this controller.
type Policy struct {
	Licensed int  // controllers of the license
	Draining bool // hand every client over
	Takeover bool // take over the clients of lost controllers
}

const (
	idleTick = 50 * time.Millisecond
	busyTick = 10 * time.Millisecond
	// pollPending is how often the device is asked while a handshake may have been completed, or while it
	// matters which clients still speak here, pollIdle how often otherwise.
	pollPending = 100 * time.Millisecond
	pollIdle    = 5 * time.Second
	// pendingFor is how long a handshake may take until its first packet.
	pendingFor = 5 * time.Second
	// gone is how long a client may be silent: no WireGuard session lasts longer.
	gone = 180 * time.Second
	// unused is how long a peer that never spoke stays on the device.
	unused = 15 * time.Second
	// claimAgain is how often a refused claim is tried again while the client speaks.
	claimAgain = 100 * time.Millisecond
	// tellEvery is how often the traffic of a client is told to the mesh.
	tellEvery = time.Minute
)

// Core serves the clients of one controller. One goroutine owns it.
type Core struct {
	self    int
	mesh    Mesh
	policy  Policy
	effects []Effect

	served     map[int]*client // peers of the device, and those about to be
	places     places
	stamps     map[int][12]byte // newest admitted handshake of clients whose claim does not have it yet
	strays     allowance
	before     map[int]former // who held a client until a moment ago
	disabled   map[int]bool   // clientpacks; when one is enabled again, its client is called
	puzzle     puzzle
	number     uint16
	electorate Electorate
	inquiry    inquiry

	resumed bool      // what this controller held before it restarted was taken up again
	polled  time.Time // when the device was last asked
	asked   bool      // the answer is on its way
	balance time.Time // until then clients assigned to others are handed over
}

// client is a client server that is a peer of this controller's device.
type client struct {
	index    int
	endpoint netip.AddrPort
	stamp    [12]byte

	added   time.Time
	pending time.Time // until then a handshake may be completed; zero: none is due
	heard   time.Time // newest authenticated packet; zero: none yet
	shaken  time.Time // newest completed handshake, by the device
	since   time.Time // of the attachment here
	tx, rx  uint64
	told    time.Time // when its traffic was last told to the mesh
	retry   time.Time // when a refused claim is tried again; zero: it was not refused
	called  time.Time // when a keepalive last led it here
	doubt   time.Time // unless it speaks here until then, it is with another controller still; zero: no doubt
	letGo   time.Time // unless it speaks here until then, it is let go, frozen as it is; zero: nobody asks for it

	straying, strayed time.Time // since when its packets come as strays, and the newest of them

	seizure *seizure  // this controller shakes hands with it
	offer   *offer    // it is being handed over
	refused []int     // controllers that did not take it
	cool    time.Time // no hand-over before
	leaving time.Time // another controller has it; until then its old session is kept
}

// former is who held a client before.
type former struct {
	controller int
	until      time.Time
}

// New returns the core of the controller with the ID. It serves nobody before the mesh is synced.
func New(self int, m Mesh) *Core {
	return &Core{
		self: self, mesh: m, served: map[int]*client{}, places: newPlaces(), stamps: map[int][12]byte{},
		before: map[int]former{}, disabled: map[int]bool{}, electorate: Electorate{self: self},
		policy: Policy{Licensed: 1, Takeover: true},
	}
}

// SetPolicy says what is wanted of this controller.
func (c *Core) SetPolicy(p Policy) { c.policy = p }

// Effects returns what has to be done since the last call, in order.
func (c *Core) Effects() []Effect {
	e := c.effects
	c.effects = nil
	return e
}

func (c *Core) do(e Effect) { c.effects = append(c.effects, e) }

func (c *Core) send(l Letter) {
	l.From, l.Hops = c.self, maxHops
	c.do(Send{l})
}

// unanswered reports whether the client has not yet answered this controller.
func (s *client) unanswered() bool { return s.seizure != nil && s.seizure.answered.IsZero() }

// prepared reports whether the client is called, and claimed only when it answers.
func (s *client) prepared() bool { return s.unanswered() && !s.seizure.forced }

// release ends the service of a client.
func (c *Core) release(s *client, now time.Time) {
	c.remove(s)
	if c.mesh.Holder(s.index) == c.self {
		c.mesh.Release(s.index, now)
		c.do(Event{Code: "client.left", Index: s.index, Text: "left"})
	}
}

// remove takes a client off the device.
func (c *Core) remove(s *client) {
	delete(c.served, s.index)
	c.do(Remove{s.index})
}

// Disconnect ends a client's session, wherever it is. It may come again.
func (c *Core) Disconnect(index int, now time.Time) {
	holder := c.mesh.Holder(index)
	if holder != 0 && holder != c.self {
		c.send(Letter{To: holder, Kind: Disconnect, Index: index})
		return
	}
	if s := c.served[index]; s != nil {
		c.release(s, now)
	} else if holder == c.self {
		c.mesh.Release(index, now)
	}
}

// PackChanged says that the state of a clientpack changed. rekeyed: it has another key now.
func (c *Core) PackChanged(index int, rekeyed bool, now time.Time) {
	enabled := c.mesh.Pack(index).Enabled
	again := enabled && c.disabled[index]
	if enabled {
		delete(c.disabled, index)
	} else {
		c.disabled[index] = true
	}
	if enabled && !rekeyed {
		if again {
			c.recall(index, now)
		}
		return
	}
	c.places.set(index, standby, netip.AddrPort{})
	if s := c.served[index]; s != nil {
		c.release(s, now)
	}
	if c.mesh.Holder(index) == c.self {
		c.mesh.Release(index, now)
	}
}

// ClaimChanged says that the claim for a clientpack changed.
func (c *Core) ClaimChanged(index int, now time.Time) {
	claim, _ := c.mesh.ClaimOf(index)
	c.places.set(index, claimed, claim.Endpoint)
	holder, s := c.mesh.Holder(index), c.served[index]
	switch {
	case holder == c.self:
		c.resumed = c.resumed && s != nil // a claim from before this controller restarted, which it learns of now
	case s == nil || !s.leaving.IsZero():
	case s.offer != nil && s.offer.to == holder:
		c.handOver(s, now)
	case s.since.IsZero():
		// It only knocked here; whether it comes is not known yet.
	case holder == 0 && s.waits(now):
		c.attach(s, now) // its holder let it go
	case s.waits(now) && !c.mesh.FrozenUntil(index, now).IsZero():
		// Its holder keeps it, as far as it knows.
	case s.prepared() && (holder == 0 || holder == c.previous(index, now)):
		// Its holder, which hands it over or has let it go, tells something of it.
	case (holder == 0 || claim.LastHandshake.IsZero()) && c.spokeLately(s, now):
		c.attach(s, now) // both claimed it at the same time, and it is here
	case holder == 0:
		c.remove(s) // it was elsewhere meanwhile
	default:
		c.displaced(s, holder, now)
	}
}

// displaced: another controller holds a client that was served here.
func (c *Core) displaced(s *client, holder int, now time.Time) {
	if c.spokeLately(s, now) {
		c.send(Letter{To: holder, Kind: Yielded, Index: s.index})
	}
	c.remove(s)
}

// displacedRecently: a client that spoke to the loser so short a time ago may be with it still.
const displacedRecently = 300 * time.Millisecond

func (c *Core) spokeLately(s *client, now time.Time) bool {
	return !s.heard.IsZero() && now.Sub(s.heard) < displacedRecently
}

// Tick lets time pass. The owner calls it whenever Next is due.
func (c *Core) Tick(sight Sight, now time.Time) {
	c.electorate.See(sight, now)
	if !c.resumed && c.mesh.Synced() {
		c.resumed = c.resume(now)
	}
	pending := false
	for _, s := range c.served {
		c.advance(s, now)
		pending = pending || !s.pending.IsZero() || s.unanswered()
	}
	waiting := c.takeOver(now)
	c.shed(now)
	every := pollIdle
	if pending || waiting {
		every = pollPending
	}
	if len(c.served) > 0 && !c.asked && now.Sub(c.polled) >= every {
		c.asked = true
		c.do(Poll{})
	}
}

// Next returns when Tick is due.
func (c *Core) Next(now time.Time) time.Time {
	for _, s := range c.served {
		if s.seizure != nil || s.offer != nil || !s.leaving.IsZero() || !s.pending.IsZero() {
			return now.Add(busyTick)
		}
	}
	if c.electorate.undecided(now) {
		return now.Add(busyTick)
	}
	return now.Add(idleTick)
}

// advance does what is due for one client.
func (c *Core) advance(s *client, now time.Time) {
	if !s.pending.IsZero() && now.After(s.pending) {
		s.pending = time.Time{}
	}
	if !s.retry.IsZero() && !now.Before(s.retry) {
		s.retry = now.Add(claimAgain)
		c.do(Listen{s.index})
	}
	if !s.doubt.IsZero() && now.After(s.doubt) {
		s.doubt = time.Time{}
		c.seize(s.index, s.endpoint, now)
		return
	}
	if !s.letGo.IsZero() && now.After(s.letGo) {
		c.release(s, now)
		return
	}
	c.advanceSeizure(s, now)
	c.advanceOffer(s, now)
	if s.seizure == nil && s.leaving.IsZero() && c.served[s.index] == s && c.silentTooLong(s, now) {
		c.release(s, now)
	}
}

// Unanswered reports whether a client was taken over and has not answered its new controller in time.
func Unanswered(claim mesh.Claim, now time.Time) bool {
	return !claim.Released && claim.LastHandshake.IsZero() && now.Sub(claim.Since) > unansweredAfter+time.Second // Since is in whole seconds
}

// Survivors are the controllers that may be given clients now, this one included.
func (c *Core) Survivors() link.Bitmap { return c.electorate.Survivors() }

// Served returns how many clients are peers of the device.
func (c *Core) Served() int { return len(c.served) }
