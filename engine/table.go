package engine

import (
	"net/netip"

	"vns3/engine/forward"
	"vns3/engine/mesh"
	"vns3/overlay"
)

const maxID = overlay.MaxControllers

// tableKeeper keeps the forwarding table in step with what the mesh says. The loop owns it.
type tableKeeper struct {
	self       int
	parameters overlay.Parameters
	advertised map[netip.Prefix]int
	table      *forward.Table
}

// start lays down what never changes in a session: the overlay, whose unclaimed addresses lead
// nowhere, its controllers and the VIP.
func (t *tableKeeper) start(self int, p overlay.Parameters) {
	t.self, t.parameters, t.advertised = self, p, map[netip.Prefix]int{}
	t.table = t.table.With(p.Subnet, forward.Unreachable).With(single(p.VIP), forward.VIP)
	for _, c := range p.Controllers {
		to := forward.Controller(c.ID)
		if c.ID == self {
			to = forward.Self
		}
		t.table = t.table.With(single(c.Address), to)
	}
}

// setHolder says which controller serves a clientpack; 0: none.
func (t *tableKeeper) setHolder(index, holder int) {
	if index < 0 || index >= len(t.parameters.Clients) {
		return
	}
	address := single(t.parameters.Clients[index])
	switch holder {
	case 0:
		t.table = t.table.Without(address)
	case t.self:
		t.table = t.table.With(address, forward.LocalClient)
	default:
		t.table = t.table.With(address, forward.Controller(holder))
	}
}

// setAdvertised says which controller each advertised prefix leads to.
func (t *tableKeeper) setAdvertised(best []mesh.BestRoute) {
	now := make(map[netip.Prefix]int, len(best))
	for _, r := range best {
		now[r.Prefix] = r.Controller
		if t.advertised[r.Prefix] == r.Controller {
			continue
		}
		to := forward.Controller(r.Controller)
		if r.Controller == t.self {
			to = forward.Kernel
		}
		t.table = t.table.With(r.Prefix, to)
	}
	for prefix := range t.advertised {
		if _, still := now[prefix]; !still {
			t.table = t.table.Without(prefix)
		}
	}
	t.advertised = now
}

func single(addr netip.Addr) netip.Prefix { return netip.PrefixFrom(addr, addr.BitLen()) }
