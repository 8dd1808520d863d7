package clients

import (
	"net/netip"
	"testing"
	"time"
)

// TestFrozenIsNotOffered proves that a controller that drains keeps a frozen client, which nobody else may
// take, until it may move again.
func TestFrozenIsNotOffered(t *testing.T) {
	w := newWorld(t, 2)
	w.attach(1, 0)
	w.frozen = w.now.Add(20 * time.Second)
	w.cores[1].SetPolicy(Policy{Licensed: 9, Takeover: true, Draining: true})
	if w.run(19 * time.Second); w.asked(2, Initiate{}, 0) != 0 {
		t.Error("a frozen client was offered")
	}
	if w.run(2 * time.Second); w.asked(2, Initiate{}, 0) == 0 {
		t.Error("a client that may move again was not offered")
	}
}

// TestFrozenSpeaksElsewhere proves that a frozen client that two controllers hear stays where it is, and that
// its holder lets it go when it hears the client no longer: it went to the other one by itself.
func TestFrozenSpeaksElsewhere(t *testing.T) {
	w := newWorld(t, 2)
	w.attach(1, 0)
	w.frozen = w.now.Add(time.Hour)
	w.run(time.Second)
	w.attach(2, 0)
	both := func(d time.Duration) {
		for range d / time.Second {
			w.cores[1].Heard(0, w.now)
			w.cores[2].Heard(0, w.now)
			w.run(time.Second)
		}
	}
	if both(10 * time.Second); w.Holder(0) != 1 || w.cores[2].Served() != 1 {
		t.Fatalf("held by %d, controller 2 serves %d", w.Holder(0), w.cores[2].Served())
	}
	w.cores[2].Heard(0, w.now)
	if w.run(letGoAfter + 100*time.Millisecond); w.Holder(0) != 2 || w.cores[1].Served() != 0 {
		t.Errorf("held by %d, controller 1 serves %d", w.Holder(0), w.cores[1].Served())
	}
}

// TestKnockedAgain proves that a client that knocked at its former controller and did not come leaves that
// device soon, and not only after the three minutes that a session lasts.
func TestKnockedAgain(t *testing.T) {
	w := newWorld(t, 2)
	w.attach(1, 0)
	w.cores[1].SetPolicy(Policy{Licensed: 9, Takeover: true, Draining: true})
	w.run(20 * time.Millisecond)
	w.cores[2].Heard(0, w.now)
	w.run(leaveFor / 2)
	if !w.cores[1].Admit(Knock{Index: 0, Stamp: [12]byte{255}, From: home}, w.now) {
		t.Fatal("it was not admitted")
	}
	if w.run(pendingFor + unused + time.Second); w.Holder(0) != 2 || w.cores[1].Served() != 0 {
		t.Errorf("held by %d, controller 1 serves %d", w.Holder(0), w.cores[1].Served())
	}
}

// TestMovedWhileInsisting proves that a client that changed its address soon after it was taken over is
// offered at the new one: keepalives go on for half a minute after a takeover.
func TestMovedWhileInsisting(t *testing.T) {
	away := netip.MustParseAddrPort("192.0.2.9:4002")
	w := newWorld(t, 3)
	w.attach(1, 0)
	w.alive = w.alive.Without(1)
	w.run(5 * time.Second)
	holder := w.Holder(0)
	w.cores[holder].Heard(0, w.now)
	w.run(time.Second)
	w.cores[holder].Polled([]Report{{Index: 0, LastHandshake: w.now, RxBytes: 1, Endpoint: away}}, w.now)
	if c := w.cores[holder].served[0]; c.seizure == nil || c.endpoint != away || w.claims[0].Endpoint != away {
		t.Errorf("it is looked for at %v, all are told %v", c.endpoint, w.claims[0].Endpoint)
	}
}
