package api

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strconv"

	"vns3/control"
	"vns3/status"
)

// runtimeStatus is GET /status.
type runtimeStatus struct {
	Clients map[string]connectedClient `json:"connected_clients"`
	Subnets [][]string                 `json:"connected_subnets"`
	IPsec   map[string]any             `json:"ipsec"` // always empty: vns3 has no IPsec
}

type connectedClient struct {
	ManagerID int               `json:"managerid"`
	Overlay   string            `json:"overlay_ipaddress"`
	IP        string            `json:"ipaddress"`
	Tags      map[string]string `json:"tags"`
}

// connectedSubnet is a route in use, with extended_output.
type connectedSubnet struct {
	Subnet    string `json:"subnet"`
	Network   string `json:"network"`
	CIDRMask  string `json:"cidr_mask"`
	ManagerID int    `json:"managerid"`
	Netmask   string `json:"netmask"`
	Origin    string `json:"origin"` // "local_no_encryption" or "remote_manager"
}

// linkHistory is GET /status/link_history: when the link to a peer came and went.
type linkHistory struct {
	Remote   string      `json:"remote"`
	Local    string      `json:"local"`
	TunnelID int         `json:"tunnelid"` // ID of the peer
	History  []linkEvent `json:"history"`
}

type linkEvent struct {
	Event      string `json:"event"` // "up" or "down"
	Timestamp  string `json:"timestamp"`
	TimestampI int64  `json:"timestamp_i"`
}

type taskStatus struct {
	Status string `json:"task_status"` // "waiting", "running", "done", "failed"
}

func (s *Server) statusRoutes() []route {
	return []route{{
		method: http.MethodGet, path: "/api/status", summary: "Get runtime status",
		needs: license, reply: runtimeStatus{}, handle: getStatus,
	}, {
		method: http.MethodGet, path: "/api/status/system", summary: "Get system status",
		needs: license, reply: systemStatus{}, handle: getSystem,
		args: []arg{{name: "timestamp", kind: integer, about: "seconds since 1970; the answer is always of now"}},
	}, {
		method: http.MethodGet, path: "/api/status/clients", summary: "Get connected client servers",
		needs: license, reply: map[string]connectedClient{}, handle: func(c *call) (any, error) { return connected(c.snap), nil },
	}, {
		method: http.MethodGet, path: "/api/status/connected_subnets", summary: "Get the subnets that packets are routed to",
		needs: license, reply: oneOf{[][]string{}, []connectedSubnet{}}, handle: getSubnets,
		args: []arg{{name: "extended_output", kind: boolean, about: "objects instead of pairs"}},
	}, {
		method: http.MethodGet, path: "/api/status/link_history", summary: "Get when the link to a peer came and went",
		needs: license, reply: linkHistory{}, handle: getLinkHistory,
		args: []arg{
			{name: "remote", about: "the peer's address or overlay address"},
			{name: "local", about: "this controller's overlay address or one of its subnets"},
			{name: "tunnelid", kind: integer, bad: "bad or invalid tunnelid", about: "the peer's ID"},
		},
	}, {
		method: http.MethodGet, path: "/api/status/task", summary: "Get task status",
		needs: license, reply: taskStatus{}, handle: getTask,
		args: []arg{{name: "token", required: true, about: "token that a regeneration answered with"}},
	}}
}

func getStatus(c *call) (any, error) {
	return runtimeStatus{Clients: connected(c.snap), Subnets: pairs(c.snap), IPsec: map[string]any{}}, nil
}

// connected are the client servers of the whole mesh, by overlay address.
func connected(snap *status.Snapshot) map[string]connectedClient {
	reply := map[string]connectedClient{}
	for _, c := range snap.Clients {
		if c.Connected {
			reply[c.OverlayAddress] = connectedClient{
				ManagerID: c.ControllerID, Overlay: c.OverlayAddress, IP: hostOf(c.Endpoint), Tags: tagsOf(c.Tags),
			}
		}
	}
	return reply
}

func hostOf(endpoint string) string {
	if host, _, err := net.SplitHostPort(endpoint); err == nil {
		return host
	}
	return endpoint
}

