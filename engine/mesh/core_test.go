package mesh

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// items says that a packet carries items: to lose just those.
func items(packet []byte) bool { return packet[0] == typeItems }

// TestStart proves that nine controllers that start together are all connected directly, know the
// same and may serve clients within a second.
func TestStart(t *testing.T) {
	l := newLab(t, 9)
	l.run(900 * ms)
	l.level()
	for _, s := range l.stations {
		if !s.Synced() {
			t.Errorf("controller %d is not synced", s.o.Self)
		}
		for d, r := range s.Routes() {
			if d != 0 && d != s.o.Self && r.NextHop != d {
				t.Errorf("controller %d reaches %d through %d", s.o.Self, d, r.NextHop)
			}
		}
	}
}

// TestAlone proves that a controller without a neighbour serves clients after five seconds.
func TestAlone(t *testing.T) {
	l := newLab(t, 2)
	connect(l.stations[0], l.stations[1], false)
	l.run(4900 * ms)
	if l.stations[0].Synced() {
		t.Error("synced after 4.9 s")
	}
	l.run(200 * ms)
	if !l.stations[0].Synced() {
		t.Error("not synced after 5.1 s")
	}
}

// TestReroute proves what a cut link does to routes, and when: deflected while Suspect, another next
// hop once Down, the direct way again after the hold.
func TestReroute(t *testing.T) {
	l := newLab(t, 3)
	l.run(5 * time.Second)
	a, b := l.stations[0], l.stations[1]
	connect(a, b, false)
	for _, want := range []struct {
		after time.Duration
		route Route
	}{
		{300 * ms, Route{NextHop: 2, Alternate: 3, Suspect: true, Path: []int{2}}},
		{1300 * ms, Route{NextHop: 3, Path: []int{3, 2}}},
	} {
		l.run(want.after)
		got := a.Routes()[2]
		if got.NextHop != want.route.NextHop || got.Alternate != want.route.Alternate || got.Suspect != want.route.Suspect || len(got.Path) != len(want.route.Path) {
			t.Errorf("after the cut: %+v, want %+v", got, want.route)
		}
	}
	connect(a, b, true)
	l.run(7 * time.Second)
	if a.Routes()[2].NextHop != 3 && a.Routes()[2].NextHop != 2 {
		t.Errorf("lost: %+v", a.Routes()[2])
	}
	l.run(6 * time.Second)
	if got := a.Routes()[2]; got.NextHop != 2 {
		t.Errorf("after the hold: %+v", got)
	}
	l.level()
}

// TestHeldLost proves PROTOCOL 17: a killed controller is lost once all that are left hold it Suspect,
// one that only we cannot hear is not.
func TestHeldLost(t *testing.T) {
	l := newLab(t, 4)
	l.run(5 * time.Second)
	a := l.stations[0]
	connect(a, l.stations[1], false)
	l.run(3 * time.Second)
	if d := a.HeldLost(2, l.now); d != 0 {
		t.Errorf("only we cannot hear it: lost for %v", d)
	}
	l.remove(l.stations[3])
	began := l.now
	for a.HeldLost(4, l.now) < 100*ms {
		if l.run(10 * ms); l.now.Sub(began) > time.Second {
			t.Fatal("not lost a second after it was killed")
		}
	}
	t.Logf("lost for 100 ms %v after it was killed", l.now.Sub(began))
}

// TestGoodbye proves that peers reroute at once, while the controller that stops goes on forwarding.
func TestGoodbye(t *testing.T) {
	l := newLab(t, 3)
	l.run(5 * time.Second)
	leaving := l.stations[2]
	leaving.Goodbye(l.now)
	l.run(10 * ms)
	if r := l.stations[0].Routes()[3]; r.NextHop != 0 {
		t.Errorf("peer still routes to it: %+v", r)
	}
	if r := leaving.Routes()[1]; r.NextHop != 1 {
		t.Errorf("it dropped its own routes: %+v", r)
	}
	if v := leaving.Claim(1, ClaimBody{}, l.now); v != Stopped {
		t.Errorf("it still claims: %v", v)
	}
}

