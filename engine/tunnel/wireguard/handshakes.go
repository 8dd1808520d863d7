package wireguard

import (
	"sync/atomic"
	"time"

	"golang.zx2c4.com/wireguard/conn"

	"vns3/engine/tunnel/noise"
)

const (
	doorstepSize = 256              // handshake messages that wait; more are lost
	crowded      = doorstepSize / 8 // from so many on, strangers need a cookie
	crowdedFor   = time.Second      // after that
)

// message is a handshake message that waits to be read.
type message struct {
	packet [noise.InitiationSize]byte
	size   int
	from   conn.Endpoint
}

// load remembers when too many handshakes waited.
type load struct{ since atomic.Int64 }

// wait lets a handshake message wait for greet: reading one takes as long as a hundred packets. Only those
// whose mac1 is right get a place, so that who does not know our key cannot take it from others.
func (d *Device) wait(packet []byte, from conn.Endpoint) {
	m := message{size: len(packet), from: from}
	copy(m.packet[:], packet)
	select {
	case d.doorstep <- m:
	default:
	}
}

// greet reads handshake messages until the device is closed.
func (d *Device) greet() {
	for {
		select {
		case m := <-d.doorstep:
			if d.welcome(m.packet[:m.size], m.from) {
				d.handshake(m.packet[:m.size], m.from)
			}
		case <-d.end:
			return
		}
	}
}

// welcome reports whether a message is worth reading. In a crowd its sender must prove its address.
func (d *Device) welcome(packet []byte, from conn.Endpoint) bool {
	if noise.KindOf(packet) == noise.CookieKind {
		return true
	}
	now := d.now()
	if len(d.doorstep) >= crowded {
		d.busy.since.Store(now)
	}
	if since := d.busy.since.Load(); since == 0 || now-since >= int64(crowdedFor) {
		return true
	}
	source, wall := from.DstToBytes(), time.Now()
	if d.bouncer.Knows(packet, source, wall) {
		return true
	}
	_ = d.transmit(noise.CookieKind, [][]byte{d.bouncer.Reply(packet, source, wall)}, from) // may be lost
	return false
}

// handshake reads a handshake message.
func (d *Device) handshake(packet []byte, from conn.Endpoint) {
	if noise.KindOf(packet) == noise.InitiationKind {
		in, ok := d.identity.Read(packet)
		if !ok {
			return
		}
		if p := d.Peer(in.PublicKey); p != nil {
			p.answer(&in, from)
		}
		return
	}
	d.mu.RLock()
	h := d.index[noise.Receiver(packet)]
	d.mu.RUnlock()
	switch {
	case h.peer == nil:
	case noise.KindOf(packet) == noise.ResponseKind:
		h.peer.finish(packet, from)
	default:
		h.peer.keepCookie(packet)
	}
}
