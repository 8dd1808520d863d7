package engine

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"vns3/engine/config"
	"vns3/engine/tunnel"
)

// hostRoutesEvery is how often the host's routes are looked after: an interface that goes down takes
// its routes with it.
const hostRoutesEvery = 3 * time.Second

// hostRoutes carries routes with a gateway or an interface to this host's own table. Its goroutine
// waits for the kernel, so that the desk does not.
type hostRoutes struct {
	wanted  chan []tunnel.HostRoute // one slot, newest wins
	changed func()                  // problems are others than before
	found   atomic.Pointer[map[netip.Prefix]string]
}

func newHostRoutes(changed func()) *hostRoutes {
	h := &hostRoutes{wanted: make(chan []tunnel.HostRoute, 1), changed: changed}
	h.found.Store(&map[netip.Prefix]string{})
	return h
}

// want replaces the routes that the host is to have. Only the desk calls it.
func (h *hostRoutes) want(routes []tunnel.HostRoute) {
	select {
	case <-h.wanted: // an older list that was not taken yet
	default:
	}
	h.wanted <- routes
}

// problem is why the host has no route to a network that asks for one; empty: it has, or none is asked
// for.
func (h *hostRoutes) problem(prefix netip.Prefix) string { return (*h.found.Load())[prefix] }

// run keeps the host's table as wanted until ctx ends, and then removes what it made.
func (h *hostRoutes) run(ctx context.Context) error {
	var kernel tunnel.HostRoutes
	defer kernel.Set(nil)
	var routes []tunnel.HostRoute
	tick := time.NewTicker(hostRoutesEvery)
	defer tick.Stop()
	for {
		select {
		case routes = <-h.wanted:
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		found := map[netip.Prefix]string{}
		for r, err := range kernel.Set(routes) {
			found[r.Prefix] = err.Error()
		}
		if before := h.found.Swap(&found); !maps.Equal(*before, found) {
			h.changed()
		}
	}
}

// hostRoutesOf are the routes that the configuration asks this host to have. A controller without a
// kernel interface leaves its host's table alone.
func hostRoutesOf(h *holdings) []tunnel.HostRoute {
	if !wantsKernel(h.config) {
		return nil
	}
	var routes []tunnel.HostRoute
	for _, r := range h.config.Routes {
		if !r.Disabled && (r.Gateway.IsValid() || r.Interface != "") && routeRefusal(h, r) == "" {
			routes = append(routes, tunnel.HostRoute{Prefix: r.CIDR, Gateway: r.Gateway, Interface: r.Interface, Metric: r.Metric})
		}
	}
	return routes
}

// routeProblem says why a route is not in use; empty: nothing is wrong with it.
func (e *Engine) routeProblem(h *holdings, r config.Route) string {
	if reason := routeRefusal(h, r); reason != "" {
		return reason
	}
	if r.Disabled || (!r.Gateway.IsValid() && r.Interface == "") {
		return ""
	}
	if !wantsKernel(h.config) {
		return "it asks for a gateway or an interface of this host, which overlay.interface keeps off the overlay"
	}
	return e.routes.problem(r.CIDR)
}

// forwardsNot says that this host does not pass on packets between the overlay and the networks behind
// it, although a route says so; empty: it does, or need not.
func forwardsNot(h *holdings) string {
	if !wantsKernel(h.config) {
		return ""
	}
	for n, r := range h.config.Routes {
		if r.Advertise && !r.Disabled {
			// Where this cannot be read it is not known to be off.
			if raw, err := os.ReadFile(forwardingSwitch); err == nil && strings.TrimSpace(string(raw)) == "0" {
				return fmt.Sprintf("route %d, %v, is advertised, but net.ipv4.ip_forward is 0: this host drops what comes for it", n+1, r.CIDR)
			}
			return ""
		}
	}
	return ""
}

const forwardingSwitch = "/proc/sys/net/ipv4/ip_forward"
