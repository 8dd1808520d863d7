// Package wireguard is a WireGuard device between a port, which gives and takes IP packets, and a bind,
// which gives and takes datagrams. It speaks to any other implementation; what it sends and when follows
// the WireGuard paper (https://www.wireguard.com/papers/wireguard.pdf).
//
// A packet changes goroutines as rarely as it can: who receives a batch of datagrams also decrypts it and
// writes it to the port; who reads a batch of packets from the port also encrypts it and sends it. So
// packets of a session never overtake each other, and batches stay whole on their way.
//
// It decides nothing by itself but what WireGuard prescribes: its owner sees what arrives and may answer,
// refuse or fence it off (see Options).
package wireguard

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.zx2c4.com/wireguard/conn"

	"vns3/engine/tunnel/noise"
)

// Device is a running device.
type Device struct {
	o        Options
	identity *noise.Identity
	bouncer  *noise.Bouncer
	bind     conn.Bind
	lent     bool
	log      *slog.Logger
	start    time.Time
	doorstep chan message // initiations that wait to be read
	answers  chan message // to what we sent: responses and cookies
	crowdAt  atomic.Int64 // stamp of when too many of them last waited; 0: never
	shares   sources      // in a crowd; of greet
	mtu      atomic.Int64 // of the port, bytes: padding stays within it
	inbounds sync.Pool    // of *inbound, for packets that Handle brings
	running  sync.WaitGroup
	end      chan struct{}
	ended    sync.Once

	mu     sync.RWMutex
	peers  map[[32]byte]*Peer
	index  map[uint32]holder
	chosen memory
	hosts  map[netip.Addr]*Peer
	nets   []network
}

// New returns a device without any peer. It does nothing before Start.
func New(o Options) *Device {
	d := &Device{
		o: o.filled(), identity: noise.NewIdentity(o.PrivateKey), bind: o.Bind, lent: o.Lent, start: time.Now(),
		doorstep: make(chan message, doorstepSize), answers: make(chan message, doorstepSize), shares: sources{}, end: make(chan struct{}),
		peers: map[[32]byte]*Peer{}, index: map[uint32]holder{}, hosts: map[netip.Addr]*Peer{},
	}
	d.log = d.o.Log
	d.bouncer = noise.NewBouncer(d.identity)
	d.inbounds.New = func() any { return newInbound(d, 1, false) }
	return d
}

// Start opens the bind on a UDP port, 0: any, and moves packets until Close. When the bind cannot be
// opened, the error is the bind's, and the device's port is left as it was.
func (d *Device) Start(port uint16) error {
	receivers, _, err := d.bind.Open(port)
	if err != nil {
		return err
	}
	d.askMTU()
	for _, receive := range receivers {
		d.running.Go(func() { d.receive(receive) })
	}
	d.running.Go(d.greet)
	d.running.Go(d.send)
	d.running.Go(d.watch)
	return nil
}

// watch keeps the MTU known: to ask a kernel interface takes three system calls, too many for each batch.
func (d *Device) watch() {
	for range d.o.Port.Events() {
		d.askMTU()
	}
}

func (d *Device) askMTU() {
	if mtu, err := d.o.Port.MTU(); err == nil {
		d.mtu.Store(int64(mtu))
	}
}

// Set adds a peer, or changes what is known of it; its sessions go on, and without an Endpoint in c so
// does the one it has. What is allowed to it was allowed to no other peer, or is not any more.
func (d *Device) Set(c PeerConfig) (*Peer, error) {
	remote, err := d.identity.Remote(c.PublicKey, c.PresharedKey)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	p := d.peers[c.PublicKey]
	if p == nil {
		p = newPeer(d, c.PublicKey)
		d.peers[c.PublicKey] = p
	}
	d.allow(p, c.Allowed)
	d.mu.Unlock()
	p.configure(remote, c)
	return p, nil
}

// Remove ends the sessions with a peer and forgets it.
func (d *Device) Remove(publicKey [32]byte) {
	d.mu.Lock()
	p := d.peers[publicKey]
	delete(d.peers, publicKey)
	if p != nil {
		d.allow(p, nil)
	}
	d.mu.Unlock()
	if p != nil {
		p.close()
	}
}

// Peer returns the peer with the key; nil: there is none.
func (d *Device) Peer(publicKey [32]byte) *Peer {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.peers[publicKey]
}

// Peers returns all peers, in no order.
func (d *Device) Peers() []*Peer {
	d.mu.RLock()
	defer d.mu.RUnlock()
	all := make([]*Peer, 0, len(d.peers))
	for _, p := range d.peers {
		all = append(all, p)
	}
	return all
}

// Close ends the device with its bind and its port, and waits until nothing runs any more. Closing twice
// does nothing.
func (d *Device) Close() {
	d.ended.Do(func() {
		close(d.end)
		d.o.Port.Close() // its error changes nothing: it is given up
		d.bind.Close()
	})
	d.running.Wait()
	for _, p := range d.Peers() {
		d.Remove(p.publicKey)
	}
}

// now is the time as atomics hold it: nanoseconds since the start plus one, so that zero is never.
func (d *Device) now() int64 { return int64(time.Since(d.start)) + 1 }

// transmit sends datagrams of a kind to an endpoint.
func (d *Device) transmit(kind noise.Kind, datagrams [][]byte, to conn.Endpoint) error {
	if to == nil {
		return errors.New("no endpoint is known")
	}
	if !d.o.MaySend(kind) {
		return nil
	}
	return d.bind.Send(datagrams, to)
}

// closed reports whether an error of the bind or the port says that it was closed.
func (d *Device) closed(err error) bool {
	select {
	case <-d.end:
		return true
	default:
		return errors.Is(err, net.ErrClosed)
	}
}

// pause waits a moment after an error that may pass; false: the device was closed.
func (d *Device) pause() bool {
	timer := time.NewTimer(time.Second / 3)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-d.end:
		return false
	}
}

// complain logs what went wrong with a peer, for whoever looks for it.
func (d *Device) complain(what string, err error) {
	d.log.Debug(fmt.Sprintf("%s: %v", what, err))
}
