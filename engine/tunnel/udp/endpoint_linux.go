package udp

import (
	"net"
	"net/netip"
	"strconv"
	"sync/atomic"

	"golang.zx2c4.com/wireguard/conn"
)

// Endpoint is a remote address and the local address that it sends to. It is immutable, so that the
// receiver can hand out the same one for each datagram of a peer; but the device may declare its local
// address unfit.
type Endpoint struct {
	to       netip.AddrPort // IPv4 is never mapped into IPv6
	scope    uint32         // interface index of a link-local destination
	from     netip.Addr     // the zero Addr: the kernel chooses
	fromLink uint32         // interface index of a link-local from
	cleared  atomic.Bool    // from does not count any more
}

var _ conn.Endpoint = (*Endpoint)(nil)

// AddrPort returns the remote address.
func (e *Endpoint) AddrPort() netip.AddrPort { return e.to }

// ClearSrc makes the kernel choose the local address from now on.
func (e *Endpoint) ClearSrc() { e.cleared.Store(true) }

// SrcIP returns the local address; the zero Addr: the kernel chooses.
func (e *Endpoint) SrcIP() netip.Addr {
	if e.cleared.Load() {
		return netip.Addr{}
	}
	return e.from
}

// SrcToString returns the local address as text.
func (e *Endpoint) SrcToString() string { return e.SrcIP().String() }

// DstIP returns the remote address without its port.
func (e *Endpoint) DstIP() netip.Addr { return e.to.Addr() }

// DstToString returns the remote address as text.
func (e *Endpoint) DstToString() string { return e.to.String() }

// DstToBytes returns the remote address for the cookies of the device.
func (e *Endpoint) DstToBytes() []byte {
	b, _ := e.to.MarshalBinary() // never fails
	return b
}

// ParseEndpoint reads "192.0.2.1:1195" or "[2001:db8::1]:1195".
func (b *Bind) ParseEndpoint(text string) (conn.Endpoint, error) {
	to, err := netip.ParseAddrPort(text)
	if err != nil {
		return nil, err
	}
	return NewEndpoint(to), nil
}

// NewEndpoint returns the endpoint of a remote address; the kernel chooses the local one.
func NewEndpoint(to netip.AddrPort) *Endpoint {
	e := &Endpoint{to: netip.AddrPortFrom(to.Addr().Unmap(), to.Port())}
	if zone := to.Addr().Zone(); zone != "" {
		if index, err := strconv.ParseUint(zone, 10, 32); err == nil {
			e.scope = uint32(index)
		} else if link, err := net.InterfaceByName(zone); err == nil {
			e.scope = uint32(link.Index)
		}
	}
	return e
}
