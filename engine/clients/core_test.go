package clients

import (
	"iter"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"vns3/engine/link"
	"vns3/engine/mesh"
)

// world is some controllers with one mesh that tells everything at once, and letters that arrive at once.
type world struct {
	t      *testing.T
	now    time.Time
	claims map[int]mesh.Claim
	packs  map[int]mesh.Pack
	cores  map[int]*Core
	alive  link.Bitmap
	frozen time.Time        // until then no client moves by will
	done   map[int][]Effect // what each controller was asked to do, letters and polls apart
}

// seat is the mesh as one controller sees it.
type seat struct {
	*world
	id     int
	synced bool
}

func newWorld(t *testing.T, n int) *world {
	w := &world{t: t, now: start, claims: map[int]mesh.Claim{}, packs: map[int]mesh.Pack{}, cores: map[int]*Core{}, done: map[int][]Effect{}}
	for id := 1; id <= n; id++ {
		w.alive = w.alive.With(id)
		w.cores[id] = New(id, &seat{w, id, true})
		w.cores[id].SetPolicy(Policy{Licensed: 9, Takeover: true})
	}
	w.run(standing + time.Second)
	return w
}

func (s *seat) Synced() bool { return s.synced }

func (w *world) Pack(index int) mesh.Pack {
	if p, ok := w.packs[index]; ok {
		return p
	}
	return mesh.Pack{Index: index, Enabled: true}
}

func (w *world) ClaimOf(index int) (mesh.Claim, bool) { c, ok := w.claims[index]; return c, ok }

func (w *world) Holder(index int) int {
	if c, ok := w.claims[index]; ok && !c.Released {
		return c.Holder
	}
	return 0
}

func (w *world) Claims() iter.Seq[mesh.Claim] { return maps.Values(w.claims) }

func (w *world) FrozenUntil(index int, now time.Time) time.Time {
	if now.Before(w.frozen) && w.Holder(index) != 0 {
		return w.frozen
	}
	return time.Time{}
}

func (s *seat) Claim(index int, body mesh.ClaimBody, now time.Time) mesh.ClaimVerdict {
	old := s.claims[index]
	if s.Holder(index) != s.id {
		if !s.FrozenUntil(index, now).IsZero() {
			return mesh.Frozen
		}
		old.Counter++
	}
	s.claims[index] = mesh.Claim{Index: index, Counter: old.Counter, Holder: s.id, ClaimBody: body}
	s.tell(index)
	return mesh.Claimed
}

func (s *seat) Release(index int, now time.Time) {
	c := s.claims[index]
	c.Released = true
	s.claims[index] = c
	s.tell(index)
}

func (w *world) tell(index int) {
	for id := range w.alive.All() {
		w.cores[id].ClaimChanged(index, w.now)
	}
}

// settle carries letters and waits for devices until nothing more follows.
func (w *world) settle() {
	for again := true; again; {
		again = false
		for id := range w.alive.All() {
			for _, effect := range w.cores[id].Effects() {
				again = true
				switch e := effect.(type) {
				case Send:
					if w.alive.Has(e.Letter.To) {
						l, err := DecodeLetter(e.Letter.Encode())
						if err != nil {
							w.t.Fatal(err)
						}
						w.cores[e.Letter.To].Letter(l, w.now)
					}
				case Poll:
					w.cores[id].Polled(nil, w.now)
				default:
					w.done[id] = append(w.done[id], effect)
				}
			}
		}
	}
}

func (w *world) run(d time.Duration) {
	for end := w.now.Add(d); w.now.Before(end); {
		w.now = w.now.Add(busyTick)
		for id := range w.alive.All() {
			all := link.Bitmap(0)
			for known := range w.cores {
				all = all.With(known)
			}
			s := sees(id, all, w.alive)
			for other, core := range w.cores {
				if core.policy.Draining {
					s.Draining = s.Draining.With(other)
				}
			}
			w.cores[id].Tick(s, w.now)
		}
		w.settle()
	}
}

var home = netip.MustParseAddrPort("192.0.2.1:4000")

// attach lets a client shake hands with a controller and speak.
func (w *world) attach(id, index int) {
	w.t.Helper()
	if !w.cores[id].Admit(Knock{Index: index, Stamp: [12]byte{byte(w.now.Unix() >> 8), byte(w.now.Unix()), byte(index)}, From: home}, w.now) {
		w.t.Fatalf("controller %d refused client %d", id, index)
	}
	w.cores[id].Heard(index, w.now)
	w.settle()
}

// asked counts what a controller was asked to do with a client, by the type of the example.
func (w *world) asked(id int, like Effect, index int) (n int) {
	for _, effect := range w.done[id] {
		v := reflect.ValueOf(effect)
		if v.Type() == reflect.TypeOf(like) && v.FieldByName("Index").Int() == int64(index) {
			n++
		}
	}
	return n
}

