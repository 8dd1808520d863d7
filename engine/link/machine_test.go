package link

import (
	"math/rand/v2"
	"testing"
	"time"
)

const ms = time.Millisecond

// TestUp proves the three-way start: each end is Init when it hears the other, Up when the other says
// that it hears this process.
func TestUp(t *testing.T) {
	p := newPair(t, DefaultConfig())
	p.b.delay = 3 * ms
	p.run(100 * ms)
	p.expect(p.a, "3ms down→init not_heard_there", "53ms init→up ")
	p.expect(p.b, "1ms down→init not_heard_there", "51ms init→up ")
	if p.a.Held() || p.b.Held() {
		t.Error("the first Up is held")
	}
}

// TestSilence proves when a link without a word is Suspect and Down: three intervals, five echoes
// 12 ms apart, the time that the last answer takes; 1.5 s.
func TestSilence(t *testing.T) {
	p := up(t)
	p.b.cut = true // its newest heartbeat arrived at 10.001 s
	p.run(12 * time.Second)
	p.expect(p.a, "10.213s up→suspect silent", "11.501s suspect→down silent")
	// The other end hears that it is suspected, and then that it is not heard.
	p.expect(p.b, "10.251s up→suspect silent_there", "11.551s suspect→init not_heard_there")
}

// TestOneLostHeartbeatIsNothing proves that two lost heartbeats in a row change nothing, and that
// three do not if an echo is answered.
func TestOneLostHeartbeatIsNothing(t *testing.T) {
	for _, lost := range []time.Duration{60 * ms, 110 * ms, 160 * ms} {
		p := up(t)
		p.b.drop = func(packet []byte) bool { return packet[0] == typeHeartbeat }
		p.run(10*time.Second + lost)
		p.b.drop = nil
		p.run(11 * time.Second)
		p.expect(p.a)
		p.expect(p.b)
	}
}

// TestDataPostponesSuspectNotDown proves that a data path without heartbeats is never Suspect and
// still Down in time: a dead control loop must not stay Up.
func TestDataPostponesSuspectNotDown(t *testing.T) {
	p := up(t)
	p.b.cut = true
	for p.now < 12*time.Second {
		p.run(p.now + 20*ms)
		p.a.Data(p.clock())
	}
	p.expect(p.a, "11.501s up→down silent")
}

// TestOldDataIsNoEvidence proves that a packet is evidence of life once: its time, told again and again
// while the link is asked, does not put the verdict off.
func TestOldDataIsNoEvidence(t *testing.T) {
	p := up(t)
	p.b.cut = true
	newest := p.clock().Add(ms)
	p.run(10*time.Second + ms)
	for p.now < 10*time.Second+400*ms {
		p.a.Data(newest)
		p.run(p.now + 5*ms)
	}
	p.expect(p.a, "10.213s up→suspect silent")
}

// TestOneWay proves that a link that carries one direction only is never Up.
func TestOneWay(t *testing.T) {
	p := newPair(t, DefaultConfig())
	p.b.cut = true
	p.run(30 * time.Second)
	p.expect(p.a)
	p.expect(p.b, "1ms down→init not_heard_there")
}

// TestNoSessionIsNotUp proves that a peer that hears us does not make a link Up over which we cannot
// send.
func TestNoSessionIsNotUp(t *testing.T) {
	p := up(t)
	p.mute = true
	p.a.Session(time.Time{}, p.clock())
	p.run(p.now + 100*ms)
	p.expect(p.a, "10.001s up→init no_session")
	p.mute = false
	p.run(p.now + time.Second)
	if p.a.State() != Up {
		t.Errorf("with a new session: %v", p.a.State())
	}
}

// TestJitterIsNoSilence proves that what a link's packets are late by as a rule is not asked about,
// and that no jitter more than doubles the time to Suspect.
func TestJitterIsNoSilence(t *testing.T) {
	for _, c := range []struct{ jitter, want time.Duration }{
		{0, 150 * ms}, {10 * ms, 190 * ms}, {time.Second, 300 * ms},
	} {
		s := silence{heard: zero}
		if got := s.deadline(pace{suspectAfter: 150 * ms, jitter: c.jitter}).Sub(zero); got != c.want {
			t.Errorf("jitter %v: asks after %v, want %v", c.jitter, got, c.want)
		}
	}
}

