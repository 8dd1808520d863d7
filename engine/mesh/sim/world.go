// Package sim runs many controllers' cores in virtual time over an underlay that loses, delays,
// duplicates and reorders packets, fails one way, splits and heals, while controllers crash with and
// without their state, freeze, drain, and have clocks that jump. Client servers attach to them, move, and
// are taken over. One seed gives one run, always the same. It is for tests: it opens nothing and reads no
// clock.
package sim

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"vns3/engine/clients"
	"vns3/engine/link"
	"vns3/engine/mesh"
)

// Traffic is what a controller sent into the underlay.
type Traffic struct{ Packets, Bytes int }

// World is controllers and the underlay between them. IDs count from 1.
type World struct {
	Sent [mesh.MaxID + 1]Traffic

	count    int
	health   link.Config
	rand     *rand.Rand
	now      time.Duration
	queue    queue
	nonce    uint64
	paths    [mesh.MaxID + 1][mesh.MaxID + 1]path
	sides    [mesh.MaxID + 1][mesh.MaxID + 1]side
	machines [mesh.MaxID + 1]*machine
	serves   bool // controllers serve client servers
	crowd    []*roamer
	places   map[netip.AddrPort]*roamer
	failure  error
	still    int // events since the time moved on
}

// machine is one controller and what outlives its process.
type machine struct {
	core        *mesh.Core // nil: not running
	wake        time.Duration
	frozenUntil time.Duration
	inbox       []event       // what came while it was frozen
	skew        time.Duration // its wall clock minus the true one
	incarnation uint64
	draining    bool
	routes      []mesh.Advertisement
	kept        map[int][]byte           // state of clientpacks on its disk
	newest      [mesh.MaxID + 1]sequence // of each record it has

	server *clients.Core // nil: it serves no client servers
	gate   gate
	due    time.Duration // of the server
}

// sequence orders records.
type sequence struct {
	incarnation uint64
	number      uint32
}

// epoch is when the world begins.
var epoch = time.Unix(1_800_000_000, 0)

func (w *World) clock() time.Time { return epoch.Add(w.now) }

// NewWorld returns count controllers, all peered with each other and running, 1 to 40 ms apart.
func NewWorld(seed uint64, count int, health link.Config) *World {
	return newWorld(seed, count, health, false)
}

func newWorld(seed uint64, count int, health link.Config, serves bool) *World {
	w := &World{
		count: count, health: health, rand: rand.New(rand.NewPCG(seed, 0x766e7333)),
		serves: serves, places: map[netip.AddrPort]*roamer{},
	}
	for i := 1; i <= count; i++ {
		for j := 1; j < i; j++ {
			delay := time.Duration(1+w.rand.IntN(20)) * time.Millisecond
			w.paths[i][j].delay, w.paths[j][i].delay = delay, delay
		}
		w.machines[i] = &machine{kept: map[int][]byte{}}
	}
	for i := 1; i <= count; i++ {
		w.start(i)
	}
	return w
}

// start starts the process of a controller.
func (w *World) start(id int) {
	m := w.machines[id]
	m.incarnation++
	m.newest = [mesh.MaxID + 1]sequence{}
	m.core = mesh.New(mesh.Options{
		Self:          id,
		Incarnation:   m.incarnation,
		Discriminator: w.rand.Uint64() | 1,
		Started:       w.clock(),
		Health:        w.health,
		Rand:          rand.New(rand.NewPCG(w.rand.Uint64(), 1)),
		Wall:          func(now time.Time) time.Time { return now.Add(m.skew) },
	}, w.clock())
	if w.serves {
		m.server, m.due = clients.New(id, m.core), w.now
		m.gate = gate{seats: map[int]*seat{}, epochs: map[int]uint32{}}
	}
	w.setLocal(id)
	for _, index := range sortedIndices(m.kept) {
		w.check(id, m.core.LoadPack(m.kept[index], w.clock()))
	}
	m.core.SetPeers(w.ids(), w.clock())
	w.after(id)
}

func (w *World) ids() []int {
	ids := make([]int, w.count)
	for i := range ids {
		ids[i] = i + 1
	}
	return ids
}

// setLocal tells a core what its configuration says.
func (w *World) setLocal(id int) {
	m := w.machines[id]
	m.core.SetLocal(mesh.Local{
		Name:                fmt.Sprintf("Controller %d", id),
		Version:             "1.0",
		LicensedControllers: w.count,
		Draining:            m.draining,
		Routes:              m.routes,
	}, w.clock())
}

