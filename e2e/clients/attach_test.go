//go:build linux

package clients

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"vns3/control"
	"vns3/internal/lab"
	"vns3/status"
)

// TestAttach proves that stock clients with exported packs attach, reach each other across the mesh by
// ping and TCP, the controllers, the VIP and networks behind another controller, and that every
// controller knows who is where.
func TestAttach(t *testing.T) {
	l := lab.New(t, 3)
	l.Mesh()
	server := netip.MustParseAddr(l.Behind(l.Of(3), "192.168.77"))
	lab.Do[status.Route](l.Of(3), control.RouteAdd{CIDR: "192.168.77.0/24", Interface: "lan0", Advertise: true})
	l.Of(1).Until(lab.Patience, "the route is known", func(s *status.Snapshot) bool { return len(s.Routes) > 0 })
	a, b := l.Client(1), l.Client(2)
	a.JoinAt(l.Of(1), 1)
	b.JoinAt(l.Of(2), 2)
	began := time.Now()
	a.Reach(netip.MustParseAddr(l.Of(1).Status().Controller.VIP))
	t.Logf("attached after %v", time.Since(began).Round(time.Millisecond))
	held(l, a, 1)
	b.Reach(a.Overlay)
	a.Reach(b.Overlay)
	held(l, b, 2)
	for _, m := range l.Machines {
		a.Reach(netip.MustParseAddr(m.Status().Controller.OverlayAddress))
	}
	a.Reach(server)
	b.Reach(server)
	transfer(t, a, b)

	t.Run("who is where", func(t *testing.T) {
		for _, m := range l.Machines {
			m.Until(lab.Patience, "all is told of the client", func(s *status.Snapshot) bool {
				k := lab.ClientOf(s, a.Pack)
				return k.OverlayAddress == a.Overlay.String() && strings.HasPrefix(k.Endpoint, "10.9.1.2:") &&
					!k.Since.IsZero() && !k.LastHandshake.IsZero() && k.Reason == ""
			})
		}
	})

	t.Run("its controller counts what it sends and gets", func(t *testing.T) {
		l.Of(1).Until(10*time.Second, "what came from the sender is counted", func(s *status.Snapshot) bool {
			k := lab.ClientOf(s, a.Pack)
			return k.RxBytes > transferred && k.TxBytes > 0 && k.TxBytes < transferred
		})
		l.Of(2).Until(10*time.Second, "what went to the receiver is counted", func(s *status.Snapshot) bool {
			k := lab.ClientOf(s, b.Pack)
			return k.TxBytes > transferred && k.RxBytes > 0 && k.RxBytes < transferred
		})
	})

	t.Run("a spoofed source is dropped", func(t *testing.T) {
		spoofed := netip.MustParseAddr("100.127.253.77")
		a.NS.Do("ip", "address", "add", spoofed.String()+"/32", "dev", a.Device)
		if err := a.NS.Command("ping", "-c1", "-W1", "-I", spoofed.String(), b.Overlay.String()).Run(); err == nil {
			t.Error("a packet with another client's source was answered")
		}
		a.Reach(b.Overlay)
	})

	gone := func(s *status.Snapshot) bool { return !lab.ClientOf(s, a.Pack).Connected }

	t.Run("a disabled pack is refused and comes back", func(t *testing.T) {
		off, on := false, true
		lab.Do[control.Nothing](l.Of(3), control.PackSet{Name: a.Pack, Enabled: &off})
		for _, m := range l.Machines {
			m.Until(time.Second, "the client is gone within a second", gone)
		}
		if a.Ping(b.Overlay) == nil {
			t.Error("a disabled client was answered")
		}
		lab.Do[control.Nothing](l.Of(3), control.PackSet{Name: a.Pack, Enabled: &on})
		// By itself, the client would find out only after 15 seconds.
		l.Of(2).Until(2*time.Second, "the client is called and comes back at once", func(s *status.Snapshot) bool {
			return lab.ClientOf(s, a.Pack).Connected
		})
		if err := a.Ping(b.Overlay); err != nil {
			t.Errorf("it is back and does not work: %v", err)
		}
		held(l, a, 1)
	})

	t.Run("a regenerated pack stops working everywhere", func(t *testing.T) {
		old := l.Of(2).Export(a.Pack)
		run(l.Of(3), control.PackRegenerate{Name: a.Pack})
		for _, m := range l.Machines {
			m.Until(time.Second, "the client is gone within a second", gone)
		}
		for id := 1; id <= 3; id++ {
			a.Load(a.Pack, at(old, l.Of(id).Address))
			if a.Ping(b.Overlay) == nil {
				t.Errorf("the old key still works at controller %d", id)
			}
		}
		if !lab.ClientOf(l.Of(2).Status(), a.Pack).Outdated {
			t.Error("the old export is not marked outdated")
		}
		a.Load(a.Pack, l.Of(2).Export(a.Pack))
		a.Reach(b.Overlay)
	})

	t.Run("a disconnected client may come again", func(t *testing.T) {
		l.Of(3).HeldBy(b, 2)
		lab.Do[control.Nothing](l.Of(3), control.ClientDisconnect{Name: b.Pack})
		l.Of(2).Until(2*time.Second, "the client is gone", func(s *status.Snapshot) bool { return !lab.ClientOf(s, b.Pack).Connected })
		b.Reach(a.Overlay)
	})

	t.Run("any controller serves any clientpack", func(t *testing.T) {
		a.Load(a.Pack, at(l.Of(1).Export(a.Pack), l.Of(3).Address))
		a.Reach(b.Overlay)
		held(l, a, 3)
	})
}

