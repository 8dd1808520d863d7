package clients

import (
	"net/netip"
	"time"
)

// Effect is something that the owner has to do after a call, in order.
type Effect interface{ effect() }

// Configure asks for the client to be a peer of the device; with a zero Endpoint the device learns it.
type Configure struct {
	Index    int
	Endpoint netip.AddrPort
}

// Remove asks for the client to be no peer of the device any longer.
type Remove struct{ Index int }

// Initiate asks for a handshake initiation to the client at the endpoint, whatever was sent before.
type Initiate struct {
	Index    int
	Endpoint netip.AddrPort
}

// Keepalive asks for an empty packet to the client, in its session.
type Keepalive struct{ Index int }

// Ask asks for a question to the client that it answers by itself, in its session.
type Ask struct{ Index int }

// Feed asks for a datagram to be given to the device as if it had come from the endpoint.
type Feed struct {
	Index    int
	Packet   []byte // part of what the core was given
	Endpoint netip.AddrPort
}

// Listen asks for the client's next authenticated packet to be reported.
type Listen struct{ Index int }

// Poll asks for the device to be asked about its peers; the answer goes to Core.Polled.
type Poll struct{}

// Send asks for a letter to be sent on its way.
type Send struct{ Letter Letter }

// Event is something worth telling an administrator.
type Event struct {
	Code  string
	Index int
	Warn  bool
	Text  string
}

func (Configure) effect() {}
func (Remove) effect()    {}
func (Initiate) effect()  {}
func (Keepalive) effect() {}
func (Ask) effect()       {}
func (Feed) effect()      {}
func (Listen) effect()    {}
func (Poll) effect()      {}
func (Send) effect()      {}
func (Event) effect()     {}

// Report is what the device says of one client.
type Report struct {
	Index            int
	Endpoint         netip.AddrPort
	LastHandshake    time.Time // zero: never
	TxBytes, RxBytes uint64
}

// Knock is a client's handshake initiation, read without answering it.
type Knock struct {
	Index   int
	Stamp   [12]byte // TAI64N
	From    netip.AddrPort
	Standby bool // addressed to this controller's standby identity
}
