package memnet_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/curve25519"

	"vns3/engine/link"
	"vns3/engine/tunnel"
	"vns3/engine/tunnel/memnet"
)

// controller is one end of a tunnel: a real WireGuard device under the session rules of a link.
type controller struct {
	id      int
	link    *tunnel.Link
	port    *memnet.Port
	machine *link.Machine
	inbox   chan []byte
	events  chan tunnel.LinkEvent
	end     chan struct{}
	ended   chan struct{}

	mu   sync.Mutex
	past history
}

// history is what happened to a controller's link.
type history struct {
	sessions int
	state    link.State
	downs    int
}

func (c *controller) history() history {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.past
}

func (c *controller) note(change func(*history)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.past)
}

func address(id int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, 0, byte(id)}) }

func keys(id int) (private, public [32]byte) {
	private = [32]byte(bytes.Repeat([]byte{byte(id)}, 32))
	private[0] &= 248
	private[31] = private[31]&127 | 64
	curve25519.ScalarBaseMult(&public, &private)
	return private, public
}

// start runs a controller; interval is that of its heartbeats.
func start(t *testing.T, network *memnet.Network, id, peer int, interval time.Duration) *controller {
	t.Helper()
	c := &controller{
		id: id, inbox: make(chan []byte, 1000), events: make(chan tunnel.LinkEvent, 1000),
		end: make(chan struct{}), ended: make(chan struct{}),
	}
	c.port = memnet.NewPort(func(p []byte) { c.inbox <- bytes.Clone(p[20:]) })
	private, _ := keys(id)
	_, public := keys(peer)
	var err error
	c.link, err = tunnel.OpenLink(tunnel.LinkOptions{
		Self: id, Peer: peer, PrivateKey: private, PeerKey: public, Port: c.port, Bind: network.Bind(address(id)),
		Events: func(e tunnel.LinkEvent) { c.events <- e },
	})
	if err != nil {
		t.Fatal(err)
	}
	c.link.SetEndpoint(netip.AddrPortFrom(address(peer), 0))
	config := link.DefaultConfig()
	if interval != config.Interval {
		config.Interval, config.SuspectAfter, config.DownAfter = interval, 3*interval, 30*interval
	}
	now := time.Now()
	c.machine = link.New(link.Options{
		Self: id, Peer: peer, Config: config, Discriminator: uint64(now.UnixNano()) + uint64(id), Started: now,
		Rand: rand.New(rand.NewPCG(uint64(id), 1)), Wall: func(now time.Time) time.Time { return now },
	}, now)
	go c.run()
	return c
}

// run is the control loop of an engine, for one link.
func (c *controller) run() {
	defer close(c.ended)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case payload := <-c.inbox:
			_ = c.machine.Receive(payload, time.Now()) // what is damaged or old is of no use
		case e := <-c.events:
			if e.Kind == tunnel.SessionEstablished {
				c.note(func(h *history) { h.sessions++ })
				c.machine.Session(e.At, time.Now())
			}
		case <-c.end:
			return
		}
		now := time.Now()
		c.machine.RunDue(link.Own{}, now)
		c.carryOut()
		if next := c.machine.NextDeadline(); !next.IsZero() {
			timer.Reset(max(time.Until(next), time.Millisecond))
		}
	}
}

func (c *controller) carryOut() {
	for _, effect := range c.machine.Effects() {
		switch e := effect.(type) {
		case link.Send:
			c.port.Send(packet(e.Packet))
		case link.Initiate:
			c.link.Initiate()
		case link.Forget:
			c.link.Forget()
		case link.Changed:
			c.note(func(h *history) {
				h.state = e.To
				if e.To == link.Down {
					h.downs++
				}
			})
		}
	}
}

func (c *controller) stop() {
	close(c.end)
	<-c.ended
	c.link.Close()
}

// packet wraps a payload into IPv4.
func packet(payload []byte) []byte {
	p := make([]byte, 20, 20+len(payload))
	p[0] = 0x45
	binary.BigEndian.PutUint16(p[2:], uint16(20+len(payload)))
	p[8], p[9] = 255, 253
	return append(p, payload...)
}

