package tunnel

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// routeProtocol marks routes of this program in the kernel's table, so that it knows them again after a
// crash. No other program is known to use the number.
const routeProtocol = 119

// Gateway is the host's next hop towards addresses that it has no nearer way to; the zero Addr: none.
func Gateway() netip.Addr {
	routes, err := netlink.RouteGet(net.IPv4(192, 0, 2, 1)) // RFC 5737: documentation; nothing is sent
	if err != nil || len(routes) == 0 {
		return netip.Addr{}
	}
	gateway, _ := netip.AddrFromSlice(routes[0].Gw)
	return gateway.Unmap()
}

// HostRoutes are the host routes that this program made. It never touches one that somebody else made,
// nor one with the same destination and metric.
type HostRoutes struct {
	made map[HostRoute]bool
}

// Set makes the routes wanted that are not there, also those that were taken away meanwhile, and removes
// those that it made and that are not wanted any more. The errors say why a route cannot be made.
func (h *HostRoutes) Set(want []HostRoute) map[HostRoute]error {
	wanted, failed := map[HostRoute]bool{}, map[HostRoute]error{}
	for _, r := range want {
		wanted[r] = true
	}
	for r := range h.made {
		if wanted[r] {
			continue
		}
		if err := r.remove(); err != nil {
			failed[r] = err
		}
		delete(h.made, r)
	}
	if h.made == nil {
		h.made = map[HostRoute]bool{}
	}
	for r := range wanted {
		ours, err := r.ensure()
		if err != nil {
			failed[r] = fmt.Errorf("the host cannot have a route to %v: %w", r.Prefix, err)
		}
		if ours {
			h.made[r] = true
		}
	}
	return failed
}

// ensure makes the route, and reports whether it is this program's own.
func (r HostRoute) ensure() (ours bool, err error) {
	route, err := r.kernel()
	if err != nil {
		return false, err
	}
	err = netlink.RouteAdd(&route)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, unix.EEXIST):
		return r.existing(route)
	case errors.Is(err, unix.ENETUNREACH):
		return false, fmt.Errorf("the gateway %v is on none of its networks", r.Gateway)
	}
	return false, err
}

// existing looks at the route that stands where ours would.
func (r HostRoute) existing(ours netlink.Route) (bool, error) {
	there, err := netlink.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{Dst: ours.Dst, Table: unix.RT_TABLE_MAIN}, netlink.RT_FILTER_DST|netlink.RT_FILTER_TABLE)
	if err != nil {
		return false, err
	}
	for _, e := range there {
		if e.Priority == ours.Priority && e.Gw.Equal(ours.Gw) && (ours.LinkIndex == 0 || e.LinkIndex == ours.LinkIndex) {
			return e.Protocol == routeProtocol, nil
		}
	}
	return false, errors.New("it has another one with the same metric")
}

// remove takes the route away. One that is gone already, with its interface, is none to be missed.
func (r HostRoute) remove() error {
	route, err := r.kernel()
	if err != nil {
		return nil
	}
	if err := netlink.RouteDel(&route); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("the host's route to %v cannot be removed: %w", r.Prefix, err)
	}
	return nil
}

func (r HostRoute) kernel() (netlink.Route, error) {
	route := netlink.Route{Dst: network(r.Prefix), Priority: r.Metric, Protocol: routeProtocol, Table: unix.RT_TABLE_MAIN}
	if r.Gateway.IsValid() {
		route.Gw = r.Gateway.AsSlice()
	} else {
		route.Scope = netlink.SCOPE_LINK
	}
	if r.Interface != "" {
		link, err := netlink.LinkByName(r.Interface)
		if err != nil {
			return route, fmt.Errorf("interface %s: %w", r.Interface, err)
		}
		route.LinkIndex = link.Attrs().Index
	}
	return route, nil
}