// TestAdmit proves who is let in: nobody before the mesh is synced, no disabled pack, and no initiation
// that is not newer than the newest one that any controller admitted.
func TestAdmit(t *testing.T) {
	w := newWorld(t, 2)
	knock := func(at int, stamp byte) Knock { return Knock{Index: at, Stamp: [12]byte{stamp}, From: home} }
	w.packs[2] = mesh.Pack{Index: 2}
	if w.cores[1].Admit(knock(2, 1), w.now) {
		t.Error("a disabled pack was admitted")
	}
	if !w.cores[1].Admit(knock(1, 5), w.now) || w.Holder(1) != 0 {
		t.Error("a good initiation was refused, or is an attachment already")
	}
	if w.cores[1].Admit(knock(1, 5), w.now) {
		t.Error("the same initiation was admitted twice")
	}
	w.cores[1].Heard(1, w.now)
	if w.Holder(1) != 1 {
		t.Error("a client that spoke is not attached")
	}
	if w.cores[2].Admit(knock(1, 5), w.now) || w.cores[2].Admit(knock(1, 4), w.now) {
		t.Error("a recorded initiation was admitted elsewhere")
	}
	if !w.cores[2].Admit(knock(1, 6), w.now) {
		t.Error("a newer initiation was refused elsewhere")
	}
	w.cores[1].mesh.(*seat).synced = false
	if w.cores[1].Admit(knock(3, 1), w.now) {
		t.Error("admitted before the mesh was synced")
	}
}

// TestTakeover proves that the clients of a lost controller are taken over once each, about evenly, some
// 130 ms after all hold it bad, that no more than 50 handshakes are under way, and that a client that
// does not answer is tried by the next controller.
func TestTakeover(t *testing.T) {
	w := newWorld(t, 3)
	const n = 200
	for index := range n {
		w.attach(1, index)
	}
	w.alive = w.alive.Without(1)
	w.run(90 * time.Millisecond)
	if len(w.cores[2].served)+len(w.cores[3].served) > 0 {
		t.Error("taken over before 100 ms")
	}
	w.run(40 * time.Millisecond)
	for id := 2; id <= 3; id++ {
		if waiting := w.cores[id].handshakes(w.now); waiting == 0 || waiting > inFlight {
			t.Errorf("controller %d has %d handshakes under way", id, waiting)
		}
	}
	silent := Order(0, w.alive, 0) // client 0 never answers
	for range 40 {
		for id := 2; id <= 3; id++ {
			for index := range w.cores[id].served {
				if index != 0 {
					w.cores[id].Heard(index, w.now)
				}
			}
		}
		w.run(20 * time.Millisecond)
	}
	held := map[int]int{}
	for index := range n {
		held[w.Holder(index)]++
	}
	if held[1] > 0 || held[2] < 75 || held[3] < 75 {
		t.Errorf("who has how many: %v", held)
	}
	if w.Holder(0) != silent[0] {
		t.Errorf("client 0 is tried by %d, its order is %v", w.Holder(0), silent)
	}
	w.run(5 * time.Second)
	if w.Holder(0) != silent[1] {
		t.Errorf("client 0 did not answer %d and is tried by %d", silent[0], w.Holder(0))
	}
	w.run(10 * time.Second)
	if w.Holder(0) != silent[1] || w.asked(silent[0], Remove{}, 0) != 1 {
		t.Errorf("client 0 went back to %d", w.Holder(0))
	}
	if first := w.asked(silent[0], Initiate{}, 0); first < 3 || first > 8 {
		t.Errorf("%d initiations in three seconds", first)
	}
}

// TestDrainOrder proves the order of a hand-over: the client stays with its holder until it answers the
// taker, which then claims it; the old session is kept a little longer; a taker that it does not answer is
// given up and another asked; undo brings nothing back by itself, a rebalance does.
func TestDrainOrder(t *testing.T) {
	w := newWorld(t, 3)
	w.attach(1, 0)
	w.cores[1].SetPolicy(Policy{Licensed: 9, Takeover: true, Draining: true})
	w.run(20 * time.Millisecond)
	mute := w.cores[1].served[0].offer.to
	if w.Holder(0) != 1 || w.asked(mute, Configure{}, 0) != 1 || w.asked(mute, Initiate{}, 0) != 1 {
		t.Errorf("held by %d, controller %d did %v", w.Holder(0), mute, w.done[mute])
	}
	w.run(offerFor + 100*time.Millisecond)
	to := w.cores[1].served[0].offer.to
	if to == mute || w.asked(mute, Remove{}, 0) != 1 || w.Holder(0) != 1 {
		t.Fatalf("held by %d, %d did not answer, and %d is asked", w.Holder(0), mute, to)
	}
	w.cores[to].Heard(0, w.now)
	w.settle()
	if w.Holder(0) != to {
		t.Errorf("the client spoke to %d and is held by %d", to, w.Holder(0))
	}
	w.run(leaveFor - 20*time.Millisecond)
	if w.asked(1, Remove{}, 0) != 0 {
		t.Error("the old session ended at once")
	}
	w.run(100 * time.Millisecond)
	if w.asked(1, Remove{}, 0) != 1 {
		t.Error("the old session did not end")
	}
	w.run(2 * time.Second)
	if got := w.asked(to, Keepalive{}, 0); got != len(keepalives) {
		t.Errorf("%d keepalives", got)
	}
	w.cores[1].SetPolicy(Policy{Licensed: 9, Takeover: true})
	w.run(time.Second)
	if w.Holder(0) != to {
		t.Error("the client was snatched back")
	}
	w.cores[3].RebalanceAll(w.now)
	w.run(20 * time.Millisecond)
	w.cores[Assigned(0, 9, w.alive)].Heard(0, w.now)
	w.run(100 * time.Millisecond)
	if want := Assigned(0, 9, w.alive); w.Holder(0) != want {
		t.Errorf("after the rebalance %d has the client that is assigned to %d", w.Holder(0), want)
	}
}

