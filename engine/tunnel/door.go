package tunnel

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
	"golang.zx2c4.com/wireguard/conn"

	"vns3/engine/tunnel/noise"
)

const (
	readsPerSecond = 1000 // initiations read; a read costs two scalar multiplications
	waitingKnocks  = 1024 // in each of the two queues: hundreds of clients may come at once
	standbyAgain   = 5 * time.Minute
	maxStandbys    = 1 << 14
)

// door is where initiations to the client device wait to be read: those from known endpoints first, no
// more than readsPerSecond. What was not made for us never gets here. When a queue is half full, the device
// lets only those pass that prove where they come from: the other half is theirs, whatever is forged.
type door struct {
	facing  *noise.Identity
	standby *noise.Identity // nil: none
	first   chan knock
	others  chan knock
	ctx     context.Context
	close   context.CancelFunc

	mu    sync.Mutex
	homes map[[32]byte]netip.AddrPort  // of clients that are here
	known map[netip.AddrPort]int       // how many of them are there
	seen  map[netip.AddrPort]time.Time // when a standby initiation from there was last read
}

// knock is an initiation that waits to be read.
type knock struct {
	packet  [noise.InitiationSize]byte
	from    conn.Endpoint
	standby bool
}

func newDoor(facing, standby [32]byte) *door {
	d := &door{
		facing: noise.NewIdentity(facing),
		first:  make(chan knock, waitingKnocks),
		others: make(chan knock, waitingKnocks),
		homes:  map[[32]byte]netip.AddrPort{},
		known:  map[netip.AddrPort]int{},
		seen:   map[netip.AddrPort]time.Time{},
	}
	if standby != [32]byte{} {
		d.standby = noise.NewIdentity(standby)
	}
	d.ctx, d.close = context.WithCancel(context.Background())
	return d
}

// knock lets an initiation wait, if it is for one of our identities and there is room.
func (d *door) knock(packet []byte, from conn.Endpoint) {
	k := knock{packet: [noise.InitiationSize]byte(packet), from: from}
	queue := d.others
	switch {
	case d.facing.Addressed(packet):
		queue = d.queue(addrPort(from))
	case d.standby != nil && d.standby.Addressed(packet) && d.isNew(addrPort(from), time.Now()):
		k.standby = true
	default:
		return
	}
	select {
	case queue <- k:
	default:
	}
}

// queue is where initiations from there wait.
func (d *door) queue(from netip.AddrPort) chan knock {
	if d.isKnown(from) {
		return d.first
	}
	return d.others
}

// crowded reports whether too many of them wait.
func (d *door) crowded(from netip.AddrPort) bool { return len(d.queue(from)) >= waitingKnocks/2 }

// serve reads initiations and passes them on, until the door is closed.
func (d *door) serve(admit func(knock, noise.Initiation)) {
	limit := rate.NewLimiter(readsPerSecond, readsPerSecond/10)
	for limit.Wait(d.ctx) == nil {
		k, ok := d.next()
		if !ok {
			return
		}
		identity := d.facing
		if k.standby {
			identity = d.standby
		}
		if in, ok := identity.Read(k.packet[:]); ok {
			if k.standby {
				d.noteStandby(addrPort(k.from), time.Now())
			}
			admit(k, in)
		}
	}
}

// next waits for an initiation; false: the door is closed.
func (d *door) next() (knock, bool) {
	select {
	case k := <-d.first:
		return k, true
	default:
	}
	select {
	case k := <-d.first:
		return k, true
	case k := <-d.others:
		return k, true
	case <-d.ctx.Done():
		return knock{}, false
	}
}

// know notes where a client is.
func (d *door) know(publicKey [32]byte, at netip.AddrPort) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.leave(publicKey)
	if at.IsValid() {
		d.homes[publicKey] = at
		d.known[at]++
	}
}

func (d *door) forget(publicKey [32]byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.leave(publicKey)
}

// leave needs d.mu.
func (d *door) leave(publicKey [32]byte) {
	at, ok := d.homes[publicKey]
	if !ok {
		return
	}
	delete(d.homes, publicKey)
	if d.known[at]--; d.known[at] == 0 {
		delete(d.known, at)
	}
}

func (d *door) isKnown(at netip.AddrPort) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.known[at] > 0
}

// isNew reports whether a standby initiation from there is worth reading: each client repeats it every
// five seconds, and only a new source says something new.
func (d *door) isNew(at netip.AddrPort, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	last, ok := d.seen[at]
	return !ok || now.Sub(last) >= standbyAgain
}

func (d *door) noteStandby(at netip.AddrPort, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.seen) >= maxStandbys {
		clear(d.seen)
	}
	d.seen[at] = now
}