// crash ends a process without a word. Without its state, also what it kept on disk is lost.
func (w *World) crash(id int, state bool) {
	m := w.machines[id]
	m.core, m.server, m.inbox = nil, nil, nil
	for j := range w.sides[id] {
		w.sides[id][j] = side{}
	}
	if !state {
		m.incarnation = 0
		m.kept = map[int][]byte{}
	}
}

// Run lets the world go on until a time, or until something that must never happen did.
func (w *World) Run(until time.Duration) error {
	for w.failure == nil {
		id, at := w.nextWake()
		if len(w.queue.events) > 0 && w.queue.events[0].at <= at {
			id, at = 0, w.queue.events[0].at
		}
		if at > until {
			break
		}
		w.tick(at)
		if id != 0 {
			w.runMachine(id)
			continue
		}
		if e := w.queue.pop(); e.act != nil {
			e.act()
		} else {
			w.arrive(e)
		}
	}
	w.now = max(w.now, until)
	return w.failure
}

// runMachine lets a controller take what came while it was frozen, then do what is due.
func (w *World) runMachine(id int) {
	m := w.machines[id]
	inbox := m.inbox
	m.inbox = nil
	for _, e := range inbox {
		if e.act != nil {
			w.awake(id, e.act)
		} else {
			w.arrive(e)
		}
	}
	m.core.RunDue(w.clock())
	w.serve(id)
	w.after(id)
}

// stillMax is how many events may happen at one instant before it counts as a loop without end.
const stillMax = 100_000

// tick moves the time on.
func (w *World) tick(at time.Duration) {
	if w.still++; at > w.now {
		w.now, w.still = at, 0
	}
	if w.still > stillMax {
		w.fail(0, "time stands still")
	}
}

// at plans something that the script does.
func (w *World) at(when time.Duration, act func()) { w.queue.push(event{at: when, act: act}) }

// nextWake returns which controller has to be run next, and when.
func (w *World) nextWake() (id int, at time.Duration) {
	at = 1<<63 - 1
	for i := 1; i <= w.count; i++ {
		m := w.machines[i]
		if m.core == nil {
			continue
		}
		wake := m.wake
		if m.server != nil {
			wake = min(wake, m.due)
		}
		wake = max(wake, m.frozenUntil)
		if len(m.inbox) > 0 {
			wake = m.frozenUntil
		}
		if wake < at {
			id, at = i, wake
		}
	}
	return id, at
}

// after carries out what a controller's cores want done.
func (w *World) after(id int) {
	m := w.machines[id]
	rerouted := false
	for more := true; more; {
		effects := m.core.Effects()
		for _, e := range effects {
			rerouted = w.act(id, e) || rerouted
		}
		more = w.obey(id) || len(effects) > 0
	}
	m.wake = max(m.core.NextDeadline().Sub(epoch), w.now)
	if rerouted {
		w.checkRunning(id)
	}
	w.checkServed(id)
}

// act carries out what a mesh core wants done, and reports whether it routes in another way now.
func (w *World) act(id int, effect mesh.Effect) (rerouted bool) {
	m := w.machines[id]
	switch e := effect.(type) {
	case mesh.Send:
		if s := &w.sides[id][e.Peer]; s.sending != 0 {
			w.transmit(id, e.Peer, packet{kind: transport, key: s.sending, payload: e.Packet})
		}
	case mesh.Initiate:
		w.initiate(id, e.Peer)
	case mesh.Forget:
		w.sides[id][e.Peer] = side{}
	case mesh.Adopted:
		m.incarnation = e.Incarnation
	case mesh.ClaimChanged:
		if m.server != nil {
			m.server.ClaimChanged(e.Index, w.clock())
		}
	case mesh.PackChanged:
		m.kept[e.Index] = mesh.EncodePack(m.core.Pack(e.Index))
		if m.server != nil {
			w.packChanged(id, e.Index, m.core.Pack(e.Index))
		}
	case mesh.DuplicateID:
		w.fail(id, "alarm of a shared ID %d without a clone", e.ID)
	case mesh.RoutesChanged:
		return true
	}
	return false
}

func (w *World) fail(id int, format string, args ...any) {
	if w.failure == nil {
		w.failure = fmt.Errorf("at %v, controller %d: %s", w.now, id, fmt.Sprintf(format, args...))
	}
}

func (w *World) check(id int, err error) {
	if err != nil {
		w.fail(id, "%v", err)
	}
}

func (w *World) receiveError(e event, err error) {
	if err != nil {
		w.fail(e.to, "packet from controller %d refused: %v", e.from, err)
	}
}