// until lets virtual time pass until the condition holds, and returns how long that took.
func until(t *testing.T, limit time.Duration, condition func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for {
		synctest.Wait()
		if condition() {
			return time.Since(began)
		}
		if time.Since(began) >= limit {
			t.Fatalf("not within %v", limit)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func bothUp(a, b *controller) func() bool {
	return func() bool { return a.history().state == link.Up && b.history().state == link.Up }
}

// Two controllers that start at the same instant have a session within a second at 50 ms RTT. So have
// the devices alone, with packets put into the tunnel from both ends: handshakes that cross leave a
// session in each direction, where others end both and collide again and again.
func TestSimultaneousStart(t *testing.T) {
	path := memnet.Path{Delay: 25 * time.Millisecond}
	for seed := range uint64(5) {
		synctest.Test(t, func(t *testing.T) {
			network := memnet.New(seed)
			network.SetBoth(address(1), address(2), path)
			a, b := start(t, network, 1, 2, link.DefaultInterval), start(t, network, 2, 1, link.DefaultInterval)
			if took := until(t, 70*time.Second, bothUp(a, b)); took > time.Second {
				t.Errorf("seed %d: up after %v", seed, took)
			}
			a.stop()
			b.stop()
		})
	}
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New(1)
		network.SetBoth(address(1), address(2), path)
		established := make(chan time.Time, 1000)
		var links []*tunnel.Link
		var ports []*memnet.Port
		for id := 1; id <= 2; id++ {
			private, _ := keys(id)
			_, public := keys(3 - id)
			port := memnet.NewPort(func([]byte) {})
			l, err := tunnel.OpenLink(tunnel.LinkOptions{
				Self: id, Peer: 3 - id, PrivateKey: private, PeerKey: public, Port: port, Bind: network.Bind(address(id)),
				Events: func(tunnel.LinkEvent) { established <- time.Now() },
			})
			if err != nil {
				t.Fatal(err)
			}
			l.SetEndpoint(netip.AddrPortFrom(address(3-id), 0))
			links, ports = append(links, l), append(ports, port)
		}
		began := time.Now()
		for time.Since(began) < 10*time.Second {
			for _, p := range ports {
				p.Send(packet([]byte("heartbeat")))
			}
			time.Sleep(50 * time.Millisecond)
		}
		synctest.Wait()
		for range links {
			if took := (<-established).Sub(began); took > time.Second {
				t.Errorf("the devices alone had a session after %v", took)
			}
		}
		for _, l := range links {
			l.Close()
		}
	})
}

// At 20 % loss a controller that restarts is mostly back within three seconds, and always within ten.
func TestRestartAtLoss(t *testing.T) {
	var all []time.Duration
	for seed := range uint64(10) {
		synctest.Test(t, func(t *testing.T) {
			network := memnet.New(seed)
			network.SetBoth(address(1), address(2), memnet.Path{Delay: 25 * time.Millisecond, Loss: 0.2})
			a, b := start(t, network, 1, 2, link.DefaultInterval), start(t, network, 2, 1, link.DefaultInterval)
			until(t, 20*time.Second, bothUp(a, b))
			b.stop()
			until(t, 5*time.Second, func() bool { return a.history().state == link.Down })
			b = start(t, network, 2, 1, link.DefaultInterval)
			all = append(all, until(t, 20*time.Second, bothUp(a, b)))
			a.stop()
			b.stop()
		})
	}
	slices.Sort(all)
	if all[len(all)/2] > 3*time.Second || all[len(all)-1] > 10*time.Second {
		t.Errorf("up again after %v", all)
	}
	t.Logf("up again after %v", all)
}

// Keys are renewed every two minutes, for hours, and the link never goes down for it.
func TestRekeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New(1)
		network.SetBoth(address(1), address(2), memnet.Path{Delay: 25 * time.Millisecond, Jitter: 5 * time.Millisecond})
		a, b := start(t, network, 1, 2, time.Second), start(t, network, 2, 1, time.Second)
		until(t, 20*time.Second, bothUp(a, b))
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		for _, c := range []*controller{a, b} {
			h := c.history()
			if h.downs > 0 || h.state != link.Up {
				t.Errorf("controller %d: %d times down", c.id, h.downs)
			}
			if h.sessions < 55 || h.sessions > 70 {
				t.Errorf("controller %d: %d sessions in two hours, want about 60", c.id, h.sessions)
			}
		}
		a.stop()
		b.stop()
	})
}

// A black hole is noticed by both ends, also a one-way one, and the link comes back when it heals,
// however long it lasted.
func TestBlackHole(t *testing.T) {
	for _, c := range []struct {
		oneWay bool
		lasts  time.Duration
	}{{false, 10 * time.Second}, {true, 10 * time.Second}, {false, 10 * time.Minute}} {
		t.Run(fmt.Sprintf("one way %v, %v", c.oneWay, c.lasts), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := memnet.New(1)
				healthy := memnet.Path{Delay: 10 * time.Millisecond}
				network.SetBoth(address(1), address(2), healthy)
				a, b := start(t, network, 1, 2, link.DefaultInterval), start(t, network, 2, 1, link.DefaultInterval)
				until(t, 20*time.Second, bothUp(a, b))
				network.SetPath(address(1), address(2), memnet.Path{Loss: 1})
				if !c.oneWay {
					network.SetPath(address(2), address(1), memnet.Path{Loss: 1})
				}
				until(t, 5*time.Second, func() bool { return !a.history().state.Usable() && !b.history().state.Usable() })
				time.Sleep(c.lasts)
				network.SetBoth(address(1), address(2), healthy)
				until(t, 10*time.Second, bothUp(a, b))
				a.stop()
				b.stop()
			})
		})
	}
}