func tagsOf(tags map[string]string) map[string]string {
	if tags == nil {
		return map[string]string{}
	}
	return tags
}

// subnets are the prefixes that packets follow now, here or by way of another controller.
func subnets(snap *status.Snapshot) []connectedSubnet {
	list := []connectedSubnet{}
	for _, r := range snap.Routes {
		prefix, err := netip.ParsePrefix(r.CIDR)
		if err != nil || !r.Active {
			continue
		}
		origin := "remote_manager"
		if r.ID != 0 {
			origin = "local_no_encryption"
		}
		list = append(list, connectedSubnet{
			Subnet: r.CIDR, Network: prefix.Addr().String(), CIDRMask: strconv.Itoa(prefix.Bits()),
			ManagerID: r.Controller, Netmask: netmask(prefix), Origin: origin,
		})
	}
	return list
}

func pairs(snap *status.Snapshot) [][]string {
	list := [][]string{}
	for _, s := range subnets(snap) {
		list = append(list, []string{s.Network, s.Netmask})
	}
	return list
}

func netmask(p netip.Prefix) string {
	return net.IP(net.CIDRMask(p.Bits(), p.Addr().BitLen())).String()
}

func getSubnets(c *call) (any, error) {
	if c.args.bool("extended_output", false) {
		return subnets(c.snap), nil
	}
	return pairs(c.snap), nil
}

func getLinkHistory(c *call) (any, error) {
	p, err := linkOf(c)
	if err != nil {
		return nil, err
	}
	events, err := linkEvents(c, c.o.Backend, p.ID)
	if err != nil {
		return nil, err
	}
	return linkHistory{Remote: p.Address, Local: c.snap.Controller.OverlayAddress, TunnelID: p.ID, History: events}, nil
}

// linkOf finds the peer that the arguments mean; alone, local means the only link there is.
func linkOf(c *call) (status.Peer, error) {
	remote, local := c.args.text("remote"), c.args.text("local")
	if local != "" && !isHere(c.snap, local) {
		return status.Peer{}, invalid("bad or invalid local")
	}
	for _, p := range c.snap.Peers {
		byID := c.args.has("tunnelid") && c.args.int("tunnelid") == p.ID
		byAddress := remote != "" && (remote == p.Address || remote == p.OverlayAddress || remote == p.OverlayAddress+"/32")
		if !p.Self && p.State != status.NotSet && (byID || byAddress) {
			return p, nil
		}
	}
	if c.args.has("tunnelid") {
		return status.Peer{}, invalid("bad or invalid tunnelid")
	}
	return status.Peer{}, invalid("bad or invalid remote")
}

// isHere reports whether a text is this controller's overlay address or a subnet of its routes.
func isHere(snap *status.Snapshot, local string) bool {
	own := snap.Controller.OverlayAddress
	if local == own || local == own+"/32" {
		return true
	}
	for _, r := range snap.Routes {
		if r.ID != 0 && r.CIDR == local {
			return true
		}
	}
	return false
}

// linkEvents reads the whole ring: it is bounded.
func linkEvents(ctx context.Context, b control.Backend, id int) ([]linkEvent, error) {
	history := []linkEvent{}
	for after := uint64(0); ; {
		events, err := b.Events(ctx, after)
		if err != nil {
			return nil, err
		}
		if len(events) == 0 {
			return history, nil
		}
		for _, e := range events {
			after = e.Seq
			if name, ok := linkNames[e.Code]; ok && e.Peer == id {
				history = append(history, linkEvent{Event: name, Timestamp: stamp(e.At), TimestampI: e.At.Unix()})
			}
		}
	}
}

var linkNames = map[string]string{"link.up": "up", "link.down": "down"}

func getTask(c *call) (any, error) {
	for _, t := range c.snap.Tasks {
		if taskToken(t.ID) == c.args.text("token") {
			return taskStatus{string(t.State)}, nil
		}
	}
	return nil, invalid("token is invalid")
}

// taskToken is how a task is called in the API.
func taskToken(id int) string { return "task-" + strconv.Itoa(id) }
