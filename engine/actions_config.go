package engine

import (
	"context"
	"fmt"
	"math"
	"net/netip"

	"vns3/control"
	"vns3/engine/config"
	"vns3/keyset"
	"vns3/status"
)

// setConfig changes names, NTP hosts and the console's looks in the configuration file.
func (e *Engine) setConfig(ctx context.Context, q control.ConfigSet) error {
	changes, err := ConfigChanges(q)
	if err != nil {
		return err
	}
	return e.save(ctx, "", changes)
}

// ConfigChanges are the edits of the configuration file that the action asks for.
func ConfigChanges(q control.ConfigSet) (changes []config.Change, err error) {
	text := func(key string, value *string) {
		switch {
		case value == nil:
		case *value == "":
			changes = append(changes, config.Unset(key))
		default:
			changes = append(changes, config.Set(key, *value))
		}
	}
	flag := func(key string, value *bool) {
		if value != nil {
			changes = append(changes, config.Set(key, *value))
		}
	}
	if q.Topology != nil {
		if err := keyset.CheckTopologyName(*q.Topology); err != nil {
			return nil, &control.Error{Kind: control.Invalid, What: "topology name", Reason: err.Error()}
		}
	}
	text("controller.name", q.Name)
	text("controller.topology", q.Topology)
	text("console.theme", q.Theme)
	flag("console.mouse", q.Mouse)
	flag("console.ascii", q.ASCII)
	if q.NTPHosts != nil {
		changes = append(changes, config.Set("controller.ntp_hosts", *q.NTPHosts))
	}
	return changes, nil
}

// reload reads the file again, and those that it names, and mends what has fallen over meanwhile.
func (e *Engine) reload(ctx context.Context) error {
	if err := e.file.Reload(ctx); err != nil {
		return err
	}
	e.reloaded()
	e.readAPIFiles()
	e.reconcile()
	return nil
}

// changeRoutes adds, removes, enables or disables a route of this controller. A route's ID is its place
// in the file, counted from 1.
func (e *Engine) changeRoutes(ctx context.Context, request control.Request) (any, error) {
	h := e.now.Load()
	switch q := request.(type) {
	case control.RouteAdd:
		route, err := e.newRoute(h, q)
		if err != nil {
			return nil, err
		}
		if err := e.save(ctx, "", []config.Change{config.AddRoute(route)}); err != nil {
			return nil, err
		}
		h = e.now.Load()
		return e.routeStatus(h, len(h.config.Routes)-1, nil), nil
	case control.RouteRemove:
		if err := routeIs(h, q.ID, q.CIDR); err != nil {
			return nil, err
		}
		return done(e.save(ctx, "", []config.Change{config.RemoveRoute(q.ID - 1)}))
	case control.RouteEnable:
		if err := routeIs(h, q.ID, q.CIDR); err != nil {
			return nil, err
		}
		return done(e.save(ctx, "", []config.Change{config.SetRoute(q.ID-1, "disabled", !q.Enabled)}))
	default:
		panic(fmt.Sprintf("engine: %T is no change of a route", request))
	}
}

// routeIs says that there is a route with the ID, and that it leads to the network that is meant; empty: any.
func routeIs(h *holdings, id int, cidr string) error {
	if id < 1 || id > len(h.config.Routes) {
		return &control.Error{Kind: control.NotFound, What: fmt.Sprintf("route %d", id), Reason: "this controller has no such route", Remedy: "see vns3 route list"}
	}
	if now := h.config.Routes[id-1].CIDR.String(); cidr != "" && now != cidr {
		return &control.Error{Kind: control.Conflict, What: "route to " + cidr, Reason: fmt.Sprintf("routes were changed meanwhile: route %d leads to %s now", id, now), Remedy: "look again and choose anew"}
	}
	return nil
}

func (e *Engine) newRoute(h *holdings, q control.RouteAdd) (config.Route, error) {
	invalid := func(reason string) error {
		return &control.Error{Kind: control.Invalid, What: "route " + q.CIDR, Reason: reason}
	}
	prefix, err := netip.ParsePrefix(q.CIDR)
	if err != nil {
		return config.Route{}, invalid("it is not a network such as 192.168.10.0/24")
	}
	route := config.Route{CIDR: prefix.Masked(), Advertise: q.Advertise, Interface: q.Interface, Metric: q.Metric, Description: q.Description}
	if prefix != prefix.Masked() {
		return config.Route{}, invalid("it has bits set beyond its prefix length: write " + prefix.Masked().String())
	}
	if q.Gateway != "" {
		if route.Gateway, err = netip.ParseAddr(q.Gateway); err != nil || !route.Gateway.Is4() {
			return config.Route{}, invalid("its gateway is not an IPv4 address")
		}
	}
	if q.Metric < 0 || q.Metric > math.MaxInt32 {
		return config.Route{}, invalid(fmt.Sprintf("its metric is not a number from 0 to %d", math.MaxInt32))
	}
	for _, other := range h.config.Routes {
		if other.CIDR == route.CIDR {
			return config.Route{}, &control.Error{Kind: control.Exists, What: "route " + q.CIDR, Reason: "this controller has a route for this network already"}
		}
	}
	if reason := routeRefusal(h, route); reason != "" {
		return config.Route{}, invalid(reason)
	}
	return route, nil
}

// routeRefusal says why a route cannot be used; empty: it can. A route over the overlay itself would
// take other controllers' traffic; one over the way to a peer would send the tunnel through itself.
func routeRefusal(h *holdings, r config.Route) string {
	if !r.CIDR.Addr().Is4() {
		return "only IPv4 travels in the overlay"
	}
	if subnet := h.license.Parameters.Subnet; subnet.IsValid() && subnet.Overlaps(r.CIDR) {
		return fmt.Sprintf("it overlaps the overlay subnet %v", subnet)
	}
	if h.session == nil || !r.Advertise {
		return ""
	}
	reason := ""
	h.session.links.each(func(l *peerLink) {
		for _, addr := range l.facts.Load().addrs {
			if reason == "" && r.CIDR.Bits() > 0 && r.CIDR.Contains(addr) {
				reason = fmt.Sprintf("it contains %v, the address of controller %d: the tunnel would lead through itself", addr, l.id)
			}
		}
	})
	return reason
}

// routeStatus is the n-th route of this controller as a snapshot shows it. best names the controller in
// use for each prefix.
func (e *Engine) routeStatus(h *holdings, n int, best map[netip.Prefix]int) status.Route {
	r := h.config.Routes[n]
	s := status.Route{
		ID: n + 1, CIDR: r.CIDR.String(), Description: r.Description, Interface: r.Interface, Metric: r.Metric,
		Advertise: r.Advertise, Enabled: !r.Disabled, Controller: h.self(), Reason: e.routeProblem(h, r),
	}
	if r.Gateway.IsValid() {
		s.Gateway = r.Gateway.String()
	}
	switch {
	case r.Disabled:
		s.Reason = "it is disabled"
	case s.Reason != "":
	case !r.Advertise:
		s.Active = true
	case best[r.CIDR] == h.self() && h.self() != 0:
		s.Active = true
	case best[r.CIDR] != 0:
		s.Reason = fmt.Sprintf("controller %d advertises the same network and is preferred", best[r.CIDR])
	default:
		s.Reason = "the mesh does not run yet"
	}
	return s
}