// TestRecovery proves that Suspect ends after 150 ms of heartbeats, that a link back from Down is Up
// with the first one but held, and that holding doubles.
func TestRecovery(t *testing.T) {
	p := up(t)
	p.b.cut = true
	p.run(10*time.Second + 300*ms)
	p.b.cut = false
	p.run(11 * time.Second)
	p.expect(p.a, "10.213s up→suspect silent", "10.501s suspect→up ")
	for _, hold := range []time.Duration{3 * time.Second, 6 * time.Second, 12 * time.Second} {
		p.b.cut = true
		p.run(p.now + 2*time.Second)
		p.b.cut = false
		p.run(p.now + time.Second)
		s := p.a.Status()
		if s.State != Up || !s.Held || s.HeldUntil.Sub(s.Since) != hold || s.Cost < HeldCost {
			t.Errorf("back from Down: %v, held %v until %v after, cost %d; want held %v", s.State, s.Held, s.HeldUntil.Sub(s.Since), s.Cost, hold)
		}
	}
	p.run(p.now + 12*time.Second)
	if p.a.Held() || p.a.Cost() >= HeldCost {
		t.Error("still held after the hold")
	}
}

// TestRestart proves that a new process of the peer is seen at its first heartbeat, and not held
// unless it is the third start in a minute.
func TestRestart(t *testing.T) {
	p := up(t)
	for i, held := range []bool{false, true} {
		p.start(p.b, 2, DefaultConfig(), uint64(100+i))
		p.run(p.now + time.Second)
		s := p.a.Status()
		if s.State != Up || s.Held != held {
			t.Errorf("restart %d: %v, held %v, want up, %v", i, s.State, s.Held, held)
		}
	}
}

// TestBeganAnew proves that an end which is made anew by the same process, as on a change of our address
// in its table, is heard at once, also where its goodbye was lost; and that heartbeats of its life before,
// which come late, are not taken for it.
func TestBeganAnew(t *testing.T) {
	for name, goodbye := range map[string]bool{"goodbye": true, "goodbye lost": false} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, DefaultConfig())
			var last []byte
			p.a.drop = func(packet []byte) bool {
				if packet[0] == typeHeartbeat {
					last = packet
				}
				return false
			}
			p.run(time.Minute)
			if goodbye {
				p.own[0].Goodbye = true
				p.run(p.now + 100*time.Millisecond)
				p.own[0].Goodbye = false
			}
			late := last
			began := p.a.o.Started
			p.start(p.a, 1, DefaultConfig(), 11)
			p.a.o.Started = began
			p.run(p.now + time.Second)
			if p.a.State() != Up || p.b.State() != Up {
				t.Fatalf("a second later %v and %v", p.a.State(), p.b.State())
			}
			before := p.b.estimate.highest
			if err := p.b.Receive(late, p.clock()); err != nil || p.b.estimate.highest != before {
				t.Errorf("a late heartbeat: %v, sequence %d, want %d", err, p.b.estimate.highest, before)
			}
		})
	}
}

// TestGoodbye proves that a clean stop is Down at once.
func TestGoodbye(t *testing.T) {
	p := up(t)
	p.own[1].Goodbye = true
	p.b.Beat(p.own[1], p.clock())
	p.carry(p.b)
	p.run(p.now + 10*ms)
	p.expect(p.a, "10.001s up→down goodbye")
}

// TestLateTimersJudgeNobody proves that a machine that was frozen takes what it missed for its own
// fault.
func TestLateTimersJudgeNobody(t *testing.T) {
	p := up(t)
	p.now += 5 * time.Second
	p.flights = nil
	p.a.RunDue(Own{}, p.clock())
	p.carry(p.a)
	p.expect(p.a)
	if p.a.State() != Up {
		t.Errorf("a frozen controller holds its peer %v", p.a.State())
	}
}