// TestWithdraw proves that a controller that gives up its ID is forgotten.
func TestWithdraw(t *testing.T) {
	l := newLab(t, 3)
	l.run(5 * time.Second)
	l.stations[2].Withdraw(l.now)
	l.run(100 * ms)
	for _, c := range l.stations[0].View(l.now).Controllers {
		if c.Origin == 3 {
			t.Errorf("still there: %+v", c)
		}
	}
}

// TestLostState proves that a controller that lost its numbers takes them up again where its earlier
// life left them, for its record and its routes, and says so.
func TestLostState(t *testing.T) {
	l := newLab(t, 3)
	old := l.stations[2]
	old.incarnation = 7
	old.SetLocal(Local{Routes: []Advertisement{{netip.MustParsePrefix("10.1.0.0/16"), 1}, {netip.MustParsePrefix("10.2.0.0/16"), 1}}}, l.now)
	l.run(3 * time.Second)
	l.remove(old)
	l.run(3 * time.Second)
	fresh := l.add(3, 1)
	for _, s := range l.stations[:2] {
		connect(fresh, s, true)
	}
	fresh.SetLocal(Local{Name: "fresh", Routes: []Advertisement{{netip.MustParsePrefix("10.2.0.0/16"), 5}}}, l.now)
	fresh.SetPeers([]int{1, 2}, l.now)
	l.run(3 * time.Second)
	l.level()
	if !fresh.has(func(e Effect) bool { return e == Adopted{7} }) {
		t.Error("it does not say which incarnation to keep")
	}
	r, _ := l.stations[0].records.get(3)
	if r.Name != "fresh" || r.Incarnation != 7 {
		t.Errorf("others know the record %+v", r)
	}
	best := l.stations[0].Advertised()
	if len(best) != 1 || best[0].Prefix != netip.MustParsePrefix("10.2.0.0/16") || best[0].Metric != 5 || best[0].Controller != 3 {
		t.Errorf("advertised: %+v", best)
	}
	for _, s := range l.stations {
		if s.has(func(e Effect) bool { _, ok := e.(DuplicateID); return ok }) {
			t.Errorf("controller %d gave an alarm of a shared ID", s.o.Self)
		}
	}
}

// TestCloneElsewhere proves that two controllers with one ID that share no peer are found out by their
// records: the younger stops, the elder goes on.
func TestCloneElsewhere(t *testing.T) {
	l := &lab{t: t, now: zero}
	elder, b, c := l.add(1, 1), l.add(2, 1), l.add(3, 1)
	l.now = l.now.Add(time.Second)
	clone := l.add(1, 1)
	connect(elder, b, true)
	connect(b, c, true)
	clone.tunnels[3], c.tunnels[1] = c, clone
	for _, s := range l.stations {
		var peers []int
		for id := range s.tunnels {
			peers = append(peers, id)
		}
		s.SetPeers(peers, l.now)
	}
	l.run(5 * time.Second)
	if !clone.View(l.now).Stopped {
		t.Error("the younger did not stop")
	}
	if elder.View(l.now).Stopped {
		t.Error("the elder stopped")
	}
	if !elder.has(func(e Effect) bool { d, ok := e.(DuplicateID); return ok && !d.Stopped }) {
		t.Error("the elder knows nothing of it")
	}
	for _, s := range l.stations[:3] {
		if view := s.View(l.now); !slices.Equal(view.Shared, []int{1}) {
			t.Errorf("controller %d knows of shared IDs %v", s.o.Self, view.Shared)
		}
		if told := s.count(func(e Effect) bool { event, ok := e.(Event); return ok && event.Code == IDShared }); told != 1 {
			t.Errorf("controller %d has %d events of it, want one", s.o.Self, told)
		}
	}
	l.run(time.Minute)
	if view := b.View(l.now); len(view.Shared) > 0 {
		t.Errorf("a minute after the younger stopped, IDs %v are still said to be shared", view.Shared)
	}
}

