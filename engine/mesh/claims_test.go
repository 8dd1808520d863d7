package mesh

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestClaimSpreadsOnce proves that a claim reaches eight controllers as eight datagrams, not 64, and
// that claims made within 20 ms travel together.
func TestClaimSpreadsOnce(t *testing.T) {
	l := newLab(t, 9)
	l.run(5 * time.Second)
	for _, s := range l.stations {
		s.items = 0
	}
	for i := range 10 {
		l.stations[0].Claim(i, ClaimBody{}, l.now)
		l.run(ms)
	}
	l.run(100 * ms)
	l.level()
	sent := 0
	for _, s := range l.stations {
		sent += s.items
	}
	if sent != 8 {
		t.Errorf("%d datagrams for ten claims to eight controllers, want 8", sent)
	}
	if l.stations[8].Holder(9) != 1 {
		t.Error("the claim did not arrive")
	}
}

// TestClaimGoesRound proves that a claim reaches a controller to which its holder has no link.
func TestClaimGoesRound(t *testing.T) {
	l := newLab(t, 3)
	connect(l.stations[0], l.stations[2], false)
	l.run(5 * time.Second)
	l.stations[0].Claim(1, ClaimBody{}, l.now)
	l.run(100 * ms)
	if h := l.stations[2].Holder(1); h != 1 {
		t.Errorf("held by %d, want 1", h)
	}
}

// TestClaimGoesRoundSilence proves the same while its holder only suspects the link.
func TestClaimGoesRoundSilence(t *testing.T) {
	l := newLab(t, 3)
	l.run(5 * time.Second)
	connect(l.stations[0], l.stations[2], false)
	l.run(300 * ms)
	l.stations[0].Claim(1, ClaimBody{}, l.now)
	l.run(100 * ms)
	if h := l.stations[2].Holder(1); h != 1 {
		t.Errorf("held by %d, want 1", h)
	}
}

// TestPace proves that however much waits, at most burst datagrams go every pace.
func TestPace(t *testing.T) {
	var claims table[Claim]
	var o outbox
	for i := range 5000 {
		c := Claim{Index: i, Holder: 1}
		claims.put(c, zero)
		o.add(ref{Claims, c.key()}, zero)
	}
	stores := [kinds]store{Claims: &claims}
	if o.due != zero.Add(coalesce) {
		t.Errorf("first due after %v, want %v", o.due.Sub(zero), coalesce)
	}
	sent := 0
	for !o.due.IsZero() {
		now := o.due
		packets := o.takeBulk(&stores, now)
		if sent += len(packets); len(packets) > burst {
			t.Fatalf("%d datagrams at once", len(packets))
		}
		o.add(ref{Claims, 0}, now)
		if o.due.Before(now.Add(pace)) {
			t.Fatalf("due again after %v, want %v", o.due.Sub(now), pace)
		}
		if len(o.bulk) == 1 {
			break
		}
	}
	if sent < 100 {
		t.Errorf("%d datagrams for 5,000 claims", sent)
	}
}

// TestContest proves PROTOCOL 20: claims made at the same time go to the lowest ID, the loser claims
// again after two seconds of valid packets and at most once a second, five moves freeze the client
// for a minute, and the loss of its holder unfreezes it.
func TestContest(t *testing.T) {
	l := newLab(t, 3)
	l.run(2 * time.Second)
	a, b, c := l.stations[0], l.stations[1], l.stations[2]
	a.Claim(5, ClaimBody{}, l.now)
	b.Claim(5, ClaimBody{}, l.now)
	l.run(50 * ms)
	for _, s := range l.stations {
		if h := s.Holder(5); h != 1 {
			t.Errorf("controller %d: held by %d, want the lowest ID, 1", s.o.Self, h)
		}
	}
	if v := b.Claim(5, ClaimBody{}, l.now); v != TooSoon {
		t.Errorf("50 ms after it was taken: %v", v)
	}
	if v := c.Claim(5, ClaimBody{LastHandshake: l.now}, l.now); v != Claimed {
		t.Errorf("a client that answered elsewhere stays with a holder that it did not answer: %v", v)
	}
	l.run(50 * ms)
	if v := b.Claim(5, ClaimBody{LastHandshake: l.now}, l.now); v != TooSoon {
		t.Errorf("100 ms after it was taken, from a holder that it answered: %v", v)
	}
	l.run(2 * time.Second)
	if v := b.Claim(5, ClaimBody{}, l.now); v != Claimed {
		t.Errorf("2 s after it was taken: %v", v)
	}
	for range 3 {
		for _, s := range []*station{a, b} {
			s.Claim(6, ClaimBody{}, l.now)
			l.run(2100 * ms)
		}
	}
	if v := a.Claim(6, ClaimBody{}, l.now); v != Frozen {
		t.Fatalf("after five moves: %v", v)
	}
	if c.FrozenUntil(6, l.now).IsZero() {
		t.Error("a bystander does not know that it is frozen")
	}
	if !c.has(func(e Effect) bool { event, ok := e.(Event); return ok && event.Code == ClaimFrozen }) {
		t.Error("no event")
	}
	l.remove(b)
	l.run(3 * time.Second)
	if v := a.Claim(6, ClaimBody{}, l.now); v != Claimed {
		t.Errorf("after its holder was lost: %v", v)
	}
}

