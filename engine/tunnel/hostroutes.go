package tunnel

import "net/netip"

// HostRoute is a way from this host to a network behind it, which is not the overlay.
type HostRoute struct {
	Prefix    netip.Prefix
	Gateway   netip.Addr // the zero Addr: the network is on the interface itself
	Interface string     // empty: the one that leads to the gateway
	Metric    int
}
