// Package overlay describes the private network inside the tunnels: its subnet, the address of each
// controller, the shared VIP and the address of each clientpack. It is pure arithmetic on addresses;
// it reads no file and opens no socket.
package overlay

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// MaxControllers is how many controllers a topology may have: their tunnels fill UDP 1195–1203.
const MaxControllers = 9

// FirstASN is the autonomous system number of controller 1; the others count up from it.
const FirstASN = 65001

// Parameters are the overlay parameters of a topology. They come from its license and are equal on
// all controllers: they are part of the topology checksum.
type Parameters struct {
	Subnet      netip.Prefix `json:"subnet"`
	VIP         netip.Addr   `json:"my_manager_vip"` // answered by the controller that a packet first reaches
	Controllers []Controller `json:"managers"`       // one for each licensed controller, in order of ID
	Clients     []netip.Addr `json:"clients"`        // one for each clientpack, in order of its index
}

// Controller is a controller's identity in the overlay.
type Controller struct {
	ID      int        `json:"manager_id"` // 1…9
	Address netip.Addr `json:"overlay_ipaddress"`
	ASN     int        `json:"asn"`
}

// Default lays out a subnet as VNS3 does: the VIP is the last but one address, controllers count down
// from the one before it, clientpacks count up from the first. The counts must fit the subnet.
func Default(subnet netip.Prefix, controllers, clients int) (Parameters, error) {
	if err := usable(subnet); err != nil {
		return Parameters{}, err
	}
	switch {
	case subnet != subnet.Masked():
		return Parameters{}, fmt.Errorf("the overlay subnet %v has bits set beyond its prefix length: write %v", subnet, subnet.Masked())
	case controllers < 1 || controllers > MaxControllers:
		return Parameters{}, fmt.Errorf("%d controllers: a topology has 1 to %d", controllers, MaxControllers)
	case clients < 0:
		return Parameters{}, fmt.Errorf("%d clientpacks: the count cannot be negative", clients)
	}
	// Network address, broadcast address and VIP are not for controllers or clientpacks.
	if room := 1<<(32-subnet.Bits()) - 3; controllers+clients > room {
		return Parameters{}, fmt.Errorf("%d controllers and %d clientpacks do not fit %v, which has room for %d: choose a larger subnet or fewer clientpacks",
			controllers, clients, subnet, max(room, 0))
	}
	p := Parameters{Subnet: subnet, VIP: last(subnet).Prev()}
	for id, addr := 1, p.VIP.Prev(); id <= controllers; id, addr = id+1, addr.Prev() {
		p.Controllers = append(p.Controllers, Controller{ID: id, Address: addr, ASN: FirstASN + id - 1})
	}
	for i, addr := 0, subnet.Addr().Next(); i < clients; i, addr = i+1, addr.Next() {
		p.Clients = append(p.Clients, addr)
	}
	return p, nil
}

// special are the networks whose addresses no host of an overlay can have.
var special = []struct {
	network netip.Prefix
	why     string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "has no host addresses"},
	{netip.MustParsePrefix("127.0.0.0/8"), "never leaves a machine"},
	{netip.MustParsePrefix("169.254.0.0/16"), "is for addresses of one link"},
	{netip.MustParsePrefix("224.0.0.0/4"), "is for multicast"},
	{netip.MustParsePrefix("240.0.0.0/4"), "is reserved"},
}

// usable says why hosts cannot have addresses of the subnet; nil: they can.
func usable(subnet netip.Prefix) error {
	if !subnet.IsValid() || !subnet.Addr().Is4() {
		return errors.New("the overlay subnet must be an IPv4 prefix such as 172.31.1.0/24")
	}
	for _, s := range special {
		if s.network.Overlaps(subnet) {
			return fmt.Errorf("the overlay subnet %v overlaps %v, which %s: choose a private one such as 172.31.1.0/24", subnet, s.network, s.why)
		}
	}
	return nil
}

// Validate reports the first contradiction in p: an address outside the subnet or used twice, IDs that
// are not 1, 2, 3, ….
func (p Parameters) Validate() error {
	if err := usable(p.Subnet); err != nil {
		return err
	}
	if len(p.Controllers) < 1 || len(p.Controllers) > MaxControllers {
		return fmt.Errorf("%d controllers: a topology has 1 to %d", len(p.Controllers), MaxControllers)
	}
	used := map[netip.Addr]string{}
	claim := func(addr netip.Addr, who string) error {
		if !p.Subnet.Contains(addr) || addr == p.Subnet.Masked().Addr() || addr == last(p.Subnet) {
			return fmt.Errorf("%s has address %v, which is not a host address of %v", who, addr, p.Subnet)
		}
		if other, taken := used[addr]; taken {
			return fmt.Errorf("%s and %s both have address %v", other, who, addr)
		}
		used[addr] = who
		return nil
	}
	if err := claim(p.VIP, "the VIP"); err != nil {
		return err
	}
	for i, c := range p.Controllers {
		if c.ID != i+1 {
			return fmt.Errorf("controller IDs must be 1, 2, 3, … in order: found %d at place %d", c.ID, i+1)
		}
		if err := claim(c.Address, fmt.Sprintf("controller %d", c.ID)); err != nil {
			return err
		}
	}
	for i, addr := range p.Clients {
		if err := claim(addr, fmt.Sprintf("clientpack %d", i+1)); err != nil {
			return err
		}
	}
	return nil
}

// Controller returns the overlay address of the controller with the ID, if the parameters have one.
func (p Parameters) Controller(id int) (netip.Addr, bool) {
	if id < 1 || id > len(p.Controllers) {
		return netip.Addr{}, false
	}
	return p.Controllers[id-1].Address, true
}

// ClientIndex returns the index of the clientpack with the address, if there is one.
func (p Parameters) ClientIndex(addr netip.Addr) (int, bool) {
	i, ok := slices.BinarySearchFunc(p.Clients, addr, netip.Addr.Compare)
	if ok {
		return i, true
	}
	i = slices.Index(p.Clients, addr) // custom parameters need not be in order
	return i, i >= 0
}

// last returns the last address of an IPv4 prefix: its broadcast address.
func last(p netip.Prefix) netip.Addr {
	a := p.Masked().Addr().As4()
	host := uint32(1)<<(32-p.Bits()) - 1
	for i := range a {
		a[i] |= byte(host >> (24 - 8*i))
	}
	return netip.AddrFrom4(a)
}
