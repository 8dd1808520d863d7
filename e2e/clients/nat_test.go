//go:build linux

package clients

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"vns3/internal/lab"
	"vns3/internal/netns"
)

// Both let answers in and nothing else; the first also hides the client's address and port.
const (
	masquerade = `table ip nat { chain out { type nat hook postrouting priority 100; oifname "eth0" masquerade random; }; }
table ip filter { chain in { type filter hook forward priority 0; policy drop; ct state established,related accept; iifname "inside" accept; }; }`
	establishedOnly = `table ip filter { chain in { type filter hook forward priority 0; policy drop; ct state established,related accept; iifname "inside" accept; }; }`
)

// newClientBehind is newClient with a box between client and router that has these rules.
func newClientBehind(t *testing.T, l *lab.Lab, n int, rules string) *client {
	t.Helper()
	c, box := newClientBeyond(t, l, n)
	box.Rules(rules)
	return c
}

// newClientBeyond is newClient with a box between client and router: eth0 leads to the router, inside to
// the client.
func newClientBeyond(t *testing.T, l *lab.Lab, n int) (*client, *netns.Namespace) {
	t.Helper()
	box, ns := netns.New(t), netns.New(t)
	outer, inner := fmt.Sprintf("10.9.%d.", n), fmt.Sprintf("10.8.%d.", n)
	netns.Connect(netns.End{NS: box, Name: "eth0", Addresses: []string{outer + "2/24"}},
		netns.End{NS: l.Router, Name: fmt.Sprintf("c%d", n), Addresses: []string{outer + "1/24"}})
	netns.Connect(netns.End{NS: box, Name: "inside", Addresses: []string{inner + "1/24"}},
		netns.End{NS: ns, Name: "eth0", Addresses: []string{inner + "2/24"}})
	box.Forward()
	box.Route("default", outer+"1")
	ns.Route("default", inner+"1")
	l.Router.Route(inner+"0/24", outer+"2")
	c := &client{t: t, ns: ns, device: fmt.Sprintf("wgt%x", rand.Uint32()), dir: t.TempDir()}
	c.start()
	return c, box
}

// TestTakeoverBehindNAT proves that the standby peers of a clientpack keep a NAT and a firewall open, so
// that a stock client behind either is taken over like any other.
func TestTakeoverBehindNAT(t *testing.T) {
	for name, rules := range map[string]string{"masquerade with random ports": masquerade, "established only": establishedOnly} {
		t.Run(name, func(t *testing.T) {
			l := lab.New(t, 3)
			l.Mesh()
			a, b := newClientBehind(t, l, 1, rules), newClient(t, l, 2)
			a.joinAt(l.Of(1), 1)
			b.joinAt(l.Of(2), 2)
			a.reach(b.overlay)
			for _, m := range l.Machines {
				heldBy(m, a, 1)
			}
			f := startFlow(t, a, b)
			l.Of(1).Kill()
			taken(t, l, a, f, 1, 2, tolerant+time.Second)
			a.reach(b.overlay)
			b.reach(a.overlay)
		})
	}
}
