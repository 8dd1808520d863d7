package wireguard

import (
	"net/netip"
	"time"

	"golang.org/x/time/rate"
	"golang.zx2c4.com/wireguard/conn"

	"vns3/engine/tunnel/noise"
)

const (
	doorstepSize = 256              // initiations that wait, and as many answers; more are lost
	crowd        = doorstepSize / 2 // from so many initiations on, strangers need a cookie
	crowdedFor   = time.Second      // after that

	// What one source has read in a crowd.
	sharePerSecond = 20
	shareAtOnce    = 5
	maxSources     = 4096 // that are remembered
)

// message is a handshake message that waits to be read.
type message struct {
	packet [noise.InitiationSize]byte
	size   int
	from   conn.Endpoint
}

// sources gives each source its share. It belongs to one goroutine.
type sources map[netip.Prefix]*rate.Limiter

// allow reports whether the source has not used up its share. A host may use all of its IPv6 network.
func (s sources) allow(from netip.Addr, now time.Time) bool {
	from = from.Unmap()
	source, _ := from.Prefix(min(from.BitLen(), 64)) // never too long
	share := s[source]
	if share == nil {
		if len(s) >= maxSources {
			clear(s)
		}
		share = rate.NewLimiter(sharePerSecond, shareAtOnce)
		s[source] = share
	}
	return share.AllowN(now, 1)
}

// expects reports whether a handshake message may be for us: an initiation with the right mac1, a response
// to an initiation of ours, a cookie for a handshake of ours. So who neither knows our key nor sees what we
// send cannot take the place of others.
func (d *Device) expects(packet []byte) bool {
	switch noise.KindOf(packet) {
	case noise.InitiationKind:
		return d.identity.Addressed(packet) || d.o.Standby != nil && d.o.Standby.Addressed(packet)
	case noise.ResponseKind:
		h := d.lookup(noise.Receiver(packet))
		return h.peer != nil && h.session == nil && d.identity.Addressed(packet)
	}
	return d.lookup(noise.Receiver(packet)).peer != nil
}

// wait lets a handshake message wait for greet: reading one takes as long as a hundred packets.
func (d *Device) wait(packet []byte, from conn.Endpoint) {
	m := message{size: len(packet), from: from}
	copy(m.packet[:], packet)
	queue := d.answers
	if noise.KindOf(packet) == noise.InitiationKind {
		queue = d.doorstep
	}
	select {
	case queue <- m:
	default:
	}
}

// greet reads handshake messages until the device is closed.
func (d *Device) greet() {
	for {
		select {
		case m := <-d.answers: // who answers saw what was sent there: a cookie would prove no more
			d.handshake(m.packet[:m.size], m.from)
		case m := <-d.doorstep:
			packet := m.packet[:m.size]
			if d.welcome(packet, m.from) && d.o.Initiation(packet, m.from) && d.identity.Addressed(packet) {
				d.handshake(packet, m.from)
			}
		case <-d.end:
			return
		}
	}
}

// welcome reports whether an initiation is worth reading. In a crowd its sender must prove its address, and
// has no more read than its share.
func (d *Device) welcome(packet []byte, from conn.Endpoint) bool {
	if !d.crowded(from) {
		return true
	}
	if !d.identity.Addressed(packet) {
		return false // the standby identity has no cookies
	}
	source, now := from.DstToBytes(), time.Now()
	if d.bouncer.Knows(packet, source, now) {
		return d.shares.allow(from.DstIP(), now)
	}
	_ = d.transmit(noise.CookieKind, [][]byte{d.bouncer.Reply(packet, source, now)}, from) // may be lost
	return false
}

// crowded reports whether too many initiations wait, here or at the owner.
func (d *Device) crowded(from conn.Endpoint) bool {
	now := d.now()
	if len(d.doorstep) >= crowd {
		d.crowdAt.Store(now)
	}
	last := d.crowdAt.Load()
	return last != 0 && now-last < int64(crowdedFor) || d.o.Crowded(from)
}

// Answer answers an initiation that was read with this device's key, if it knows the peer.
func (d *Device) Answer(in *noise.Initiation, from conn.Endpoint) {
	if p := d.Peer(in.PublicKey); p != nil {
		p.answer(in, from)
	}
}

// handshake reads a handshake message.
func (d *Device) handshake(packet []byte, from conn.Endpoint) {
	if noise.KindOf(packet) == noise.InitiationKind {
		if in, ok := d.identity.Read(packet); ok {
			d.Answer(&in, from)
		}
		return
	}
	switch p := d.lookup(noise.Receiver(packet)).peer; {
	case p == nil:
	case noise.KindOf(packet) == noise.ResponseKind:
		p.finish(packet, from)
	default:
		p.keepCookie(packet)
	}
}