// TestFailOver proves how advertised routes are chosen: metric, cost, ID, and only from reachable
// controllers.
func TestFailOver(t *testing.T) {
	l := newLab(t, 3)
	prefix := netip.MustParsePrefix("192.168.0.0/24")
	for id, metric := range map[int]uint32{2: 10, 3: 5} {
		l.stations[id-1].SetLocal(Local{Routes: []Advertisement{{prefix, metric}}}, l.now)
	}
	l.run(3 * time.Second)
	a := l.stations[0]
	if best := a.Advertised(); len(best) != 1 || best[0].Controller != 3 || best[0].Others[0] != 2 {
		t.Errorf("advertised: %+v", best)
	}
	l.remove(l.stations[2])
	l.run(3 * time.Second)
	if best := a.Advertised(); len(best) != 1 || best[0].Controller != 2 || best[0].Others[0] != 3 {
		t.Errorf("controller 3 lost: %+v", best)
	}
	l.stations[1].SetLocal(Local{}, l.now)
	l.run(100 * ms)
	if best := a.Advertised(); len(best) != 1 || best[0].Controller != 0 {
		t.Errorf("withdrawn by 2, 3 lost: %+v", best)
	}
}

// TestLargestRecord proves that no record outgrows a datagram, whatever is configured.
func TestLargestRecord(t *testing.T) {
	l := newLab(t, 9)
	long := strings.Repeat("ä", 200)
	l.stations[0].SetLocal(Local{
		Name: long, Version: long, TopologyName: long, ClientEndpoint: long,
		Addresses: []string{long, long, long, long, long, long, long, long},
	}, l.now)
	l.run(3 * time.Second)
	l.level()
	r, _ := l.stations[8].records.get(1)
	if n := len(r.append(nil)); n < 700 || n+itemHeader+2 > datagram {
		t.Errorf("the record has %d bytes", n)
	}
	if !strings.HasPrefix(long, r.Name) || len(r.Name) != MaxText {
		t.Errorf("the name was cut to %q", r.Name)
	}
}

// TestRepair proves that items lost on the way are found by their roots and only their buckets sent.
func TestRepair(t *testing.T) {
	l := newLab(t, 2)
	a, b := l.stations[0], l.stations[1]
	l.run(2 * time.Second)
	const many = 10000
	for i := range many {
		a.Claim(i, ClaimBody{}, l.now)
	}
	l.run(5 * time.Second)
	l.level()
	b.deaf = items
	a.Claim(many, ClaimBody{}, l.now)
	l.run(500 * ms)
	b.deaf = nil
	if b.Holder(many) != 0 {
		t.Fatal("the claim was not lost")
	}
	before := a.bytes + b.bytes
	l.run(2500 * ms)
	l.level()
	beats := 2 * 108 * 20 * 5 / 2
	if spent := a.bytes + b.bytes - before - beats; spent > 15_000 {
		t.Errorf("the repair of one claim of %d cost %d bytes", many, spent)
	}
}

// TestBigStart proves that a controller that starts is level with 10,000 claims within three seconds,
// and serves no client before.
func TestBigStart(t *testing.T) {
	l := newLab(t, 3)
	l.run(2 * time.Second)
	for i := range 10000 {
		l.stations[i%2].Claim(i, ClaimBody{}, l.now)
	}
	l.run(5 * time.Second)
	l.remove(l.stations[2])
	fresh := l.add(3, 2)
	for _, s := range l.stations[:2] {
		connect(fresh, s, true)
	}
	fresh.SetPeers([]int{1, 2}, l.now)
	began := l.now
	for !fresh.Synced() {
		if fresh.Claim(1, ClaimBody{}, l.now) != NotReady {
			t.Fatal("it serves clients before it is level")
		}
		if l.run(50 * ms); l.now.Sub(began) > 10*time.Second {
			t.Fatal("not level after ten seconds")
		}
	}
	t.Logf("level with 10,000 claims after %v", l.now.Sub(began))
	if l.now.Sub(began) > 3*time.Second || fresh.claims.size != 10000 {
		t.Errorf("level after %v with %d claims", l.now.Sub(began), fresh.claims.size)
	}
}
