package api

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"vns3/engine/api"
	"vns3/status"
)

var (
	// polling clients look every two seconds and wait for the restarts as they are.
	polling = pace{poll: 2 * time.Second, timing: api.DefaultTiming}
	// parallel clients do all that they can at once. Restarts are short, to save time.
	parallel = pace{poll: 20 * time.Millisecond, together: true, timing: api.RestartTiming{Settle: 100 * time.Millisecond, SettleKeyset: 300 * time.Millisecond, Down: 300 * time.Millisecond}}
)

// TestPollingClients proves that clients which poll lead four unconfigured controllers to one mesh, at
// the restart times that they were made for, and that traffic passes.
func TestPollingClients(t *testing.T) {
	t.Parallel()
	began := time.Now()
	all := build(t, newProduct(t), polling)
	t.Logf("from nothing to a mesh of %d in %v", size, time.Since(began).Round(time.Second))
	traffic(t, all)
}

// TestParallelClients proves the same of clients that do everything at once, and that every field which
// the product answers with is answered, but for those that vns3 has no use for.
func TestParallelClients(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	all := build(t, p, parallel)
	traffic(t, all)
	truth(t, all)
	clientpackCalls(all[1])
	routeCalls(all)
	edits(t, all)
	accessCalls(all[2])
	upgrade(all[0])
	if unseen, want := p.unseen(), unused(all[0]); !slices.Equal(unseen, want) {
		t.Errorf("fields never answered: %q, want %q", unseen, want)
	}
}

// traffic hands out a clientpack through the API, attaches a client server with it, and reaches every
// controller and the VIP through the mesh, and a network behind one of them.
func traffic(t *testing.T, all []*site) {
	t.Helper()
	behind := all[gateway-1]
	if alone {
		address(t, officeAddress)
		behind.object("POST", "/routes", object{"cidr": office, "advertise": true})
		all[0].poll(soon, "the advertised route", func() bool {
			return fmt.Sprint(all[0].object("GET", "/status", nil)["connected_subnets"]) == "[[192.168.50.0 255.255.255.0]]"
		})
	}
	pack := all[0].object("POST", "/clientpacks/next_available", nil)
	a := all[0].do("GET", fmt.Sprintf("/clientpack?name=%v&fileformat=conf", pack["name"]), nil)
	if a.status != 200 {
		t.Fatalf("GET /clientpack: %d %s", a.status, a.body)
	}
	client := attach(t, string(a.body))
	for id := range size {
		client.ping(netip.AddrFrom4([4]byte{172, 31, 1, byte(253 - id)}))
	}
	client.ping(netip.MustParseAddr("172.31.1.254"))
	for _, s := range all {
		s.poll(100*time.Millisecond, "the client server to be listed", func() bool {
			_, there := s.object("GET", "/status", nil)["connected_clients"].(object)[client.address.String()]
			return there
		})
		s.want("the client server", s.object("GET", "/status/clients", nil)[client.address.String()].(object), object{
			"managerid": s.client(client.address).ControllerID, "overlay_ipaddress": client.address, "ipaddress": "127.0.0.1",
		})
	}
	if alone {
		if all[0].client(client.address).ControllerID == gateway {
			t.Errorf("the client server is at controller %d, which it is to reach through the mesh", gateway)
		}
		client.ping(officeAddress)
		behind.object("DELETE", "/routes/1", nil)
		client.misses(officeAddress)
	}
}

// address gives the host of the test's own network one more address until the test ends.
func address(t *testing.T, a netip.Addr) {
	t.Helper()
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		t.Fatal(err)
	}
	addr := &netlink.Addr{IPNet: netlink.NewIPNet(a.AsSlice())}
	if err := netlink.AddrAdd(lo, addr); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := netlink.AddrDel(lo, addr); err != nil {
			t.Error(err)
		}
	})
}

// client is what the engine itself says of a client server.
func (s *site) client(address netip.Addr) status.Client {
	for _, c := range s.Snapshot().Clients {
		if c.OverlayAddress == address.String() {
			return c
		}
	}
	return status.Client{}
}