// TestSessionSchedule proves PROTOCOL 6: both ends ask at once, the lower ID again at doubling
// intervals, the higher one every 2–3 s; nothing is sent before there is a session.
func TestSessionSchedule(t *testing.T) {
	p := newPair(t, DefaultConfig())
	p.mute = true
	p.run(20 * time.Second)
	want := []time.Duration{0, 300 * ms, 900 * ms, 2100 * ms, 4500 * ms, 9300 * ms, 14300 * ms, 19300 * ms}
	if len(p.a.asked) != len(want) {
		t.Fatalf("lower ID asked at %v, want %v", p.a.asked, want)
	}
	for i, at := range want {
		if p.a.asked[i] != at {
			t.Errorf("lower ID asked at %v, want %v", p.a.asked[i], at)
		}
	}
	for i := 1; i < len(p.b.asked); i++ {
		if gap := p.b.asked[i] - p.b.asked[i-1]; gap < 2*time.Second || gap > 3*time.Second {
			t.Errorf("higher ID asked %v after the time before", gap)
		}
	}
	if p.a.sequence != 0 || p.b.sequence != 0 {
		t.Error("heartbeats were sent without a session")
	}
}

// TestForget proves PROTOCOL 7: a peer refused for its clock is forgotten, at most every ten seconds,
// and never while the link is in use.
func TestForget(t *testing.T) {
	p := newPair(t, DefaultConfig())
	p.mute = true
	forgets := func() (n int) {
		for _, e := range p.a.effects {
			if _, ok := e.(Forget); ok {
				n++
			}
		}
		return n
	}
	for p.now < 15*time.Second {
		p.run(p.now + time.Second)
		p.a.Refused(p.clock())
		p.carry(p.a)
	}
	if forgets() != 2 {
		t.Errorf("forgot %d times in 15 s, want 2", forgets())
	}
	p = up(t)
	p.a.Refused(p.clock())
	if p.a.Effects(); forgets() != 0 || !p.a.session {
		t.Error("a peer in use was forgotten")
	}
}

// TestLossNeverFlaps proves the aims for random loss: at 5 % ten minutes without a reroute, at 20 %
// Suspect at times, and never Down.
func TestLossNeverFlaps(t *testing.T) {
	for _, c := range []struct {
		loss     float64
		suspects int
	}{{0.05, 0}, {0.2, 60}} {
		p := up(t)
		random := rand.New(rand.NewPCG(1, 2))
		lossy := func([]byte) bool { return random.Float64() < c.loss }
		p.a.drop, p.b.drop = lossy, lossy
		p.run(10 * time.Minute)
		suspects := 0
		for _, e := range p.a.effects {
			if changed, ok := e.(Changed); ok {
				if !changed.To.Usable() {
					t.Errorf("loss %v: %v", c.loss, changed)
				}
				if changed.To == Suspect {
					suspects++
				}
			}
		}
		if suspects > c.suspects {
			t.Errorf("loss %v: Suspect %d times in ten minutes, want at most %d", c.loss, suspects, c.suspects)
		}
		t.Logf("loss %v: Suspect %d times in ten minutes", c.loss, suspects)
	}
}

// TestMeasures proves RTT, clock offset and what both ends know of loss.
func TestMeasures(t *testing.T) {
	p := newPair(t, DefaultConfig())
	p.a.delay, p.b.delay = 20*ms, 20*ms
	p.b.skew = 2 * time.Second
	n := 0
	p.b.drop = func([]byte) bool { n++; return n%4 == 0 }
	p.run(time.Minute)
	s, there := p.a.Status(), p.b.Status()
	if s.RTT < 39*ms || s.RTT > 41*ms {
		t.Errorf("RTT %v, want 40 ms", s.RTT)
	}
	if d := (s.ClockOffset - 2*time.Second).Abs(); d > ms {
		t.Errorf("clock offset %v, want 2 s", s.ClockOffset)
	}
	if s.Loss < 0.2 || s.Loss > 0.3 || there.LossThere < 0.2 || there.LossThere > 0.3 {
		t.Errorf("loss %v here, %v as the peer is told; want 0.25", s.Loss, there.LossThere)
	}
	if want := uint32(BaseCost + 400 + 2000); s.Cost != want {
		t.Errorf("cost %d, want %d: 40 ms and the first class of loss", s.Cost, want)
	}
}

