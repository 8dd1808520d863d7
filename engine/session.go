package engine

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.zx2c4.com/wireguard/conn"

	"vns3/engine/config"
	"vns3/engine/forward"
	"vns3/engine/link"
	"vns3/engine/mesh"
	"vns3/engine/tunnel"
	"vns3/engine/tunnel/probe"
	"vns3/keyset"
	"vns3/overlay"
	"vns3/status"
	"vns3/status/figures"
)

// identity is what a session cannot change: another one needs another session.
type identity struct {
	self     int
	uuid     string
	checksum keyset.Checksum
	listen   netip.Addr
	health   config.Health
}

// sessionOptions say what a session is made of.
type sessionOptions struct {
	identity
	keys        *keyset.Keyset
	parameters  overlay.Parameters
	incarnation uint64
	process     lifetime
	log         *slog.Logger
	events      func(status.Event)
	changed     func()            // something that a snapshot shows has changed
	persist     func(uint64)      // keep an incarnation that was adopted from the mesh
	takeLicense func(text string) // a license came through the mesh
	wrap        func(conn.Bind) conn.Bind
	readdressed func() // peers see this controller at another address
	linkChanged func() // a link is new, or has another state
	packs       *packKeeper
}

// lifetime tells this process from its earlier and its cloned ones.
type lifetime struct {
	discriminator uint64
	started       time.Time
}

// session is this controller's life in the mesh under one identity: its links, the core that judges
// them, and the switch between them. One goroutine, the loop, owns the core.
type session struct {
	sessionOptions
	fabric *forward.Switch
	prober *tunnel.Prober
	inbox  chan controlPacket
	jobs   chan loopJob
	ended  chan struct{}                   // closed when the loop has ended
	nudge  chan struct{}                   // a link has news: see peerLink
	kernel atomic.Pointer[kernelInterface] // nil: none was asked for

	core    *mesh.Core // the loop's
	clients *clientServers
	links   peerLinks // the desk changes it, inside the loop
	table   tableKeeper
	twins   twinAlarm
	license licenseSpread

	responders responders
	strangers  strangers
	sightings  sightings

	end     context.CancelFunc
	running sync.WaitGroup
}

// loopJob is work for the loop. done is closed when its effects have been carried out.
type loopJob struct {
	work func(now time.Time)
	done chan struct{}
}

// controlPacket is a control packet that came through the tunnel of a peer.
type controlPacket struct {
	peer    int
	payload []byte
	at      time.Time
}

// inboxSize holds a burst of control packets of all peers while the loop is away for some milliseconds.
const inboxSize = 1024

// startSession opens what all links share. It fails only where nothing at all could run.
func startSession(o sessionOptions) (*session, error) {
	health := link.Config{
		Interval: o.health.Interval, SuspectAfter: o.health.SuspectAfter, DownAfter: o.health.DownAfter,
		HoldUp: o.health.HoldUp, HoldUpMax: o.health.HoldUpMax,
	}
	if err := health.Validate(); err != nil {
		return nil, err
	}
	address, ok := o.parameters.Controller(o.self)
	if !ok {
		return nil, fmt.Errorf("ID %d is beyond the license, which allows %s", o.self, figures.Count(len(o.parameters.Controllers), "controller"))
	}
	now := time.Now()
	ctx, end := context.WithCancel(context.Background())
	s := &session{
		sessionOptions: o,
		inbox:          make(chan controlPacket, inboxSize),
		jobs:           make(chan loopJob),
		ended:          make(chan struct{}),
		nudge:          make(chan struct{}, 1),
		end:            end,
	}
	s.fabric = forward.New(forward.Options{
		Control: s.receiveControl, Client: func(addr netip.Addr) { s.clients.heard(addr) }, KernelLost: s.lostKernel,
		MTU: config.DefaultMTU,
	})
	s.license.take = o.takeLicense
	s.fabric.SetIdentity(forward.Identity{ID: o.self, Address: address, VIP: o.parameters.VIP})
	s.table.start(o.self, o.parameters)
	s.fabric.SetTable(s.table.table)
	s.prober = tunnel.NewProber(tunnel.ProberOptions{
		Self: o.self, Discriminator: o.process.discriminator, Key: o.keys.Probe(), Checksum: o.checksum,
		Listen: o.listen, Listed: s.links.listed, Stranger: s.strangers.seen, Heard: s.links.heardProbe,
	})
	s.strangers.changed = o.changed
	s.core = mesh.New(mesh.Options{
		Self: o.self, Incarnation: o.incarnation, Discriminator: o.process.discriminator, Started: o.process.started,
		Health: health, Rand: rand.New(rand.NewPCG(o.process.discriminator, uint64(now.UnixNano()))),
	}, now)
	s.clients = newClientServers(s)
	epochs := s.loadPacks(now)
	s.running.Go(func() { s.loop(ctx) })
	s.running.Go(func() { s.clients.run(ctx, epochs) })
	return s, nil
}

