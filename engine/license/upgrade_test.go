package license

import (
	"errors"
	"net/netip"
	"reflect"
	"testing"

	"vns3/overlay"
)

func licensed(t *testing.T, topology string, net netip.Prefix, controllers, packs int) License {
	t.Helper()
	text := newSigner(t, "acme").issue(t, Terms{Topology: topology, Controllers: controllers, Clientpacks: packs, Subnet: net})
	l, err := Parse(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Proves that default addresses grow into the larger license's default addresses, so that every
// controller finds the same ones.
func TestUpgradeOfDefaults(t *testing.T) {
	for _, c := range []struct{ controllers, packs int }{{4, 50}, {9, 50}, {4, 200}, {9, 244}} {
		old, next := licensed(t, "Acme", subnet, 4, 50), licensed(t, "Acme", subnet, c.controllers, c.packs)
		got, err := Upgrade(old, next, old.Default)
		if err != nil {
			t.Fatal(err)
		}
		if !equal(got.Parameters, next.Default) || len(got.Controllers) != c.controllers-4 || len(got.Clients) != c.packs-50 {
			t.Errorf("%+v: grew to %+v", c, got)
		}
		if again, err := Upgrade(next, next, got.Parameters); err != nil || len(again.Controllers)+len(again.Clients) != 0 {
			t.Errorf("%+v: the same license again adds %+v, %v", c, again, err)
		}
	}
}

// Proves that custom addresses stay, and that new ones avoid them; packs end where the subnet does.
func TestUpgradeOfCustomParameters(t *testing.T) {
	small := netip.MustParsePrefix("172.31.1.0/28") // 14 hosts
	addr := netip.MustParseAddr
	in := overlay.Parameters{
		Subnet: small, VIP: addr("172.31.1.1"),
		Controllers: []overlay.Controller{{ID: 1, Address: addr("172.31.1.14"), ASN: 65001}},
		Clients:     []netip.Addr{addr("172.31.1.13"), addr("172.31.1.3")},
	}
	got, err := Upgrade(licensed(t, "Acme", small, 1, 2), licensed(t, "Acme", small, 3, 10), in)
	if err != nil {
		t.Fatal(err)
	}
	wantControllers := []overlay.Controller{{ID: 2, Address: addr("172.31.1.12"), ASN: 65002}, {ID: 3, Address: addr("172.31.1.11"), ASN: 65003}}
	var wantClients []netip.Addr
	for _, last := range []byte{2, 4, 5, 6, 7, 8, 9, 10} {
		wantClients = append(wantClients, netip.AddrFrom4([4]byte{172, 31, 1, last}))
	}
	if !reflect.DeepEqual(got.Controllers, wantControllers) || !reflect.DeepEqual(got.Clients, wantClients) {
		t.Errorf("new are %v and %v, want %v and %v", got.Controllers, got.Clients, wantControllers, wantClients)
	}
	if err := got.Parameters.Validate(); err != nil {
		t.Error(err)
	}
	full := got.Parameters
	full.Clients = append(full.Clients, freeAddresses(full)...)
	if _, err := grow(full, Terms{Controllers: 9}); err == nil {
		t.Error("a controller got an address from a full subnet")
	}
}

// Proves which licenses do not replace which.
func TestUpgradeRefuses(t *testing.T) {
	other := netip.MustParsePrefix("172.31.2.0/24")
	old := licensed(t, "Acme", subnet, 4, 50)
	for name, next := range map[string]License{
		"topology":          licensed(t, "Other", subnet, 4, 50),
		"subnet":            licensed(t, "Acme", other, 4, 50),
		"fewer controllers": licensed(t, "Acme", subnet, 3, 50),
		"fewer packs":       licensed(t, "Acme", subnet, 4, 49),
		"community":         Community(),
	} {
		var refused *UpgradeError
		if _, err := Upgrade(old, next, old.Default); !errors.As(err, &refused) {
			t.Errorf("%s: %v, want %T", name, err, refused)
		}
	}
	bought := licensed(t, "Acme", Community().Subnet, 9, 1000)
	if _, err := Upgrade(Community(), bought, Community().Default); err != nil {
		t.Errorf("from the community license to one's own: %v", err)
	}
}

// Proves that addresses of a very large subnet are found without counting all of them.
func TestFreeAddressesOfALargeSubnet(t *testing.T) {
	p, err := overlay.Default(netip.MustParsePrefix("10.0.0.0/8"), 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	free := freeAddresses(p)
	if first, last := free[0].String(), free[len(free)-1].String(); first != "10.0.0.4" || last != "10.255.255.251" {
		t.Errorf("free from %s to %s, want 10.0.0.4 to 10.255.255.251", first, last)
	}
}
