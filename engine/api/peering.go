package api

import (
	"net/http"
	"strconv"

	"vns3/control"
	"vns3/peering"
	"vns3/status"
)

// Bounds of the overlay MTU of a peer. (A message of the product says 48,000; it means 4,800.)
const (
	minMTU     = 500
	maxMTU     = 4800
	defaultMTU = 1500
)

// peersDetail is the reply of every peering call. Both maps are the same.
type peersDetail struct {
	Peered      bool            `json:"peered"`
	ID          int             `json:"id,omitempty"` // left out until it is set
	Managers    map[string]peer `json:"managers"`
	Controllers map[string]peer `json:"controllers"`
}

// peer is a row: self, not set, or an address with what belongs to it.
type peer struct {
	ID        int    `json:"id"`
	Overlay   string `json:"overlay_ipaddress"`
	Self      bool   `json:"self,omitempty"`
	NotSet    bool   `json:"not_set,omitempty"`
	Address   string `json:"address,omitempty"`
	MTU       string `json:"mtu,omitempty"`
	Reachable *bool  `json:"reachable,omitempty"`
}

func (s *Server) peeringRoutes() []route {
	const badMTU = "overlay_mtu must be an integer between 500 and 4,800"
	var (
		force = arg{name: "force", kind: boolean, about: "false keeps the change for PUT /peering instead of applying it"}
		mtu   = arg{name: "overlay_mtu", kind: integer, min: minMTU, max: maxMTU, bad: badMTU, about: "overlay MTU of the link, at most"}
		row   = arg{name: "peer_id", kind: integer, required: true, bad: "{} is invalid as controller id.", about: "ID of the peer"}
		name  = arg{name: "name", about: "IP address or DNS name of the peer"}
	)
	nameNeeded := name
	nameNeeded.required = true
	return []route{{
		method: http.MethodGet, path: "/api/peering", summary: "Get peering status",
		needs: license, reply: peersDetail{}, handle: getPeering,
	}, {
		method: http.MethodPut, path: "/api/peering", summary: "Apply the changes made with force:false",
		needs: license, reply: peersDetail{}, handle: applyPeering,
	}, {
		method: http.MethodPut, path: "/api/peering/self", summary: "Set peering ID",
		needs: license, reply: peersDetail{}, handle: oneByOne(putSelf),
		args: []arg{{name: "id", kind: integer, required: true, bad: "id is invalid", about: "ID of this controller"}, force},
	}, {
		method: http.MethodPost, path: "/api/peering/peers", summary: "Create peer",
		needs: license, reply: peersDetail{}, handle: oneByOne(postPeer),
		args: []arg{{name: "id", kind: integer, required: true, bad: "{} is an invalid controller id", about: "ID of the peer"}, nameNeeded, mtu, force},
	}, {
		method: http.MethodPut, path: "/api/peering/peers/{peer_id}", summary: "Update peer",
		needs: license, reply: peersDetail{}, handle: oneByOne(putPeer),
		args: []arg{row, name, mtu, force, {name: "id", kind: ignored}},
	}, {
		method: http.MethodDelete, path: "/api/peering/peers/{peer_id}", summary: "Delete peer",
		needs: license, reply: peersDetail{}, handle: oneByOne(deletePeer),
		args: []arg{row, force, {name: "id", kind: ignored}, {name: "name", kind: ignored}, {name: "overlay_mtu", kind: ignored}},
	}}
}

// entered is the table as edits made it, applied or not yet.
func entered(snap *status.Snapshot) peering.Table {
	if snap.Peering.Staged != nil {
		return *snap.Peering.Staged
	}
	return snap.Peering.Table
}

