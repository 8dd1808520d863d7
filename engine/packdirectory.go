package engine

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"vns3/engine/clients"
	"vns3/engine/link"
	"vns3/engine/mesh"
	"vns3/engine/tunnel"
)

// packDirectory is what all clientpacks say alike: where the controllers are and what lies behind them.
type packDirectory struct {
	licensed  int
	there     link.Bitmap
	endpoints [maxID + 1]string
	allowed   []netip.Prefix
	places    []clients.Place // with a known endpoint
}

// newPackDirectory reads it from configuration and mesh.
func newPackDirectory(h *holdings, v mesh.View, advertised []mesh.BestRoute) packDirectory {
	d := packDirectory{licensed: h.licensedControllers(), allowed: []netip.Prefix{h.license.Parameters.Subnet}}
	for _, c := range v.Controllers {
		if c.Withdrawn {
			continue
		}
		d.there = d.there.With(c.Origin)
		d.endpoints[c.Origin] = c.ClientEndpoint
		if c.ClientEndpoint != "" {
			d.places = append(d.places, clients.Place{Controller: c.Origin, Endpoint: c.ClientEndpoint})
		}
	}
	for _, r := range advertised {
		d.allowed = append(d.allowed, r.Prefix)
	}
	d.allowed = append(d.allowed, h.config.Clients.AllowedIPs...)
	slices.SortFunc(d.allowed[1:], netip.Prefix.Compare)
	d.allowed = slices.Compact(d.allowed)
	return d
}

// outline is what the configuration of a clientpack is made from now.
func (d *packDirectory) outline(p mesh.Pack) clients.Outline {
	o := clients.Outline{Epoch: p.Epoch, Allowed: d.allowed}
	assigned := clients.Assigned(p.Index, d.licensed, d.there)
	if assigned == 0 {
		return o
	}
	for _, id := range append([]int{assigned}, clients.Standbys(p.Index, assigned, d.there)...) {
		if endpoint := d.endpoints[id]; endpoint != "" || id == assigned {
			o.Places = append(o.Places, clients.Place{Controller: id, Endpoint: endpoint})
		}
	}
	return o
}

// lookupFor is how long the name of one controller may take.
const lookupFor = 3 * time.Second

// resolveEndpoint turns HOST:PORT into an address: a standby peer must not depend on a name.
func resolveEndpoint(ctx context.Context, endpoint string) (netip.AddrPort, bool) {
	host, portText, err := net.SplitHostPort(endpoint)
	if err != nil {
		return netip.AddrPort{}, false
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return netip.AddrPort{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, lookupFor)
	defer cancel()
	addrs, err := tunnel.NewResolver().Resolve(ctx, host)
	if err != nil || len(addrs) == 0 {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(addrs[0], uint16(port)), true
}
