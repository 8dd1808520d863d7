package engine

import (
	"net"
	"net/netip"

	"vns3/engine/tunnel"
)

// localAddresses returns a test for the addresses of this machine as they are now. Every loopback
// address is one.
func localAddresses() func(netip.Addr) bool {
	local := map[netip.Addr]bool{}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return netip.Addr.IsLoopback // another is then taken for a stranger's, and the outer probe finds out
	}
	for _, a := range addrs {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil {
			local[prefix.Addr().Unmap()] = true
		}
	}
	return func(a netip.Addr) bool { return a.IsLoopback() || local[a.Unmap()] }
}

// subnetGateway is this machine's next hop towards addresses that it has no nearer way to; empty: none.
func subnetGateway() string {
	if gateway := tunnel.Gateway(); gateway.IsValid() {
		return gateway.String()
	}
	return ""
}

// outgoingAddress is the address from which this machine sends to addresses that it has no nearer way
// to. Nothing is sent.
func outgoingAddress() (netip.Addr, bool) {
	for _, anywhere := range []string{"192.0.2.1:9", "[2001:db8::1]:9"} { // RFC 5737, RFC 3849: documentation
		conn, err := net.Dial("udp", anywhere)
		if err != nil {
			continue
		}
		defer conn.Close()
		if from, ok := conn.LocalAddr().(*net.UDPAddr); ok {
			return from.AddrPort().Addr().Unmap(), true
		}
	}
	return netip.Addr{}, false
}
