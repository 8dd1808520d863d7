package api

import (
	"net/http"
	"net/netip"
	"strconv"

	"vns3/control"
	"vns3/status"
)

// routeReply is a route of this controller. Every field is always there: clients take it for granted.
type routeReply struct {
	ID          int    `json:"id"`
	CIDR        string `json:"cidr"`
	Netmask     string `json:"netmask"`
	Interface   string `json:"interface"` // "_notset"
	Gateway     string `json:"gateway"`   // "_notset"
	Description string `json:"description"`
	Advertise   bool   `json:"advertise"`
	Enabled     bool   `json:"enabled"`
	Editable    bool   `json:"editable"`
	Metric      int    `json:"metric"`
	Table       string `json:"table"`
	VPNIface    string `json:"route_based_interface"` // always "_notset": there is no IPsec
	VPNGateway  string `json:"route_based_gateway"`
	Msg         string `json:"msg"` // why packets do not follow it
}

const mainTable = "main"

func (s *Server) routingRoutes() []route {
	id := arg{name: "route_id", kind: integer, required: true, bad: badRoute, about: "ID of the route"}
	noID := arg{name: "id", kind: ignored}
	return []route{{
		method: http.MethodGet, path: "/api/routes", summary: "Get routes",
		needs: license, reply: map[string]routeReply{}, handle: getRoutes,
		args: []arg{{name: "table", about: "main, the only one"}},
	}, {
		method: http.MethodPost, path: "/api/routes", summary: "Create route",
		needs: license, reply: map[string]routeReply{}, handle: postRoute,
		args: []arg{
			{name: "cidr", required: true, about: "prefix that this controller has access to"},
			{name: "description", about: "text for people"},
			{name: "interface", about: "interface of this machine"},
			{name: "gateway", about: "next hop on that interface"},
			{name: "advertise", kind: boolean, about: "tell the other controllers, at once"},
			{name: "metric", kind: integer, max: 1<<31 - 1, about: "lower is better"},
			{name: "table", about: "main, the only one"},
			{name: "tunnel", kind: integer, about: "0: there are no GRE tunnels"},
			noID, {name: "netmask", kind: ignored}, {name: "enabled", kind: ignored}, {name: "editable", kind: ignored},
		},
	}, {
		method: http.MethodDelete, path: "/api/routes/{route_id}", summary: "Delete route",
		needs: license, reply: map[string]routeReply{}, handle: deleteRoute, args: []arg{id, noID},
	}, {
		method: http.MethodPut, path: "/api/routes/{route_id}/enable", summary: "Enable route",
		needs: license, reply: routeReply{}, handle: func(c *call) (any, error) { return enableRoute(c, true) }, args: []arg{id, noID},
	}, {
		method: http.MethodPut, path: "/api/routes/{route_id}/disable", summary: "Disable route",
		needs: license, reply: routeReply{}, handle: func(c *call) (any, error) { return enableRoute(c, false) }, args: []arg{id, noID},
	}}
}

func getRoutes(c *call) (any, error) {
	if err := onlyMain(c); err != nil {
		return nil, err
	}
	reply := map[string]routeReply{}
	for _, r := range c.snap.Routes {
		if r.ID != 0 { // another controller's
			reply[strconv.Itoa(r.ID)] = routeOf(r)
		}
	}
	return reply, nil
}

func routeOf(r status.Route) routeReply {
	reply := routeReply{
		ID: r.ID, CIDR: r.CIDR, Interface: orElse(r.Interface, notSet), Gateway: orElse(r.Gateway, notSet),
		Description: orElse(r.Description, notSet), Advertise: r.Advertise, Enabled: r.Enabled,
		Editable: true, Metric: r.Metric, Table: mainTable, VPNIface: notSet, VPNGateway: notSet, Msg: r.Reason,
	}
	if p, err := netip.ParsePrefix(r.CIDR); err == nil {
		reply.Netmask = netmask(p)
	}
	return reply
}

func onlyMain(c *call) error {
	if t := c.args.text("table"); t != "" && t != mainTable {
		return invalid("table must be %s", mainTable)
	}
	return nil
}

func postRoute(c *call) (any, error) {
	if err := onlyMain(c); err != nil {
		return nil, err
	}
	if c.args.int("tunnel") != 0 {
		return nil, invalid("tunnel must be 0: there are no GRE tunnels")
	}
	if _, err := netip.ParsePrefix(c.args.text("cidr")); err != nil {
		return nil, invalid("cidr must be a prefix such as 192.168.1.0/24")
	}
	q := control.RouteAdd{
		CIDR: c.args.text("cidr"), Description: c.args.text("description"),
		Interface: c.args.text("interface"), Gateway: c.args.text("gateway"),
		Metric: c.args.int("metric"), Advertise: c.args.bool("advertise", false),
	}
	if _, err := do[status.Route](c, q); err != nil {
		return nil, err
	}
	return getRoutes(c)
}

func deleteRoute(c *call) (any, error) {
	if _, err := do[control.Nothing](c, control.RouteRemove{ID: c.args.int("route_id")}); err != nil {
		return nil, routeFailure(err)
	}
	return getRoutes(c)
}

func enableRoute(c *call, enabled bool) (any, error) {
	id := c.args.int("route_id")
	if _, err := do[control.Nothing](c, control.RouteEnable{ID: id, Enabled: enabled}); err != nil {
		return nil, routeFailure(err)
	}
	for _, r := range c.snap.Routes {
		if r.ID == id && id != 0 {
			return routeOf(r), nil
		}
	}
	return nil, fail(http.StatusBadRequest, argument, badRoute)
}

// routeFailure says 400 for a route that is not there, as the product does.
func routeFailure(err error) error {
	if kindOf(err) == control.NotFound {
		return fail(http.StatusBadRequest, argument, badRoute)
	}
	return err
}
