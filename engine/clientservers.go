package engine

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"vns3/engine/clients"
	"vns3/engine/mesh"
	"vns3/engine/tunnel"
	"vns3/keyset"
	"vns3/status"
)

// clientServers serves client servers: the device on UDP 1194, and the core that decides. The loop owns
// the core; a queue of work owns the device, which may take its time.
type clientServers struct {
	session *session
	core    *clients.Core // the loop's
	roster  *roster
	queue   *opQueue
	strays  chan stray
	fence   fence
	next    time.Time                      // when the core is due; the loop's
	policy  atomic.Pointer[clients.Policy] // the desk's
	waiting map[int]chan mesh.CheckOutVerdict

	device  atomic.Pointer[tunnel.Clients] // nil: UDP 1194 cannot be bound now
	portErr atomic.Pointer[error]

	mu      sync.Mutex
	spoke   map[netip.Addr]bool // clients that spoke since the loop last looked
	awaited map[netip.Addr]bool // clients that are held here once they speak
}

// stray is a transport packet of a session of another controller.
type stray struct {
	packet []byte
	from   netip.AddrPort
}

// straysWaiting is how many strays wait for the loop. More are lost, as in a network.
const straysWaiting = 256

func newClientServers(s *session) *clientServers {
	return &clientServers{
		session: s, core: clients.New(s.self, s.core), roster: newRoster(s.keys, s.parameters), queue: newOpQueue(),
		strays: make(chan stray, straysWaiting), waiting: map[int]chan mesh.CheckOutVerdict{},
		spoke: map[netip.Addr]bool{}, awaited: map[netip.Addr]bool{},
	}
}

// run opens the device, again and again while its port is in use, and derives the keys of all
// clientpacks beside.
func (c *clientServers) run(ctx context.Context, epochs map[int]uint32) {
	c.session.running.Go(func() { c.roster.derive(ctx, epochs) })
	for {
		err := c.open()
		c.portErr.Store(&err)
		c.session.changed()
		if err == nil {
			return
		}
		select {
		case <-time.After(reopenEvery):
		case <-ctx.Done():
			return
		}
	}
}

func (c *clientServers) open() error {
	s := c.session
	device, err := tunnel.OpenClients(tunnel.ClientsOptions{
		PrivateKey: s.keys.ClientFacing().Private, StandbyKey: s.keys.Standby(s.self).Private,
		Listen: s.listen, Port: s.fabric.Clients(), Log: s.log,
		Admit: c.admit, Stray: c.astray, Fence: c.fence.open, Wrap: s.wrap,
	})
	if err == nil {
		c.device.Store(device)
	}
	return err
}

// admit runs on the device's worker.
func (c *clientServers) admit(in tunnel.Initiation) bool {
	index, known := c.roster.find(in.PublicKey)
	if !known {
		return false
	}
	admitted := false
	c.session.do(func(now time.Time) {
		admitted = c.core.Admit(clients.Knock{Index: index, Stamp: in.Timestamp, From: in.From, Standby: in.Standby}, now)
	})
	if admitted {
		c.queue.wait() // the client is configured before the device reads its initiation
	}
	return admitted
}

// astray runs on the device's receiving goroutine.
func (c *clientServers) astray(in tunnel.Stray) {
	select {
	case c.strays <- stray{append([]byte(nil), in.Packet...), in.From}:
	default:
	}
}

// heard runs on whatever goroutine carries a client's packet. The first packet of a client that is not
// held here yet waits until it is: without a route to the client, its answer would be lost.
func (c *clientServers) heard(addr netip.Addr) {
	c.mu.Lock()
	c.spoke[addr] = true
	awaited := c.awaited[addr]
	delete(c.awaited, addr)
	c.mu.Unlock()
	if awaited {
		c.session.do(c.hear)
	} else {
		c.session.nudgeLoop()
	}
}

// listen makes the next packet of a client be heard as its first.
func (c *clientServers) listen(index int) {
	addr := c.session.parameters.Clients[index]
	if c.session.core.Holder(index) != c.session.self {
		c.mu.Lock()
		c.awaited[addr] = true
		c.mu.Unlock()
	}
	c.session.fabric.ForgetClient(addr)
}

// forget stops waiting for a client that leaves, for it may leave without a word.
func (c *clientServers) forget(index int) {
	c.mu.Lock()
	delete(c.awaited, c.session.parameters.Clients[index])
	c.mu.Unlock()
}

// hear tells the core which clients spoke.
func (c *clientServers) hear(now time.Time) {
	c.mu.Lock()
	spoke := c.spoke
	if len(spoke) > 0 {
		c.spoke = map[netip.Addr]bool{}
	}
	c.mu.Unlock()
	for addr := range spoke {
		if index, ok := c.session.parameters.ClientIndex(addr); ok {
			c.core.Heard(index, now)
		}
	}
}

// step lets time pass in the core.
func (c *clientServers) step(now time.Time) {
	c.fence.tick(now)
	if c.device.Load() == nil || now.Before(c.next) {
		return
	}
	if p := c.policy.Load(); p != nil {
		c.core.SetPolicy(*p)
	}
	c.core.Tick(clients.SightOf(c.session.core.View(now), now), now)
	c.next = c.core.Next(now)
}

// deadline is when step is due.
func (c *clientServers) deadline(now time.Time) time.Time {
	if c.device.Load() == nil || c.next.Before(now) {
		return now.Add(fenceTick)
	}
	return c.next
}

// letter takes a letter from a peer, and sends on what is for others.
func (c *clientServers) letter(packet []byte, now time.Time) {
	l, err := clients.DecodeLetter(packet)
	switch {
	case err != nil:
	case l.To == c.session.self:
		c.core.Letter(l, now)
	case l.Hops > 0:
		l.Hops--
		c.post(l)
	}
}

