package clients

import (
	"net/netip"
	"testing"
	"time"

	"vns3/engine/mesh"
)

var dead = []byte("in a session that nobody has")

// TestDeadSession proves that a client that sends only packets of a session that its holder does not have is
// called after a second, and not before: what was on its way when it moved says nothing.
func TestDeadSession(t *testing.T) {
	w := newWorld(t, 3)
	w.attach(1, 0)
	w.cores[1].Astray(dead, home, w.now)
	if w.run(takenAfter); w.asked(1, Initiate{}, 0) != 0 {
		t.Error("called for a packet that was on its way")
	}
	w.run(50 * time.Millisecond)
	w.cores[1].Astray(dead, home, w.now)
	w.cores[1].Astray(dead, home, w.now)
	if w.run(50 * time.Millisecond); w.asked(1, Initiate{}, 0) != 1 || w.Holder(0) != 1 {
		t.Errorf("held by %d, controller 1 did %v", w.Holder(0), w.done[1])
	}
}

// TestHeldByNobody proves that a client whose session was ended, and that does not know yet, is called by the
// controller that it sends to, or by another one if that drains, at most once a second; and is claimed only
// when it answers.
func TestHeldByNobody(t *testing.T) {
	for _, drains := range []bool{false, true} {
		w := newWorld(t, 3)
		w.attach(1, 0)
		w.cores[2].Disconnect(0, w.now)
		w.settle()
		caller := 3
		if drains {
			w.cores[3].SetPolicy(Policy{Licensed: 9, Takeover: true, Draining: true})
			caller = Order(0, w.alive.Without(3), 0)[0]
			w.run(20 * time.Millisecond)
		}
		for range 50 {
			w.cores[3].Astray(dead, home, w.now)
		}
		w.run(time.Second)
		w.cores[3].Astray(dead, home, w.now)
		w.settle()
		began := 1
		if caller == 1 {
			began = 2 // it attached there
		}
		if w.Holder(0) != 0 || w.asked(caller, Initiate{}, 0) != 3 || w.asked(caller, Configure{}, 0) != began {
			t.Errorf("drains %v: held by %d, controller %d did %v", drains, w.Holder(0), caller, w.done[caller])
		}
		w.cores[caller].Heard(0, w.now)
		if w.settle(); w.Holder(0) != caller {
			t.Errorf("drains %v: it answered %d and is held by %d", drains, caller, w.Holder(0))
		}
	}
}

// TestElsewhereMeanwhile proves that a client that another controller had and let go leaves the device here,
// unless it has just spoken here: then it is claimed again.
func TestElsewhereMeanwhile(t *testing.T) {
	for _, speaks := range []bool{false, true} {
		w := newWorld(t, 2)
		w.attach(2, 0)
		w.run(time.Second)
		if speaks {
			w.cores[2].Heard(0, w.now)
		}
		w.claims[0] = mesh.Claim{Index: 0, Counter: 9, Holder: 1, Released: true, ClaimBody: mesh.ClaimBody{Endpoint: home}}
		w.tell(0)
		w.settle()
		holder, served := w.Holder(0), w.cores[2].Served()
		if speaks && (holder != 2 || served != 1) || !speaks && (holder != 0 || served != 0) {
			t.Errorf("speaks %v: held by %d, served %d", speaks, holder, served)
		}
	}
}

// TestBothPlaces proves that a client is looked for in turn where this controller saw it and where its
// holder did: either may be the newer place.
func TestBothPlaces(t *testing.T) {
	w := newWorld(t, 3)
	seen := netip.MustParseAddrPort("192.0.2.1:5555")
	w.attach(1, 0)
	for _, id := range []int{2, 3} {
		w.cores[id].Admit(Knock{Index: 0, Stamp: [12]byte{1}, From: seen, Standby: true}, w.now)
	}
	w.alive = w.alive.Without(1)
	w.run(1200 * time.Millisecond)
	var tried []netip.AddrPort
	for _, effect := range w.done[w.Holder(0)] {
		if e, ok := effect.(Initiate); ok {
			tried = append(tried, e.Endpoint)
		}
	}
	if len(tried) != 3 || tried[0] != seen || tried[1] != home || tried[2] != seen {
		t.Errorf("tried %v", tried)
	}
}

// TestHandedOverInDoubt proves that a hand-over ends the old session also where it had been doubtful whether
// the client was here.
func TestHandedOverInDoubt(t *testing.T) {
	w := newWorld(t, 3)
	w.attachTwice(1, 2)
	w.cores[2].SetPolicy(Policy{Licensed: 9, Takeover: true, Draining: true})
	w.run(20 * time.Millisecond)
	to := w.cores[2].served[0].offer.to
	w.cores[to].Heard(0, w.now)
	if w.run(leaveFor + doubtFor + 50*time.Millisecond); w.Holder(0) != to || w.cores[2].Served() != 0 {
		t.Errorf("held by %d, controller 2 serves %d", w.Holder(0), w.cores[2].Served())
	}
}

// TestStraysFromAnotherAddress proves that a client whose packets keep coming by way of another controller is
// looked for where that one sees it, since it may have moved, in turns with where it was seen from here, since
// a NAT may show each controller another address.
func TestStraysFromAnotherAddress(t *testing.T) {
	moved := netip.MustParseAddrPort("192.0.2.77:4002")
	w := newWorld(t, 2)
	w.attach(1, 0)
	w.cores[2].Admit(Knock{Index: 0, Stamp: [12]byte{1}, From: moved, Standby: true}, w.now)
	var at []netip.AddrPort
	for range 15 {
		w.done[1] = nil
		w.cores[2].Astray(dead, moved, w.now)
		w.settle()
		for _, effect := range w.done[1] {
			if feed, is := effect.(Feed); is {
				at = append(at, feed.Endpoint)
			}
		}
		w.run(100 * time.Millisecond)
	}
	if len(at) != 15 {
		t.Fatalf("%d of 15 packets arrived", len(at))
	}
	for i, endpoint := range at {
		want := home
		if i/5 == 1 {
			want = moved
		}
		if endpoint != want {
			t.Errorf("after %d ms it is looked for at %v, want %v", i*100, endpoint, want)
		}
	}
}
