package tunnel

import (
	"net/netip"
	"strings"
	"testing"

	"vns3/internal/netns"
)

// behind is a network behind a gateway of this host.
var behind = netip.MustParsePrefix("10.9.0.0/16")

// hostWith makes a host with one network, 192.168.7.0/24 on eth1, and does things there.
func hostWith(t *testing.T) (n *netns.Namespace, table func() string) {
	t.Helper()
	n, far := netns.New(t), netns.New(t)
	netns.Connect(
		netns.End{NS: n, Name: "eth1", Addresses: []string{"192.168.7.1/24"}},
		netns.End{NS: far, Name: "eth0", Addresses: []string{"192.168.7.2/24"}},
	)
	return n, func() string { return n.Do("ip", "route", "show", behind.String()) }
}

// Routes come and go as they are wanted, and one that was taken away meanwhile comes back.
func TestHostRoutes(t *testing.T) {
	n, table := hostWith(t)
	var routes HostRoutes
	set := func(want ...HostRoute) map[HostRoute]error {
		var failed map[HostRoute]error
		n.Run(func() { failed = routes.Set(want) })
		return failed
	}
	through := HostRoute{Prefix: behind, Gateway: netip.MustParseAddr("192.168.7.2"), Metric: 5}
	onLink := HostRoute{Prefix: behind, Interface: "eth1", Metric: 7}
	for range 2 { // twice is once
		if failed := set(through, onLink); len(failed) > 0 {
			t.Fatal(failed)
		}
	}
	for _, want := range []string{"via 192.168.7.2 dev eth1 proto 119 metric 5", "dev eth1 proto 119 scope link metric 7"} {
		if !strings.Contains(table(), want) {
			t.Errorf("the host's table lacks %q:\n%s", want, table())
		}
	}
	n.Do("ip", "route", "del", behind.String(), "metric", "5")
	if failed := set(through); len(failed) > 0 || !strings.Contains(table(), "metric 5") || strings.Contains(table(), "metric 7") {
		t.Errorf("want only the route with metric 5, and got %v:\n%s", failed, table())
	}
	n.SetUp("eth1", false) // takes the route with it
	if failed := set(through); len(failed) != 1 || !strings.Contains(failed[through].Error(), "10.9.0.0/16") {
		t.Errorf("a route over an interface that is down: %v", failed)
	}
	n.SetUp("eth1", true)
	if failed := set(through); len(failed) > 0 {
		t.Errorf("the interface is back: %v", failed)
	}
	if failed := set(); len(failed) > 0 || table() != "" {
		t.Errorf("routes that are not wanted stay: %v\n%s", failed, table())
	}
}

// The gateway is the next hop of the default route, and nothing without one.
func TestGateway(t *testing.T) {
	n, _ := hostWith(t)
	gateway := func() (a netip.Addr) {
		n.Run(func() { a = Gateway() })
		return a
	}
	if a := gateway(); a.IsValid() {
		t.Errorf("without a default route the gateway is %v", a)
	}
	n.Route("default", "192.168.7.2")
	if a := gateway(); a != netip.MustParseAddr("192.168.7.2") {
		t.Errorf("the gateway is %v", a)
	}
}

// A route that somebody else made is never touched: the same one serves, one with the same metric is in the
// way. What cannot be made says why. After a crash the program knows its own routes again.
func TestHostRoutesOfOthers(t *testing.T) {
	n, table := hostWith(t)
	var routes HostRoutes
	set := func(h *HostRoutes, want ...HostRoute) (reason string) {
		n.Run(func() {
			for _, err := range h.Set(want) {
				reason += err.Error()
			}
		})
		return reason
	}
	n.Do("ip", "route", "add", behind.String(), "via", "192.168.7.2", "metric", "5")
	same := HostRoute{Prefix: behind, Gateway: netip.MustParseAddr("192.168.7.2"), Metric: 5}
	if reason := set(&routes, same); reason != "" {
		t.Errorf("the same route is there already: %s", reason)
	}
	other := HostRoute{Prefix: behind, Gateway: netip.MustParseAddr("192.168.7.3"), Metric: 5}
	if reason := set(&routes, other); !strings.Contains(reason, "another one with the same metric") {
		t.Errorf("another route is in the way: %q", reason)
	}
	for want, r := range map[string]HostRoute{
		"192.168.9.1 is on none of its networks": {Prefix: behind, Gateway: netip.MustParseAddr("192.168.9.1")},
		"interface eth9":                         {Prefix: behind, Interface: "eth9"},
	} {
		if reason := set(&routes, r); !strings.Contains(reason, want) || !strings.Contains(reason, "10.9.0.0/16") {
			t.Errorf("%+v: %q, want %q", r, reason, want)
		}
	}
	if set(&routes); !strings.Contains(table(), "metric 5") {
		t.Errorf("somebody else's route was removed:\n%s", table())
	}

	own := HostRoute{Prefix: behind, Interface: "eth1", Metric: 9}
	set(&routes, own)
	var again HostRoutes
	set(&again, own)
	if set(&again); strings.Contains(table(), "metric 9") {
		t.Errorf("a route that was there before a crash stays:\n%s", table())
	}
}