// TestRelease proves that a released client is nobody's, and may be claimed at once.
func TestRelease(t *testing.T) {
	l := newLab(t, 2)
	l.run(2 * time.Second)
	a, b := l.stations[0], l.stations[1]
	at := netip.MustParseAddrPort("203.0.113.7:4500")
	a.Claim(3, ClaimBody{Endpoint: at, HandshakeTimestamp: [12]byte{9}}, l.now)
	l.run(100 * ms)
	a.Release(3, l.now)
	l.run(100 * ms)
	claim, ok := b.ClaimOf(3)
	if !ok || !claim.Released || claim.Endpoint != at || b.Holder(3) != 0 {
		t.Errorf("after the release: %+v", claim)
	}
	if v := b.Claim(3, ClaimBody{HandshakeTimestamp: [12]byte{8}}, l.now); v != Claimed {
		t.Errorf("claim after the release: %v", v)
	}
	l.run(100 * ms)
	claim, _ = a.ClaimOf(3)
	if claim.Holder != 2 || claim.HandshakeTimestamp != [12]byte{9} {
		t.Errorf("the newest handshake timestamp went back: %+v", claim)
	}
	if n := a.View(l.now).Controllers[1].Clients; n != 1 {
		t.Errorf("controller 2 holds %d clients, want 1", n)
	}
}

// TestPartitionedPacks proves PROTOCOL 12: after a cut heals, each field is the later change; of
// concurrent ones disabled and checked out win.
func TestPartitionedPacks(t *testing.T) {
	l := newLab(t, 2)
	l.run(2 * time.Second)
	a, b := l.stations[0], l.stations[1]
	on, off := true, false
	set := func(s *station, change PackChange) {
		t.Helper()
		if err := s.SetPack(1, change, l.now); err != nil {
			t.Fatal(err)
		}
	}
	set(a, PackChange{Enabled: &on, CheckedOut: &off})
	l.run(100 * ms)
	connect(a, b, false)
	l.run(2 * time.Second)
	set(a, PackChange{Enabled: &off, CheckedOut: &off, Regenerate: true})
	set(b, PackChange{Enabled: &on, CheckedOut: &on})
	set(b, PackChange{Tags: map[string]string{"site": "b"}})
	connect(a, b, true)
	l.run(10 * time.Second)
	l.level()
	for _, s := range l.stations {
		p := s.Pack(1)
		if p.Enabled || !p.CheckedOut || p.Epoch != 1 || p.Tags["site"] != "b" {
			t.Errorf("controller %d: %+v", s.o.Self, p)
		}
	}
	set(b, PackChange{Enabled: &on, Tags: map[string]string{}})
	l.run(100 * ms)
	if p := a.Pack(1); !p.Enabled || len(p.Tags) != 0 {
		t.Errorf("a later change does not win: %+v", p)
	}
	if err := a.SetPack(1, PackChange{Tags: map[string]string{"clear": "\x1b[2J"}}, l.now); err == nil {
		t.Error("a tag that clears the screens of whoever lists it was taken")
	}
	if err := a.SetPack(1, PackChange{Tags: map[string]string{"long": strings.Repeat("x", 100)}}, l.now); err == nil {
		t.Error("a long tag is accepted")
	}
}

// TestCheckOut proves that a clientpack is handed out once: own share at once, another's only with
// every peer Up and by the one controller that decides about it, whoever asks at the same time.
func TestCheckOut(t *testing.T) {
	l := newLab(t, 3) // shares: index mod 3
	l.run(2 * time.Second)
	a, b, c := l.stations[0], l.stations[1], l.stations[2]
	if v := a.CheckOut(0, l.now); v != CheckedOut {
		t.Errorf("own share: %v", v)
	}
	if v := a.CheckOut(0, l.now); v != AlreadyOut {
		t.Errorf("a second time: %v", v)
	}
	granted := func(s *station, want CheckOutVerdict) bool {
		return s.has(func(e Effect) bool { return e == Granted{2, want} })
	}
	if v, w := a.CheckOut(2, l.now), b.CheckOut(2, l.now); v != Asked || w != Asked {
		t.Fatalf("of controller 3's share: %v and %v", v, w)
	}
	if v := c.CheckOut(2, l.now); v != CheckedOut {
		t.Errorf("its own controller: %v", v)
	}
	l.run(100 * ms)
	for _, s := range []*station{a, b} {
		if granted(s, CheckedOut) || !granted(s, AlreadyOut) {
			t.Errorf("controller %d was granted what 3 handed out: %v", s.o.Self, s.effects)
		}
	}
	if v := a.CheckOut(5, l.now); v != Asked {
		t.Errorf("of controller 3's share: %v", v)
	}
	l.run(100 * ms)
	if !a.Pack(5).CheckedOut || !a.has(func(e Effect) bool { return e == Granted{5, CheckedOut} }) {
		t.Error("not granted")
	}
	l.remove(c)
	l.run(3 * time.Second)
	if v := a.CheckOut(8, l.now); v != PeersMissing {
		t.Errorf("of another's share with a peer missing: %v", v)
	}
	if v := a.CheckOut(3, l.now); v != CheckedOut {
		t.Errorf("own share with a peer missing: %v", v)
	}
}

// TestCheckOutUnanswered proves that a check-out ends when nobody answers.
func TestCheckOutUnanswered(t *testing.T) {
	l := newLab(t, 2)
	l.run(2 * time.Second)
	l.stations[1].deaf = func(packet []byte) bool { return packet[0] == typeGrantRequest }
	if v := l.stations[0].CheckOut(1, l.now); v != Asked {
		t.Fatalf("%v", v)
	}
	l.run(2100 * ms)
	if !l.stations[0].has(func(e Effect) bool { return e == Granted{1, NoAnswer} }) {
		t.Error("it still waits after two seconds")
	}
}
