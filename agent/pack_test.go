package agent

import (
	"net/netip"
	"strings"
	"testing"

	"vns3/engine/clients"
	"vns3/keyset"
)

func exported() clients.Profile {
	return clients.Profile{
		Name: "100_127_252_1", Topology: "Acme", Address: netip.MustParseAddr("100.127.252.1"),
		Private: keyset.Secret{1}, Preshared: keyset.Secret{2}, Facing: keyset.PublicKey{3},
		Controller: 2, Endpoint: "vpn.example.net:1194",
		Allowed:  []netip.Prefix{netip.MustParsePrefix("100.127.252.0/22"), netip.MustParsePrefix("192.168.10.0/24")},
		Standbys: []clients.Standby{{Controller: 1, Key: keyset.PublicKey{4}, Endpoint: netip.MustParseAddrPort("[2001:db8::2]:1194")}},
		Others:   []clients.Place{{Controller: 3, Endpoint: "10.0.0.3:1194"}, {Controller: 2, Endpoint: "vpn.example.net:1194"}, {Controller: 1, Endpoint: "[2001:db8::2]:1194"}},
		VIP:      netip.MustParseAddr("100.127.255.253"),
	}
}

// TestParse proves that the agent reads what a controller exports.
func TestParse(t *testing.T) {
	p, err := Parse(exported().Text())
	if err != nil {
		t.Fatal(err)
	}
	if p.Private != [32]byte{1} || p.Preshared != [32]byte{2} || p.Facing != [32]byte{3} || p.Keepalive != 25 {
		t.Errorf("keys or keepalive: %+v", p)
	}
	if p.Address.String() != "100.127.252.1" || p.VIP.String() != "100.127.255.253" || len(p.Allowed) != 2 {
		t.Errorf("addresses: %+v", p)
	}
	if len(p.Places) != 3 || p.Places[0].String() != "[2001:db8::2]:1194" || p.Places[p.Assigned] != (Place{2, "vpn.example.net", 1194}) {
		t.Errorf("places: %+v", p)
	}
	if len(p.Standbys) != 1 || p.Standbys[0] != (Standby{[32]byte{4}, netip.MustParseAddrPort("[2001:db8::2]:1194"), 25}) {
		t.Errorf("standby peers: %+v", p.Standbys)
	}
}

// TestParseEdited proves that an endpoint that somebody wrote into the file is used first.
func TestParseEdited(t *testing.T) {
	p, err := Parse(strings.Replace(exported().Text(), "Endpoint = vpn.example.net:1194", "Endpoint = 203.0.113.9:1194", 1))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Places) != 4 || p.Places[p.Assigned].Host != "203.0.113.9" {
		t.Errorf("%+v, %d is assigned", p.Places, p.Assigned)
	}
}

// TestParseRefuses proves that what is not an exported clientpack is refused with its line or what is
// missing, and that no key is ever shown.
func TestParseRefuses(t *testing.T) {
	good := exported().Text()
	for what, c := range map[string]struct{ old, new, want string }{
		"empty":              {good, "", "exported clientpack?"},
		"no section":         {"[Interface]\n", "", "before [Interface]"},
		"two interfaces":     {"[Peer]\n# controller 2", "[Interface]\n# controller 2", "only one of its name"},
		"an unknown key":     {"Address = ", "DNS = 10.0.0.1\nAddress = ", "DNS: this agent does not know it"},
		"a bad key":          {"PrivateKey = AQ", "PrivateKey = SECRET", "not a WireGuard key"},
		"a key twice":        {"Address = 100.127.252.1/32", "Address = 100.127.252.1/32\nAddress = 100.127.252.2/32", "stands twice"},
		"a bad address":      {"Address = 100.127.252.1/32", "Address = 100.127.252.1/24", "not an IPv4 address"},
		"a bad network":      {"192.168.10.0/24", "192.168.10.0/33", "not an IPv4 network"},
		"a bad endpoint":     {"Endpoint = vpn.example.net:1194", "Endpoint = vpn.example.net", "not HOST:PORT"},
		"no endpoint":        {"Endpoint = vpn.example.net:1194\n", "", "no Endpoint"},
		"two peers":          {"PublicKey = BA", "AllowedIPs = 10.0.0.0/8\nPublicKey = BA", "one peer for traffic"},
		"an old export":      {"# vns3 vip = 100.127.255.253\n", "", "export the clientpack again"},
		"a VIP elsewhere":    {"vip = 100.127.255.253", "vip = 10.0.0.1", "in none of the AllowedIPs"},
		"a bad controller":   {"controller 3 = ", "controller 10 = ", "ID of a controller"},
		"a controller twice": {"controller 3 = ", "controller 2 = ", "controller 2 stands twice"},
		"a bad keepalive":    {"PersistentKeepalive = 25", "PersistentKeepalive = often", "not a number"},
		"half a line":        {"Address = 100.127.252.1/32", "Address", "neither a section"},
	} {
		text := strings.Replace(good, c.old, c.new, 1)
		_, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", what, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: a key is shown: %v", what, err)
		}
	}
}

// FuzzParse proves that nothing makes the parser panic, and that what it accepts can be attached with.
func FuzzParse(f *testing.F) {
	f.Add(exported().Text())
	f.Add("[Interface]\n[Peer]\nEndpoint=:1")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		if err == nil && (len(p.Places) == 0 || p.Assigned >= len(p.Places) || len(p.Allowed) == 0 || !p.VIP.IsValid()) {
			t.Errorf("accepted %q as %+v", text, p)
		}
	})
}
