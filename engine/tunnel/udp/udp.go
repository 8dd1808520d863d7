// Package udp is the UDP bind under the WireGuard devices: a conn.Bind that can listen on one address,
// answers from the address it was reached at, and moves datagrams in batches.
//
// On Linux it receives by recvmmsg with UDP GRO into staging buffers of its own, and sends by sendmmsg
// with UDP GSO straight from the device's buffers, gathered by the kernel: the stock bind coalesces into
// the device's pooled 64 kB buffers, and touching them is where its memory goes. Elsewhere [New] returns
// the stock bind, which cannot listen on one address.
//
// Segments larger than the path carries fail a whole batch (EMSGSIZE), and devices that cannot compute
// checksums fail all of them (EIO). The bind then sends the same packets one by one, tells its owner, and
// does not build such batches for that destination for a while.
//
// The package knows nothing of WireGuard: it never looks into a datagram.
package udp

import (
	"net/netip"
	"time"
)

// Options say how to bind.
type Options struct {
	Listen netip.Addr // address to bind; the zero Addr: all, IPv4 and IPv6

	// Fragment lets the kernel fragment datagrams that are larger than the path carries. Without it they
	// carry the don't-fragment bit and are lost, and Fault is told.
	Fragment bool

	// Lend makes the bind hand out datagrams in its own memory, good until the next call, instead of
	// copying them: for a device that knows it. The stock bind cannot.
	Lend bool

	// Fault is told what the network reports about datagrams that were sent. It runs on sending and
	// receiving goroutines and must not block. May be nil.
	Fault func(Fault)
}

// FaultKind says what is wrong with a destination.
type FaultKind uint8

// The kinds of faults.
const (
	TooBig      FaultKind = iota + 1 // a datagram was larger than the path carries
	Refused                          // ICMP: nobody listens on the port
	Unreachable                      // ICMP: no way there
)

func (k FaultKind) String() string {
	switch k {
	case TooBig:
		return "too big"
	case Refused:
		return "refused"
	case Unreachable:
		return "unreachable"
	}
	return "unknown"
}

// Fault is what the network reports about a destination.
type Fault struct {
	Kind FaultKind
	To   netip.AddrPort // port 0: TooBig is about all ports
	MTU  int            // for TooBig: IP packet size in bytes that the path carries; 0: not told
}

// retrySegments is how long after a failed batch none is built that is as large.
const retrySegments = 10 * time.Second