// TestTakerKeepsWhatIsOffered proves that a hand-over goes on although the holder tells something new of the
// client meanwhile: else its session with the taker would be gone just when it begins to use it.
func TestTakerKeepsWhatIsOffered(t *testing.T) {
	w := newWorld(t, 3)
	w.attach(1, 0)
	w.cores[1].SetPolicy(Policy{Licensed: 9, Takeover: true, Draining: true})
	w.run(20 * time.Millisecond)
	to := w.cores[1].served[0].offer.to
	claim := w.claims[0]
	claim.RxBytes++
	w.claims[0] = claim
	w.tell(0)
	w.settle()
	if w.asked(to, Remove{}, 0) != 0 {
		t.Error("the taker gave it up")
	}
	w.cores[to].Heard(0, w.now)
	if w.settle(); w.Holder(0) != to {
		t.Errorf("it answered %d and is held by %d", to, w.Holder(0))
	}
}

// TestStandbyEndpoint proves that a takeover reaches a client where this controller itself has seen it,
// and that an old standby initiation played again from elsewhere changes nothing.
func TestStandbyEndpoint(t *testing.T) {
	w := newWorld(t, 2)
	seen, forged := netip.MustParseAddrPort("192.0.2.1:5555"), netip.MustParseAddrPort("203.0.113.9:1")
	w.attach(1, 0)
	w.cores[2].Admit(Knock{Index: 0, Stamp: [12]byte{1}, From: seen, Standby: true}, w.now)
	w.cores[2].Admit(Knock{Index: 0, Stamp: [12]byte{1}, From: forged, Standby: true}, w.now)
	w.alive = w.alive.Without(1)
	w.run(busyTick)
	w.cores[2].TakeOverAll(1, w.now)
	w.run(50 * time.Millisecond)
	if i := slices.IndexFunc(w.done[2], func(e Effect) bool { _, ok := e.(Initiate); return ok }); i < 0 || w.done[2][i].(Initiate).Endpoint != seen {
		t.Errorf("asked for: %v", w.done[2])
	}
}

// TestClaimedAtOnce proves that a client which came to one controller by itself stays there, when another
// one claimed it at the same moment for a takeover and has not reached it.
func TestClaimedAtOnce(t *testing.T) {
	w := newWorld(t, 3)
	w.attach(2, 0)
	w.claims[0] = mesh.Claim{Index: 0, Counter: w.claims[0].Counter, Holder: 1, ClaimBody: mesh.ClaimBody{Since: w.now}}
	w.tell(0)
	w.settle()
	if w.Holder(0) != 2 || w.asked(2, Remove{}, 0) != 0 {
		t.Errorf("held by %d, controller 2 did %v", w.Holder(0), w.done[2])
	}
}

// TestRestart proves that a controller that restarted takes up the clients that it held.
func TestRestart(t *testing.T) {
	w := newWorld(t, 3)
	w.attach(1, 0)
	w.cores[1] = New(1, &seat{w, 1, true})
	w.run(50 * time.Millisecond)
	if w.asked(1, Initiate{}, 0) != 1 || w.Holder(0) != 1 {
		t.Errorf("it did %v", w.done[1])
	}
	w = newWorld(t, 3)
	w.attach(1, 0)
	w.cores[1] = New(1, &seat{w, 1, true})
	w.now = w.now.Add(time.Second)
	if w.attach(1, 0); w.claims[0].Since.IsZero() {
		t.Error("of one that came by itself before, it is not known since when it is here")
	}
}

// TestForget proves that a client leaves the device when its pack is disabled, when it is disconnected
// from anywhere, and when it has been silent for longer than a session lasts.
func TestForget(t *testing.T) {
	for name, end := range map[string]func(*world){
		"disabled": func(w *world) {
			w.packs[0] = mesh.Pack{Index: 0}
			w.cores[1].PackChanged(0, false, w.now)
		},
		"new key":      func(w *world) { w.cores[1].PackChanged(0, true, w.now) },
		"disconnected": func(w *world) { w.cores[2].Disconnect(0, w.now) },
		"silent":       func(w *world) { w.run(gone + time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 2)
			w.attach(1, 0)
			w.run(100 * time.Second)
			if w.Holder(0) != 1 {
				t.Fatal("gone before its time")
			}
			end(w)
			w.settle()
			if w.Holder(0) != 0 || w.asked(1, Remove{}, 0) != 1 || w.cores[1].Served() != 0 {
				t.Errorf("held by %d, served %d", w.Holder(0), w.cores[1].Served())
			}
		})
	}
}