func getPeering(c *call) (any, error) {
	table := entered(c.snap)
	seen := map[int]status.Peer{}
	for _, p := range c.snap.Peers {
		seen[p.ID] = p
	}
	rows := map[string]peer{}
	for id := 1; id <= licensed(c.snap); id++ {
		row := peer{ID: id}
		if addr, ok := c.snap.Controller.Overlay.Controller(id); ok {
			row.Overlay = addr.String()
		}
		switch table[id].Kind {
		case peering.Self:
			row.Self = true
		case peering.Address:
			p := seen[id]
			row.Address = table[id].Address
			row.MTU = strconv.Itoa(orDefault(p.ConfiguredMTU))
			row.Reachable = new(p.Reachable)
		default:
			row.NotSet = true
		}
		rows[strconv.Itoa(id)] = row
	}
	self := table.Self()
	return peersDetail{Peered: self != 0, ID: self, Managers: rows, Controllers: rows}, nil
}

func orDefault(mtu int) int {
	if mtu == 0 {
		return defaultMTU
	}
	return mtu
}

// licensed is how many rows the license allows.
func licensed(snap *status.Snapshot) int {
	return min(snap.Controller.License.Controllers, peering.MaxID)
}

// oneByOne lets an edit that depends on what the table holds see the edits before it.
func oneByOne(edit func(*call) (any, error)) func(*call) (any, error) {
	return func(c *call) (any, error) {
		c.peering.Lock()
		defer c.peering.Unlock()
		c.snap = c.o.Backend.Snapshot()
		return edit(c)
	}
}

func applyPeering(c *call) (any, error) {
	if _, err := do[control.Nothing](c, control.PeeringApply{}); err != nil {
		return nil, err
	}
	return getPeering(c)
}

// setRows saves rows, or keeps them for PUT /peering where force is false.
func setRows(c *call, q control.PeeringSet) (any, error) {
	q.Stage = !c.args.bool("force", true)
	if _, err := do[control.Nothing](c, q); err != nil {
		return nil, err
	}
	return getPeering(c)
}

// putSelf makes a row this instance, whatever it held, and the old own row "not set".
func putSelf(c *call) (any, error) {
	id := c.args.int("id")
	if id < 1 || id > licensed(c.snap) {
		return nil, invalid("id is invalid")
	}
	rows := map[int]peering.Row{id: {Kind: peering.Self}}
	if old := entered(c.snap).Self(); old != 0 && old != id {
		rows[old] = peering.Row{}
	}
	return setRows(c, control.PeeringSet{Rows: rows})
}

func postPeer(c *call) (any, error) {
	id := c.args.int("id")
	if id < 1 || id > licensed(c.snap) || id == entered(c.snap).Self() {
		return nil, invalid("%d is an invalid controller id", id)
	}
	return setPeer(c, id, c.args.text("name"))
}

func putPeer(c *call) (any, error) {
	id, err := peerID(c)
	if err != nil {
		return nil, err
	}
	name := c.args.text("name")
	if name == "" {
		if name = entered(c.snap)[id].Address; name == "" {
			return nil, invalid("name is missing")
		}
		if !c.args.has("overlay_mtu") {
			return nil, invalid("name or overlay_mtu is missing")
		}
	}
	return setPeer(c, id, name)
}

func setPeer(c *call, id int, name string) (any, error) {
	address, err := peering.ParseAddress(name)
	if err != nil {
		return nil, invalid("name is invalid: %v", err)
	}
	q := control.PeeringSet{Rows: map[int]peering.Row{id: {Kind: peering.Address, Address: address}}}
	if c.args.has("overlay_mtu") {
		q.MTU = map[int]int{id: c.args.int("overlay_mtu")}
	}
	return setRows(c, q)
}

func deletePeer(c *call) (any, error) {
	id, err := peerID(c)
	if err != nil {
		return nil, err
	}
	return setRows(c, control.PeeringSet{Rows: map[int]peering.Row{id: {}}, MTU: map[int]int{id: 0}})
}

// peerID is the row of the path, if it may hold a peer.
func peerID(c *call) (int, error) {
	id := c.args.int("peer_id")
	if id < 1 || id > licensed(c.snap) || id == entered(c.snap).Self() {
		return 0, invalid("%d is invalid as controller id.", id)
	}
	return id, nil
}
