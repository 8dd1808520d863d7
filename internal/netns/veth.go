//go:build linux

package netns

import (
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// End is one end of a veth pair.
type End struct {
	NS        *Namespace
	Name      string   // of the interface
	Addresses []string // "10.0.0.1/24", "fd00::1/64"
	MTU       int      // bytes; 0: 1500
}

// Connect joins two namespaces by a veth pair.
func Connect(a, b End) {
	a.NS.t.Helper()
	pair := &netlink.Veth{
		LinkAttrs:     netlink.LinkAttrs{Name: a.Name, Namespace: netlink.NsFd(a.NS.fd)},
		PeerName:      b.Name,
		PeerNamespace: netlink.NsFd(b.NS.fd),
	}
	if err := netlink.LinkAdd(pair); err != nil {
		a.NS.t.Fatalf("cannot make the veth pair %s–%s: %v", a.Name, b.Name, err)
	}
	a.configure()
	b.configure()
}

func (e End) configure() {
	e.NS.t.Helper()
	e.NS.link(e.Name, func(h *netlink.Handle, link netlink.Link) error {
		for _, text := range e.Addresses {
			addr, err := netlink.ParseAddr(text)
			if err != nil {
				return err
			}
			addr.Flags = unix.IFA_F_NODAD // usable at once
			if err := h.AddrAdd(link, addr); err != nil {
				return err
			}
		}
		if e.MTU != 0 {
			if err := h.LinkSetMTU(link, e.MTU); err != nil {
				return err
			}
		}
		return h.LinkSetUp(link)
	})
}

// SetMTU changes the MTU of an interface.
func (n *Namespace) SetMTU(name string, mtu int) {
	n.t.Helper()
	n.link(name, func(h *netlink.Handle, link netlink.Link) error { return h.LinkSetMTU(link, mtu) })
}

// SetUp brings an interface up or down.
func (n *Namespace) SetUp(name string, up bool) {
	n.t.Helper()
	n.link(name, func(h *netlink.Handle, link netlink.Link) error {
		if up {
			return h.LinkSetUp(link)
		}
		return h.LinkSetDown(link)
	})
}

// Address adds an address to an interface.
func (n *Namespace) Address(name, address string) {
	n.t.Helper()
	End{NS: n, Name: name, Addresses: []string{address}}.configure()
}

// Unaddress removes an address from an interface.
func (n *Namespace) Unaddress(name, address string) {
	n.t.Helper()
	n.link(name, func(h *netlink.Handle, link netlink.Link) error {
		addr, err := netlink.ParseAddr(address)
		if err != nil {
			return err
		}
		return h.AddrDel(link, addr)
	})
}

// Route sends what is for dst ("10.1.0.0/16", "default") to the neighbour via.
func (n *Namespace) Route(dst, via string) {
	n.t.Helper()
	gateway := netip.MustParseAddr(via)
	route := netlink.Route{Gw: gateway.AsSlice()}
	if dst != "default" {
		_, network, err := net.ParseCIDR(dst)
		if err != nil {
			n.t.Fatalf("route %s: %v", dst, err)
		}
		route.Dst = network
	}
	n.handle(func(h *netlink.Handle) error { return h.RouteReplace(&route) })
}

// link calls fn with the named interface of the namespace.
func (n *Namespace) link(name string, fn func(*netlink.Handle, netlink.Link) error) {
	n.t.Helper()
	n.handle(func(h *netlink.Handle) error {
		link, err := h.LinkByName(name)
		if err != nil {
			return err
		}
		return fn(h, link)
	})
}

// handle calls fn with a netlink socket of the namespace.
func (n *Namespace) handle(fn func(*netlink.Handle) error) {
	n.t.Helper()
	var h *netlink.Handle
	var err error
	n.Run(func() { h, err = netlink.NewHandle(unix.NETLINK_ROUTE) })
	if err == nil {
		defer h.Close()
		err = fn(h)
	}
	if err != nil {
		n.t.Fatalf("cannot configure the network namespace: %v", err)
	}
}
