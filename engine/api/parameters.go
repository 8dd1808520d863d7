package api

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"vns3/overlay"
)

// maxClients bounds a written-out range of client addresses.
const maxClients = 1 << 16

// parameters reads custom overlay parameters from the arguments of PUT /license/parameters. Whether
// they fit together and the license is the backend's to say.
func parameters(a args) (overlay.Parameters, error) {
	var p overlay.Parameters
	for _, name := range []string{"subnet", "managers", "clients", "asns", "my_manager_vip"} {
		if a.text(name) == "" {
			return p, invalid("default must be true, or subnet, managers, clients, asns and my_manager_vip be given: %s is missing", name)
		}
	}
	var err error
	if p.Subnet, err = netip.ParsePrefix(a.text("subnet")); err != nil || p.Subnet != p.Subnet.Masked() {
		return p, invalid("invalid subnet field")
	}
	if p.VIP, err = netip.ParseAddr(a.text("my_manager_vip")); err != nil {
		return p, invalid("invalid my_manager_vip field")
	}
	asns := strings.Fields(a.text("asns"))
	for i, word := range strings.Fields(a.text("managers")) {
		addr, err := netip.ParseAddr(word)
		if err != nil {
			return p, invalid("invalid managers field")
		}
		if i >= len(asns) {
			return p, invalid("invalid asns field")
		}
		asn, err := strconv.ParseUint(asns[i], 10, 32)
		if err != nil || asn == 0 {
			return p, invalid("invalid asns field")
		}
		p.Controllers = append(p.Controllers, overlay.Controller{ID: i + 1, Address: addr, ASN: int(asn)})
	}
	if len(asns) != len(p.Controllers) {
		return p, invalid("invalid asns field")
	}
	var ok bool
	if p.Clients, ok = addressList(a.text("clients")); !ok {
		return p, invalid("invalid clients field")
	}
	return p, nil
}

// confirms reports whether the arguments only name managers and clients that the parameters in use have.
// Clients send such a call after an upgrade, which vns3 has carried out by then.
func confirms(a args, inUse overlay.Parameters) bool {
	if a.text("subnet")+a.text("asns")+a.text("my_manager_vip") != "" || a.text("managers")+a.text("clients") == "" {
		return false
	}
	for _, word := range strings.Fields(strings.ReplaceAll(a.text("managers"), ",", " ")) {
		addr, err := netip.ParseAddr(word)
		if err != nil || !slices.ContainsFunc(inUse.Controllers, func(c overlay.Controller) bool { return c.Address == addr }) {
			return false
		}
	}
	if a.text("clients") == "" {
		return true
	}
	clients, ok := addressList(a.text("clients"))
	for _, addr := range clients {
		_, has := inUse.ClientIndex(addr)
		ok = ok && has
	}
	return ok
}

// addressList reads addresses separated by commas, each alone or as a range "first-last".
func addressList(s string) ([]netip.Addr, bool) {
	var list []netip.Addr
	for _, part := range strings.Split(s, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		from, err := netip.ParseAddr(strings.TrimSpace(first))
		if err != nil {
			return nil, false
		}
		to := from
		if isRange {
			if to, err = netip.ParseAddr(strings.TrimSpace(last)); err != nil || to.Less(from) || to.BitLen() != from.BitLen() {
				return nil, false
			}
		}
		for a := from; a.IsValid() && !to.Less(a); a = a.Next() {
			if len(list) == maxClients {
				return nil, false
			}
			list = append(list, a)
		}
	}
	return list, true
}