// at is a clientpack without standby peers that names a controller by its address.
func at(conf, address string) string {
	lines := strings.Split(withoutStandbys(conf), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "Endpoint = ") {
			lines[i] = "Endpoint = " + address + ":1194"
		}
	}
	return strings.Join(lines, "\n")
}

const transferred = 8 << 20 // bytes

// transfer sends some megabytes over TCP and compares what arrives.
func transfer(t *testing.T, from, to *lab.ClientServer) {
	t.Helper()
	sent := make([]byte, transferred)
	rand.Read(sent)
	var listener net.Listener
	var conn net.Conn
	var err error
	to.NS.Run(func() { listener, err = net.Listen("tcp4", to.Overlay.String()+":0") })
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	from.NS.Run(func() { conn, err = net.DialTimeout("tcp4", listener.Addr().String(), lab.Patience) })
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		conn.Write(sent) // a failure shows at the other end
		conn.Close()
	}()
	arriving, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer arriving.Close()
	arriving.SetDeadline(time.Now().Add(lab.Patience))
	if got, err := io.ReadAll(arriving); err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d bytes arrived of %d, %v", len(got), len(sent), err)
	}
}

// TestEndpoint proves what clientpacks name for a controller: the address its peers see by default, with
// a warning where that is private; what [clients] endpoint says, at once and in every controller's
// exports; and that what was exported before is then marked "outdated: export again".
func TestEndpoint(t *testing.T) {
	l := lab.New(t, 2)
	l.Mesh()
	pack, conf := l.Of(2).HandOut(func(k status.Client) bool { return k.Assigned == 1 })
	if want := fmt.Sprintf("Endpoint = %s:1194\n", l.Of(1).Address); !strings.Contains(conf, want) {
		t.Errorf("the default is not %q:\n%s", want, conf)
	}
	l.Of(1).Until(lab.Patience, "the private address is warned of", func(s *status.Snapshot) bool {
		_, warned := lab.Warning(s, status.EndpointPrivate, 0)
		return warned
	})
	if k := lab.ClientOf(l.Of(2).Status(), pack); k.Outdated {
		t.Error("outdated as soon as it is exported")
	}
	l.Of(1).Configure(l.Table(1), "[clients]\nendpoint = \"vpn.example.net:4500\"\n")
	for _, m := range l.Machines {
		m.Until(lab.Patience, "the pack is outdated", func(s *status.Snapshot) bool {
			_, warned := lab.Warning(s, status.PacksOutdated, 0)
			return warned && lab.ClientOf(s, pack).Outdated
		})
	}
	if conf := l.Of(2).Export(pack); !strings.Contains(conf, "Endpoint = vpn.example.net:4500\n") {
		t.Errorf("the new endpoint is not exported:\n%s", conf)
	}
	for _, m := range l.Machines {
		m.Until(lab.Patience, "the pack was exported again", func(s *status.Snapshot) bool { return !lab.ClientOf(s, pack).Outdated })
	}
	l.Of(1).Until(lab.Patience, "nothing is warned of", func(s *status.Snapshot) bool {
		_, warned := lab.Warning(s, status.EndpointPrivate, 0)
		return !warned
	})
}
