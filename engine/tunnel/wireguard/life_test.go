package wireguard

import (
	"testing"
	"testing/synctest"
	"time"

	"vns3/engine/tunnel/memnet"
)

// What waits without an answer is asked for every five seconds, for 90 seconds; then it is given up.
func TestRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New(1)
		us := newOurs(t, setup{network: network, at: atA, to: atB, self: 1, peer: 2})
		began := time.Now()
		us.say(1)
		us.say(2) // within five seconds: nothing more is sent
		synctest.Wait()
		if n := network.Sent(); n != 1 {
			t.Fatalf("%d datagrams for the first packets", n)
		}
		time.Sleep(10 * time.Minute)
		if n := network.Sent(); n != 1+maxAttempts {
			t.Errorf("%d initiations in %v, want %d", n, time.Since(began), 1+maxAttempts)
		}
		us.peer.order.Lock()
		if len(us.peer.staged) > 0 {
			t.Error("packets still wait for a session that was given up")
		}
		us.peer.order.Unlock()
	})
}

// A session's times, to the millisecond: an empty packet 10 s after data that was not answered, a new
// handshake 15 s after data to which nothing came, packets wait when the session is 180 s old, and its keys
// are forgotten after 540 s.
func TestTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New(1)
		a, b := pair(t, network, Options{}, Options{})
		a.say(1)
		b.hear(t, 1)
		synctest.Wait()
		sentAfter := func(d time.Duration) int {
			before := network.Sent()
			time.Sleep(d)
			synctest.Wait()
			return network.Sent() - before
		}
		if n := sentAfter(KeepaliveTimeout - time.Millisecond); n != 0 {
			t.Errorf("%d datagrams before a keepalive is due", n)
		}
		if n := sentAfter(2 * time.Millisecond); n != 1 {
			t.Errorf("%d datagrams when a keepalive is due", n)
		}
		if n := sentAfter(time.Minute); n != 0 {
			t.Errorf("%d datagrams while nothing is owed", n)
		}
		network.SetBoth(atA, atB, memnet.Path{Loss: 1})
		a.say(2)
		synctest.Wait()
		if n := sentAfter(KeepaliveTimeout + RekeyTimeout - time.Millisecond); n != 0 {
			t.Errorf("%d datagrams before a new handshake is due", n)
		}
		if n := sentAfter(2 * time.Millisecond); n != 1 {
			t.Errorf("%d datagrams when a new handshake is due", n)
		}
		network.SetBoth(atA, atB, memnet.Path{})
		a.say(3) // in the old session
		b.hear(t, 3)
		time.Sleep(2*RekeyTimeout + RejectAfterTime) // after the handshake that succeeded
		if a.peer.Connected() || b.peer.Connected() {
			t.Error("a session that is too old is sent with")
		}
		time.Sleep(forgetSessions)
		synctest.Wait()
		for _, d := range []*ours{a, b} {
			if d.Device.mu.RLock(); len(d.index) != 0 || d.peer.current.Load() != nil {
				t.Errorf("%d indices are in use when all sessions are long over", len(d.index))
			}
			d.Device.mu.RUnlock()
		}
		b.say(4)
		a.hear(t, 4)
	})
}

// A persistent keepalive begins a session and comes as often as was asked.
func TestPersistentKeepalive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New(1)
		newOurs(t, setup{network: network, at: atB, self: 2, peer: 1})
		c := newOurs(t, setup{network: network, at: atA, to: atB, self: 1, peer: 2, keepalive: 25 * time.Second})
		synctest.Wait()
		if !c.peer.Connected() {
			t.Error("a keepalive does not begin a session")
		}
		before := network.Sent()
		time.Sleep(100*time.Second + time.Millisecond)
		if n := network.Sent() - before; n != 4 {
			t.Errorf("%d datagrams in 100 s, want a keepalive every 25 s", n)
		}
	})
}

// A session that the peer began and never used is forgotten like any other: no keys are kept for good.
func TestUnusedSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newOurs(t, setup{network: memnet.New(1), at: atB, self: 2, peer: 1})
		indices := func() int {
			b.Device.mu.RLock()
			defer b.Device.mu.RUnlock()
			return len(b.index)
		}
		b.Handle(recordInitiation(t), memnet.Endpoint{})
		if n := indices(); n != 1 {
			t.Fatalf("%d sessions were begun, want one", n)
		}
		time.Sleep(forgetSessions)
		synctest.Wait()
		if n := indices(); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
	})
}

// What the owner demands is a session that begins later: one that the peer had begun before and uses only
// now does not end the demand.
func TestDemandedSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New(1)
		network.SetBoth(atA, atB, memnet.Path{Delay: 25 * time.Millisecond})
		a, b := pair(t, network, Options{}, Options{})
		b.initiate()
		time.Sleep(30 * time.Millisecond) // answered, and the answer is on its way
		began := time.Now()
		a.initiate()
		a.say(1)
		b.hear(t, 1)
		if took := time.Since(began); took > 75*time.Millisecond {
			t.Errorf("the packet arrived after %v, want one and a half round trips", took)
		}
	})
}

// Initiations that cross leave a session in each direction, and packets go both ways at once.
func TestCrossing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New(1)
		network.SetBoth(atA, atB, memnet.Path{Delay: 25 * time.Millisecond})
		a, b := pair(t, network, Options{}, Options{})
		began := time.Now()
		for n := range uint32(100) {
			a.initiate()
			b.initiate()
			a.say(n)
			b.say(n)
			a.hear(t, n)
			b.hear(t, n)
			time.Sleep(initiationsApart)
		}
		if took := time.Since(began); took > 100*(75*time.Millisecond+initiationsApart) {
			t.Errorf("100 crossings took %v", took)
		}
	})
}

// An initiation that was there before, or that is older than one that was, is not answered and told; it
// is accepted when the owner says that the peer is to be forgotten.
func TestReplayedInitiation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New(1)
		refused, answered := 0, 0
		b := newOurs(t, setup{network: network, at: atB, self: 2, peer: 1, options: Options{
			Refused: func(*Peer) { refused++ }, Answered: func(*Peer) { answered++ },
		}})
		first, second := recordInitiation(t), []byte(nil)
		time.Sleep(time.Second)
		second = recordInitiation(t)
		from := memnet.Endpoint{}
		for _, c := range []struct {
			packet            []byte
			answered, refused int
		}{{second, 1, 0}, {second, 1, 1}, {first, 1, 2}} {
			b.Handle(append([]byte(nil), c.packet...), from)
			if answered != c.answered || refused != c.refused {
				t.Errorf("%d answered and %d refused, want %d and %d", answered, refused, c.answered, c.refused)
			}
			time.Sleep(initiationsApart)
		}
		b.peer.Forget()
		b.Handle(first, from)
		if answered != 2 {
			t.Error("refused although the peer was forgotten")
		}
	})
}

// recordInitiation returns an initiation of 1 to 2.
func recordInitiation(t testing.TB) []byte { return recordInitiationOf(t, 1, 2) }

func recordInitiationOf(t testing.TB, self, peer byte) []byte {
	t.Helper()
	d := newOurs(t, setup{network: memnet.New(1), at: atA, to: atB, self: self, peer: peer})
	d.initiate()
	return d.tap.last()
}
