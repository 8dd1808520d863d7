package tunnel

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
	"golang.zx2c4.com/wireguard/tun"
)

// ConfigureKernel gives the interface its address and routes, and takes away those it had and the
// configuration no longer names.
func ConfigureKernel(dev tun.Device, c KernelConfig) error {
	name, err := dev.Name()
	if err != nil {
		return fmt.Errorf("cannot configure the kernel interface: %w", err)
	}
	if err := configureKernel(name, c); err != nil {
		return fmt.Errorf("cannot configure the interface %s: %w", name, err)
	}
	return nil
}

func configureKernel(name string, c KernelConfig) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return err
	}
	if c.MTU != 0 && link.Attrs().MTU != c.MTU {
		if err := netlink.LinkSetMTU(link, c.MTU); err != nil {
			return fmt.Errorf("MTU %d: %w", c.MTU, err)
		}
	}
	if err := setAddress(link, c.Address); err != nil {
		return err
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return err
	}
	return setRoutes(link, append([]netip.Prefix{c.Subnet}, c.Routes...), c.Address)
}

// setAddress makes the address the only one of its version of IP.
func setAddress(link netlink.Link, address netip.Addr) error {
	host := netip.PrefixFrom(address, address.BitLen())
	old, err := netlink.AddrList(link, netlink.FAMILY_V4)
	if err != nil {
		return err
	}
	for _, a := range old {
		if a.IPNet.String() != host.String() {
			if err := netlink.AddrDel(link, &a); err != nil {
				return fmt.Errorf("address %v: %w", a.IPNet, err)
			}
		}
	}
	if err := netlink.AddrReplace(link, &netlink.Addr{IPNet: network(host)}); err != nil {
		return fmt.Errorf("address %v: %w", host, err)
	}
	return nil
}

// meshMetric is the metric of routes into the mesh. The host's own ways, which have lower ones, are
// preferred and not replaced: a network that it is in itself, and its default route.
const meshMetric = 1000

// setRoutes makes the prefixes those that the host reaches through the interface.
func setRoutes(link netlink.Link, wanted []netip.Prefix, source netip.Addr) error {
	index := link.Attrs().Index
	old, err := netlink.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{LinkIndex: index, Protocol: unix.RTPROT_STATIC},
		netlink.RT_FILTER_OIF|netlink.RT_FILTER_PROTOCOL)
	if err != nil {
		return err
	}
	for _, r := range old {
		gone := r.Dst != nil && !slices.ContainsFunc(wanted, func(p netip.Prefix) bool { return network(p).String() == r.Dst.String() })
		if gone {
			if err := netlink.RouteDel(&r); err != nil && !errors.Is(err, unix.ESRCH) {
				return fmt.Errorf("route %v: %w", r.Dst, err)
			}
		}
	}
	for _, p := range wanted {
		route := netlink.Route{LinkIndex: index, Dst: network(p), Priority: meshMetric, Src: source.AsSlice(), Scope: netlink.SCOPE_LINK, Protocol: unix.RTPROT_STATIC}
		if err := netlink.RouteReplace(&route); err != nil {
			return fmt.Errorf("route %v: %w", p, err)
		}
	}
	return nil
}

// network turns a prefix into the type of package net.
func network(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Masked().Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
