package license

import (
	"fmt"
	"net/netip"
	"slices"

	"vns3/overlay"
	"vns3/status/figures"
)

// Growth is what an upgrade adds to overlay parameters.
type Growth struct {
	Parameters  overlay.Parameters   // all of them, the new ones included
	Controllers []overlay.Controller // new
	Clients     []netip.Addr         // new; fewer than the license allows if the subnet has no more room
}

// Upgrade reports what the license next adds to the parameters in use under the license old: a new
// controller gets the highest free address, a new clientpack the lowest, so that default addresses stay
// default addresses and every controller finds the same. Topology and subnet must be the same (the
// community license is of any topology), and no count smaller. Errors are *UpgradeError.
func Upgrade(old, next License, in overlay.Parameters) (Growth, error) {
	switch {
	case !old.Community && !next.Community && old.Topology != next.Topology:
		return Growth{}, &UpgradeError{fmt.Sprintf("it is for topology %q, this is %q", next.Topology, old.Topology)}
	case old.Subnet != next.Subnet:
		return Growth{}, &UpgradeError{fmt.Sprintf("its subnet is %v, here it is %v", next.Subnet, old.Subnet)}
	case next.Controllers < old.Controllers:
		return Growth{}, &UpgradeError{fmt.Sprintf("it allows %s, the installed one %d", figures.Count(next.Controllers, "controller"), old.Controllers)}
	case next.Clientpacks < old.Clientpacks:
		return Growth{}, &UpgradeError{fmt.Sprintf("it allows %s, the installed one %d", figures.Count(next.Clientpacks, "clientpack"), old.Clientpacks)}
	}
	return grow(in, next.Terms)
}

// grow gives addresses to the controllers and clientpacks that t allows and p does not have.
func grow(p overlay.Parameters, t Terms) (Growth, error) {
	g := Growth{Parameters: p}
	g.Parameters.Controllers = slices.Clone(p.Controllers)
	g.Parameters.Clients = slices.Clone(p.Clients)
	free := freeAddresses(p)
	for id := len(p.Controllers) + 1; id <= t.Controllers; id++ {
		if len(free) == 0 {
			return Growth{}, &UpgradeError{fmt.Sprintf("the overlay subnet %v has no address left for controller %d", p.Subnet, id)}
		}
		c := overlay.Controller{ID: id, Address: free[len(free)-1], ASN: overlay.FirstASN + id - 1}
		free = free[:len(free)-1]
		g.Controllers = append(g.Controllers, c)
	}
	packs := min(max(t.Clientpacks-len(p.Clients), 0), len(free))
	g.Clients = slices.Clone(free[:packs])
	g.Parameters.Controllers = append(g.Parameters.Controllers, g.Controllers...)
	g.Parameters.Clients = append(g.Parameters.Clients, g.Clients...)
	return g, nil
}

// freeAddresses returns the host addresses of the subnet that nobody has, in order; of a very large
// subnet, as many at either end as a license can need.
func freeAddresses(p overlay.Parameters) []netip.Addr {
	used := map[netip.Addr]bool{p.VIP: true}
	for _, c := range p.Controllers {
		used[c.Address] = true
	}
	for _, a := range p.Clients {
		used[a] = true
	}
	enough := len(used) + MaxClientpacks + overlay.MaxControllers
	network := p.Subnet.Masked().Addr()
	size := uint64(1) << (32 - p.Subnet.Bits())
	var free []netip.Addr
	for i := uint64(1); i+1 < size; i++ {
		if i > uint64(enough) && i+uint64(enough) < size {
			i = size - uint64(enough)
		}
		if addr := offset(network, uint32(i)); !used[addr] {
			free = append(free, addr)
		}
	}
	return free
}

func offset(network netip.Addr, by uint32) netip.Addr {
	a := network.As4()
	n := uint32(a[0])<<24 | uint32(a[1])<<16 | uint32(a[2])<<8 | uint32(a[3])
	n += by
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// equal reports whether two sets of parameters are the same.
func equal(a, b overlay.Parameters) bool {
	return a.Subnet == b.Subnet && a.VIP == b.VIP && slices.Equal(a.Controllers, b.Controllers) && slices.Equal(a.Clients, b.Clients)
}