// loadPacks takes the state of the clientpacks that was kept over a restart and returns the epochs of
// their keys.
func (s *session) loadPacks(now time.Time) map[int]uint32 {
	kept, err := s.packs.load()
	if err != nil {
		s.log.Warn("kept state of the clientpacks is not whole", "error", err)
	}
	for _, state := range kept {
		if err := s.core.LoadPack(state, now); err != nil {
			s.log.Warn("kept state of a clientpack is not used", "error", err)
		}
	}
	epochs := map[int]uint32{}
	for p := range s.core.Packs() {
		epochs[p.Index] = p.Epoch
		s.packs.keep(p)
	}
	return epochs
}

// receiveControl runs on a tunnel's goroutine. A full inbox loses the packet, as a network would.
func (s *session) receiveControl(peer int, payload []byte, at time.Time) {
	select {
	case s.inbox <- controlPacket{peer, append([]byte(nil), payload...), at}:
	default:
	}
}

// do runs work in the loop and waits until what follows from it has been carried out; false: the
// session has ended.
func (s *session) do(work func(now time.Time)) bool {
	job := loopJob{work, make(chan struct{})}
	select {
	case s.jobs <- job:
		<-job.done
		return true
	case <-s.ended:
		return false
	}
}

// nudgeLoop tells the loop that a link has noted something. It never waits.
func (s *session) nudgeLoop() {
	select {
	case s.nudge <- struct{}{}:
	default:
	}
}

// Tunnels close only after the peers had time to send their traffic another way: what is on its way
// through this controller until then still arrives.
const (
	lingerAtLeast = 150 * time.Millisecond
	lingerAtMost  = time.Second
)

// goodbye tells the peers that this controller stops, or that nobody has its ID any longer, and waits
// until they have heard it and sent on what was on its way.
func (s *session) goodbye(withdraw bool) {
	var slowest time.Duration
	s.do(func(now time.Time) {
		for _, l := range s.core.View(now).Links {
			slowest = max(slowest, l.RTT)
		}
		if withdraw {
			s.core.Withdraw(now)
		} else {
			s.core.Goodbye(now)
		}
	})
	if len(s.links.ids()) > 0 {
		time.Sleep(min(max(2*slowest, lingerAtLeast), lingerAtMost))
	}
}

// stop ends everything and waits for it.
func (s *session) stop() {
	s.closeKernel()
	s.end()
	s.running.Wait()
	s.clients.close()
	s.responders.closeAll()
	s.links.closeAll()
	s.fabric.Close()
}

// outerCheck asks what is behind an address, for a row that may not exist yet.
func (s *session) outerCheck(ctx context.Context, id int, addr netip.Addr) probe.Report {
	return s.prober.Probe(ctx, netip.AddrPortFrom(addr, tunnel.LinkPort(s.self)), id)
}