// post sends a letter on its way.
func (c *clientServers) post(l clients.Letter) {
	if next := c.session.core.Routes()[l.To].NextHop; next != 0 {
		c.session.fabric.SendControl(next, l.Encode())
	}
}

// packChanged follows the state of a clientpack.
func (c *clientServers) packChanged(index int, now time.Time) {
	pack := c.session.core.Pack(index)
	c.session.packs.keep(pack)
	rekeyed := pack.Epoch > c.roster.of(index).epoch
	c.core.PackChanged(index, rekeyed, now)
	c.act() // with the old key
	if rekeyed {
		c.roster.set(index, pack.Epoch)
	}
}

// granted hands the answer of another controller to whoever waits for it.
func (c *clientServers) granted(g mesh.Granted) {
	if waits, ok := c.waiting[g.Index]; ok {
		delete(c.waiting, g.Index)
		waits <- g.Verdict
	}
}

// act carries out the core's effects, in order.
func (c *clientServers) act() {
	for _, effect := range c.core.Effects() {
		switch e := effect.(type) {
		case clients.Configure:
			c.configure(e)
		case clients.Remove:
			c.forget(e.Index)
			key := c.roster.of(e.Index).key
			c.onDevice(func(d *tunnel.Clients) { d.Remove(key) })
		case clients.Initiate:
			key := c.roster.of(e.Index).key
			c.onDevice(func(d *tunnel.Clients) { c.note(d.Initiate(key, e.Endpoint)) })
		case clients.Keepalive:
			key := c.roster.of(e.Index).key
			c.onDevice(func(d *tunnel.Clients) { d.SendKeepalive(key) })
		case clients.Ask:
			c.session.fabric.AskClient(c.session.parameters.Clients[e.Index])
		case clients.Feed:
			c.onDevice(func(d *tunnel.Clients) { d.Feed(e.Packet, e.Endpoint) })
		case clients.Listen:
			c.listen(e.Index)
		case clients.Poll:
			c.onDevice(c.poll)
		case clients.Send:
			c.post(e.Letter)
		case clients.Event:
			name := clients.Name(c.session.parameters.Clients[e.Index])
			c.session.events(status.Event{Code: e.Code, Client: name, Text: "client " + name + " " + e.Text})
			c.session.changed()
		}
	}
}

func (c *clientServers) onDevice(f func(*tunnel.Clients)) {
	if d := c.device.Load(); d != nil {
		c.queue.add(func() { f(d) })
	}
}

// configure makes a client a peer of the device. Its key may be derived for the first time here.
func (c *clientServers) configure(e clients.Configure) {
	epoch := c.session.core.Pack(e.Index).Epoch
	c.roster.set(e.Index, epoch)
	key, address := c.roster.of(e.Index).key, c.session.parameters.Clients[e.Index]
	c.onDevice(func(d *tunnel.Clients) {
		c.note(d.Add(tunnel.ClientPeer{
			PublicKey: key, PresharedKey: c.session.keys.PackPSK(e.Index, epoch), Address: address, Endpoint: e.Endpoint,
		}))
	})
}

func (c *clientServers) note(err error) {
	if err != nil {
		c.session.log.Warn("a client server cannot be served", "error", err)
	}
}

// poll runs on the queue.
func (c *clientServers) poll(d *tunnel.Clients) {
	var reports []clients.Report
	for _, st := range d.Status() {
		if index, known := c.roster.find(keyset.PublicKey(st.PublicKey)); known {
			reports = append(reports, clients.Report{
				Index: index, Endpoint: st.Endpoint, LastHandshake: st.LastHandshake, TxBytes: st.TxBytes, RxBytes: st.RxBytes,
			})
		}
	}
	c.session.do(func(now time.Time) { c.core.Polled(reports, now) })
}

// close ends the device. The loop has ended before.
func (c *clientServers) close() {
	if d := c.device.Load(); d != nil {
		d.Close()
	}
	c.queue.close()
}

// The fence keeps a controller that was frozen from speaking to clients that others took over meanwhile.
const (
	fenceTick  = 50 * time.Millisecond  // the loop ticks at least so often
	fenceAfter = 150 * time.Millisecond // without a tick nothing is sent
	fenceFor   = 300 * time.Millisecond // after a longer gap: by then the mesh has told what happened
	fenceFresh = 60 * time.Millisecond  // what a neighbour sent so long after the gap is no leftover of it
)

// fence is open while the loop ticks.
type fence struct {
	ticked atomic.Int64 // when the loop last ticked, in nanoseconds of a monotonic clock
	shut   atomic.Int64 // since when it is shut; 0: it is not
}

var fenceEpoch = time.Now()

func fenceTime(now time.Time) int64 { return int64(now.Sub(fenceEpoch)) + 1 }

// open reports whether clients may be spoken to. It runs on the device's goroutines.
func (f *fence) open() bool {
	return f.shut.Load() == 0 && fenceTime(time.Now())-f.ticked.Load() <= int64(fenceAfter)
}

// tick says that the loop runs.
func (f *fence) tick(now time.Time) {
	at := fenceTime(now)
	last := f.ticked.Swap(at)
	switch shut := f.shut.Load(); {
	case last != 0 && at-last > int64(fenceAfter):
		f.shut.Store(at)
	case shut != 0 && at-shut >= int64(fenceFor):
		f.shut.Store(0)
	}
}

// fresh says that a neighbour was heard.
func (f *fence) fresh(now time.Time) {
	if shut := f.shut.Load(); shut != 0 && fenceTime(now)-shut >= int64(fenceFresh) {
		f.shut.Store(0)
	}
}
