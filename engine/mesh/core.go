package mesh

import (
	"iter"
	"time"
)

// Core is everything that one controller knows of the mesh and does about it. One goroutine owns it.
type Core struct{ effects []Effect }

// New returns the core of a controller that knows nobody yet.
func New(o Options, now time.Time) *Core { return &Core{} }

// SetPeers says to which controllers links run: rows that have an address and are licensed.
func (c *Core) SetPeers(ids []int, now time.Time) {}

// SetLocal says what this controller tells the others of itself.
func (c *Core) SetLocal(l Local, now time.Time) {}

// SetMTU sets the largest inner packet worth trying on the tunnel to a peer, and probes again.
func (c *Core) SetMTU(peer, ceiling int, now time.Time) {}

// Receive takes the payload of a control packet that came through the tunnel of a peer. An error is
// worth counting, nothing else: the core is unchanged.
func (c *Core) Receive(peer int, packet []byte, now time.Time) error { return nil }

// Session says when the newest WireGuard session with a peer was completed; zero: there is none.
func (c *Core) Session(peer int, at, now time.Time) {}

// Refused says that the peer's initiations come and are refused, so its clock went back.
func (c *Core) Refused(peer int, now time.Time) {}

// DataReceived says when the newest packet of any kind came from a peer.
func (c *Core) DataReceived(peer int, at time.Time) {}

// Claim says that an authenticated packet of the client server came to this controller, or that this
// controller takes it over; where it is held here already, body tells what is new.
func (c *Core) Claim(index int, body ClaimBody, now time.Time) ClaimVerdict { return NotReady }

// Release says that a client server held here is held no longer.
func (c *Core) Release(index int, now time.Time) {}

// SetPack changes the state of a clientpack.
func (c *Core) SetPack(index int, change PackChange, now time.Time) {}

// CheckOut marks a clientpack as handed out, if no other controller can hand it out at the same time.
func (c *Core) CheckOut(index int, now time.Time) CheckOutVerdict { return PeersMissing }

// Goodbye tells all peers that this controller stops: they reroute at once.
func (c *Core) Goodbye(now time.Time) {}

// Withdraw tells the mesh that nobody has this ID any longer, and says goodbye.
func (c *Core) Withdraw(now time.Time) {}

// RunDue does what is due at now.
func (c *Core) RunDue(now time.Time) {}

// NextDeadline returns when RunDue has to be called next.
func (c *Core) NextDeadline() time.Time { return time.Time{} }

// Effects returns what has to be done since the last call, in order.
func (c *Core) Effects() []Effect {
	e := c.effects
	c.effects = nil
	return e
}

// Routes returns the way to each controller. It never changes.
func (c *Core) Routes() *Routes { return &Routes{} }

// View returns what can be seen now.
func (c *Core) View() View { return View{} }

// Synced reports whether clients may be served: this controller has once been level with every Up
// neighbour, or found none for five seconds.
func (c *Core) Synced() bool { return false }

// ClaimOf returns the claim for a clientpack.
func (c *Core) ClaimOf(index int) (Claim, bool) { return Claim{}, false }

// Holder returns the ID of the controller that holds a client server; 0: nobody.
func (c *Core) Holder(index int) int { return 0 }

// Claims returns all claims, in no order.
func (c *Core) Claims() iter.Seq[Claim] { return func(func(Claim) bool) {} }

// FrozenUntil returns until when no voluntary move of a client server is made; zero: it may move.
func (c *Core) FrozenUntil(index int) time.Time { return time.Time{} }

// Pack returns the state of a clientpack.
func (c *Core) Pack(index int) Pack { return Pack{Index: index, Enabled: true} }

// Packs returns the state of all clientpacks that were ever touched, in no order.
func (c *Core) Packs() iter.Seq[Pack] { return func(func(Pack) bool) {} }

// Advertised returns, for each advertised prefix, the reachable controller to send its packets to,
// best first in case of several: lowest metric, then path cost, then ID. In order of prefix.
func (c *Core) Advertised() []BestRoute { return nil }