// TestSharedID proves PROTOCOL 10: of two processes that answer under one ID the younger is told to
// stop, the elder is told too, and only the elder is believed.
func TestSharedID(t *testing.T) {
	config := DefaultConfig()
	p := newPair(t, config)
	p.run(10 * time.Second)
	old := p.b
	clone := &end{delay: ms}
	p.start(clone, 2, config, 33)
	clone.Session(p.clock(), p.clock())
	say := func(e *end) {
		e.Beat(Own{}, p.clock())
		for _, effect := range e.Effects() {
			if send, ok := effect.(Send); ok {
				if err := p.a.Receive(send.Packet, p.clock()); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, effect := range p.a.Effects() {
			p.a.effects = append(p.a.effects, effect)
			if send, ok := effect.(Send); ok {
				if err := e.Receive(send.Packet, p.clock()); err != nil {
					t.Fatal(err)
				}
			}
		}
		e.effects = append(e.effects, e.Effects()...)
	}
	for range 3 {
		p.now += 100 * ms
		say(clone)
		p.now += 100 * ms
		say(old)
	}
	told := func(e *end, want Shared) bool {
		for _, effect := range e.effects {
			if effect == want {
				return true
			}
		}
		return false
	}
	if !told(clone, Shared{Own: true, Stop: true}) {
		t.Error("the younger was not told to stop")
	}
	if told(old, Shared{Own: true, Stop: true}) {
		t.Error("the elder was told to stop")
	}
	if !told(p.a, Shared{ElderSpoke: true}) {
		t.Error("the peer does not know when the elder spoke")
	}
	if p.a.Heard().Discriminator != 22 {
		t.Errorf("the peer believes process %d, want the elder, 22", p.a.Heard().Discriminator)
	}
	p.a.asked = nil
	p.run(p.now + time.Second) // the younger has stopped
	if len(p.a.asked) != 1 {
		t.Errorf("the peer initiated at %v, want once, to give the elder a session", p.a.asked)
	}
}

// TestMTU proves that the largest size that passes is found, in whole blocks below the ceiling, that a
// path that narrows and tells nobody is noticed within twelve seconds, and that neither plain loss nor a
// black hole shrinks what was found.
func TestMTU(t *testing.T) {
	for _, limit := range []int{0, 1380, 1280, 577, 576, 1419} {
		p := newPair(t, DefaultConfig())
		p.a.limit = limit
		p.a.SetMTU(1420, p.clock())
		p.run(20 * time.Second)
		want := limit / probeBlock * probeBlock
		if limit == 0 {
			want = 1420
		}
		if got := p.a.Status().MTU; got != want {
			t.Errorf("limit %d: found %d", limit, got)
		}
		p.a.limit = 1000
		p.run(p.now + 12*time.Second)
		if got, want := p.a.Status().MTU, min(1000/probeBlock*probeBlock, want); got != want {
			t.Errorf("path shrank to 1000: found %d, want %d", got, want)
		}
	}
	p := newPair(t, DefaultConfig())
	random := rand.New(rand.NewPCG(3, 4))
	p.a.drop = func([]byte) bool { return random.Float64() < 0.2 }
	p.a.SetMTU(1420, p.clock())
	for p.now < 30*time.Minute {
		p.run(p.now + probeConfirm)
		if got := p.a.Status().MTU; got != 1420 {
			t.Fatalf("20 %% loss, after %v: found %d, want 1420", p.now, got)
		}
	}
	p.a.drop = nil
	for p.now < 40*time.Minute {
		p.run(p.now + time.Duration(random.IntN(int(20*time.Second))))
		p.a.cut = !p.a.cut
		if got := p.a.Status().MTU; got != 1420 {
			t.Fatalf("black holes, after %v: found %d, want 1420", p.now, got)
		}
	}
}
