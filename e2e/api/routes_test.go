package api

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"vns3/control"
	"vns3/internal/lab"
	"vns3/internal/netns"
	"vns3/status"
)

// office is a network behind two controllers, with one host. Each controller reaches it through a
// gateway on a network of its own.
const (
	office     = "192.168.50.0/24"
	officeHost = "192.168.50.9"
)

var officeAddress = netip.MustParseAddr(officeHost)

// behind joins a namespace that stands for the office to a machine, by eth1. Its address there is the
// gateway.
func behind(m *lab.Machine, ns *netns.Namespace) (gateway string) {
	netns.Connect(
		netns.End{NS: m.NS, Name: "eth1", Addresses: []string{fmt.Sprintf("192.168.6%d.1/30", m.ID)}},
		netns.End{NS: ns, Name: fmt.Sprint("to", m.ID), Addresses: []string{fmt.Sprintf("192.168.6%d.2/30", m.ID)}},
	)
	return fmt.Sprintf("192.168.6%d.2", m.ID)
}

func must[R any](t *testing.T, m *lab.Machine, q control.Request) R {
	t.Helper()
	reply, err := control.Do[R](t.Context(), m.Backend(), q)
	if err != nil {
		t.Fatalf("%s at controller %d: %v", q.Action(), m.ID, err)
	}
	return reply
}

// TestAdvertisedRoutes proves that a network behind a controller is reached from another controller's
// host and from a client server, through the mesh and the kernel of the controller that advertises it;
// that another controller which advertises it takes over when the first is lost; that the host's own
// routes come and go with the routes of the file; and that forwarding which is off is named.
func TestAdvertisedRoutes(t *testing.T) {
	t.Parallel()
	l := lab.New(t, 3)
	site := netns.New(t)
	site.Address("lo", officeHost+"/32")
	second, third := behind(l.Of(2), site), behind(l.Of(3), site)
	l.Mesh()
	one := l.Of(1)

	added := must[status.Route](t, l.Of(2), control.RouteAdd{CIDR: office, Gateway: second, Interface: "eth1", Advertise: true, Description: "office"})
	leadsTo(t, one, 2)
	l.Of(2).Until(5*time.Second, "forwarding named as off", func(s *status.Snapshot) bool {
		w, ok := lab.Warning(s, status.RouteForwarding, 0)
		return ok && strings.Contains(w.Text, office) && strings.Contains(w.Remedy, "net.ipv4.ip_forward=1")
	})
	l.Of(2).NS.Forward()
	l.Of(3).NS.Forward()
	l.Of(2).Until(5*time.Second, "no warning of forwarding", func(s *status.Snapshot) bool {
		_, ok := lab.Warning(s, status.RouteForwarding, 0)
		return !ok
	})
	if routes := hostRoutes(l.Of(2)); !strings.Contains(routes, office+" via "+second+" dev eth1") {
		t.Errorf("the host of controller 2 has no route to the office:\n%s", routes)
	}

	// The office answers the way that the packets came.
	for _, m := range []*lab.Machine{l.Of(2), l.Of(3)} {
		m.NS.Rules("table ip office { chain out { type nat hook postrouting priority 100; oifname \"eth1\" masquerade; }; }")
	}
	reaches(t, one)
	client := clientOf(t, l)
	client.ping(officeAddress)

	must[status.Route](t, l.Of(3), control.RouteAdd{CIDR: office, Gateway: third, Advertise: true, Metric: 10})
	leadsTo(t, one, 2)
	if routes := hostRoutes(l.Of(3)); !strings.Contains(routes, office+" via "+third) || strings.Contains(routes, office+" dev vns3") {
		t.Errorf("the host of controller 3, which has a way of its own, shall use that:\n%s", routes)
	}
	began := time.Now()
	l.Of(2).Kill()
	leadsTo(t, one, 3)
	t.Logf("the route failed over after %v", time.Since(began).Round(10*time.Millisecond))
	reaches(t, one)
	client.ping(officeAddress)
	l.Of(2).Start()
	leadsTo(t, one, 2)
	reaches(t, one)

	// A gateway that cannot be reached takes the route away, and so its advertisement.
	l.Of(2).NS.SetUp("eth1", false)
	leadsTo(t, one, 3)
	l.Of(2).Until(5*time.Second, "the reason", func(s *status.Snapshot) bool {
		return s.Routes[0].Reason != "" && !s.Routes[0].Active
	})
	l.Of(2).NS.SetUp("eth1", true)
	leadsTo(t, one, 2)
	must[control.Nothing](t, l.Of(2), control.RouteEnable{ID: added.ID, Enabled: false})
	leadsTo(t, one, 3)
	without(t, l.Of(2))
	must[control.Nothing](t, l.Of(2), control.RouteEnable{ID: added.ID, Enabled: true})
	leadsTo(t, one, 2)
	must[control.Nothing](t, l.Of(2), control.RouteRemove{ID: added.ID})
	leadsTo(t, one, 3)
	without(t, l.Of(2))

	_, err := l.Of(2).Backend().Do(t.Context(), control.RouteAdd{CIDR: "10.0.0.0/16", Advertise: true})
	if err == nil || !strings.Contains(err.Error(), "the tunnel would lead through itself") {
		t.Errorf("a route over the way to a peer: %v", err)
	}
}

// leadsTo waits until a controller sends packets for the office to another.
func leadsTo(t *testing.T, m *lab.Machine, to int) {
	t.Helper()
	m.Until(15*time.Second, fmt.Sprintf("the office behind controller %d", to), func(s *status.Snapshot) bool {
		for _, r := range s.Routes {
			if r.CIDR == office && r.Active {
				return r.Controller == to
			}
		}
		return false
	})
}

// reaches proves that the host of a controller reaches the office through the mesh.
func reaches(t *testing.T, m *lab.Machine) {
	t.Helper()
	out, err := m.NS.Command("ping", "-c", "3", "-i", "0.2", "-W", "2", officeHost).CombinedOutput()
	if err != nil {
		t.Errorf("the host of controller %d does not reach the office: %v\n%s\n%s", m.ID, err, out, hostRoutes(m))
	}
}

// without waits until a host has no way to the office but the mesh.
func without(t *testing.T, m *lab.Machine) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(5 * time.Second); strings.Contains(hostRoutes(m), office+" via"); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("the host of controller %d keeps its route to the office:\n%s", m.ID, hostRoutes(m))
		}
	}
}

func hostRoutes(m *lab.Machine) string { return m.NS.Do("ip", "route") }

// clientOf attaches a client server that stands beside the router.
func clientOf(t *testing.T, l *lab.Lab) *clientServer {
	t.Helper()
	ns := netns.New(t)
	netns.Connect(
		netns.End{NS: l.Router, Name: "toclient", Addresses: []string{"10.0.9.1/24"}},
		netns.End{NS: ns, Name: "eth0", Addresses: []string{"10.0.9.2/24"}},
	)
	ns.Route("default", "10.0.9.1")
	pack := must[control.PackHandedOut](t, l.Of(1), control.PackNext{})
	file := must[control.PackFile](t, l.Of(1), control.PackExport{Name: pack.Name, Format: "conf"})
	return attachIn(t, ns.Run, string(file.Data))
}
