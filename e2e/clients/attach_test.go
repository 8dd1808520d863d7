//go:build linux

package clients

import (
	"net/netip"
	"testing"
	"time"

	"vns3/control"
	"vns3/internal/lab"
	"vns3/status"
)

// TestAttach proves that stock clients with exported packs attach, reach each other across the mesh,
// the controllers and the VIP, and that every controller knows who is where.
func TestAttach(t *testing.T) {
	l := lab.New(t, 3)
	l.Mesh()
	a, b := newClient(t, l, 1), newClient(t, l, 2)
	a.joinAt(l.Of(1), 1)
	b.joinAt(l.Of(2), 2)
	began := time.Now()
	a.reach(netip.MustParseAddr(l.Of(1).Status().Controller.VIP))
	t.Logf("attached after %v", time.Since(began).Round(time.Millisecond))
	for _, m := range l.Machines {
		heldBy(m, a, 1)
	}
	b.reach(a.overlay)
	a.reach(b.overlay)
	for _, m := range l.Machines {
		heldBy(m, b, 2)
		a.reach(netip.MustParseAddr(m.Status().Controller.OverlayAddress))
	}

	t.Run("a spoofed source is dropped", func(t *testing.T) {
		spoofed := netip.MustParseAddr("100.127.253.77")
		a.ns.Do("ip", "address", "add", spoofed.String()+"/32", "dev", a.device)
		if err := a.ns.Command("ping", "-c1", "-W1", "-I", spoofed.String(), b.overlay.String()).Run(); err == nil {
			t.Error("a packet with another client's source was answered")
		}
		a.reach(b.overlay)
	})

	t.Run("a disabled pack is refused and comes back", func(t *testing.T) {
		off, on := false, true
		do[control.Nothing](t, l.Of(3), control.PackSet{Name: a.pack, Enabled: &off})
		l.Of(1).Until(time.Second, "the client is gone within a second", func(s *status.Snapshot) bool { return !of(s, a.pack).Connected })
		if a.ping(b.overlay) == nil {
			t.Error("a disabled client was answered")
		}
		do[control.Nothing](t, l.Of(3), control.PackSet{Name: a.pack, Enabled: &on})
		a.reach(b.overlay)
	})

	t.Run("a regenerated pack stops working everywhere", func(t *testing.T) {
		finish(t, l.Of(3), do[control.TaskStarted](t, l.Of(3), control.PackRegenerate{Name: a.pack}))
		l.Of(1).Until(time.Second, "the client is gone within a second", func(s *status.Snapshot) bool { return !of(s, a.pack).Connected })
		if a.ping(b.overlay) == nil {
			t.Error("the old key still works")
		}
		if !of(l.Of(2).Status(), a.pack).Outdated {
			t.Error("the old export is not marked outdated")
		}
		a.load(a.pack, export(t, l.Of(2), a.pack))
		a.reach(b.overlay)
	})

	t.Run("a disconnected client may come again", func(t *testing.T) {
		heldBy(l.Of(3), b, 2)
		do[control.Nothing](t, l.Of(3), control.ClientDisconnect{Name: b.pack})
		l.Of(2).Until(2*time.Second, "the client is gone", func(s *status.Snapshot) bool { return !of(s, b.pack).Connected })
		b.reach(a.overlay)
	})
}
