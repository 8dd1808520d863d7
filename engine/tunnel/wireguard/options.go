package wireguard

import (
	"log/slog"
	"net/netip"
	"time"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/tun"

	"vns3/engine/tunnel/noise"
)

// Port is where packets come from and go to: a tun.Device, as far as the device needs it. Read is called
// by one goroutine, Write by several.
type Port interface {
	Read(bufs [][]byte, sizes []int, offset int) (int, error)
	Write(bufs [][]byte, offset int) (int, error)
	MTU() (int, error)
	BatchSize() int
	Events() <-chan tun.Event // after each the MTU is asked for
	Close() error
}

// Options say what a device is made of. The functions may be nil; they are called by the goroutines that
// carry packets and must not block.
type Options struct {
	PrivateKey [32]byte
	Port       Port
	Bind       conn.Bind
	Log        *slog.Logger

	// Lent says that the bind hands out datagrams in memory of its own, where they are good until it is
	// asked for the next: they are decrypted there.
	Lent bool

	// Accept says whether what comes from an address is looked at.
	Accept func(from conn.Endpoint) bool
	// Initiation is shown each initiation whose mac1 is right. False: the device does not answer it.
	Initiation func(packet []byte, from conn.Endpoint) bool
	// Standby is a further identity, nil: none. Initiations to it are shown too, and never answered.
	Standby *noise.Identity
	// Crowded says that so many initiations wait at the owner that the next one from an address must prove
	// that it comes from there before it is shown.
	Crowded func(from conn.Endpoint) bool
	// Stray is shown a transport packet whose receiver index this device did not choose lately.
	Stray func(packet []byte, from conn.Endpoint)
	// Other is shown what is no message of WireGuard.
	Other func(packet []byte, from conn.Endpoint)
	// MaySend says whether messages of the kind may be sent now.
	MaySend func(noise.Kind) bool

	// Session is told of each completed handshake, also when rekeying.
	Session func(*Peer, time.Time)
	// Refused is told of an initiation of the peer that its timestamp makes a replay.
	Refused func(*Peer)
	// Answered is told of each initiation of the peer that was answered.
	Answered func(*Peer)
	// Roamed is told when an authenticated message came from another address than the one in use.
	Roamed func(*Peer, conn.Endpoint)
	// Broken is told when the port gives no packets any more although nobody closed the device.
	Broken func(error)
}

// PeerConfig is what a device knows of a peer beforehand.
type PeerConfig struct {
	PublicKey    [32]byte
	PresharedKey [32]byte       // zero: none
	Allowed      []netip.Prefix // sources it may have, and destinations that lead to it
	Keepalive    time.Duration  // between packets that keep a NAT open; 0: none
	Endpoint     conn.Endpoint  // nil: not known
}

// filled puts functions that do nothing in place of those that are nil.
func (o Options) filled() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Accept == nil {
		o.Accept = func(conn.Endpoint) bool { return true }
	}
	if o.Initiation == nil {
		o.Initiation = func([]byte, conn.Endpoint) bool { return true }
	}
	if o.Crowded == nil {
		o.Crowded = func(conn.Endpoint) bool { return false }
	}
	if o.Stray == nil {
		o.Stray = func([]byte, conn.Endpoint) {}
	}
	if o.Other == nil {
		o.Other = func([]byte, conn.Endpoint) {}
	}
	if o.MaySend == nil {
		o.MaySend = func(noise.Kind) bool { return true }
	}
	if o.Session == nil {
		o.Session = func(*Peer, time.Time) {}
	}
	if o.Refused == nil {
		o.Refused = func(*Peer) {}
	}
	if o.Answered == nil {
		o.Answered = func(*Peer) {}
	}
	if o.Roamed == nil {
		o.Roamed = func(*Peer, conn.Endpoint) {}
	}
	if o.Broken == nil {
		o.Broken = func(error) {}
	}
	return o
}
