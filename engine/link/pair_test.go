package link

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var zero = time.Unix(1_800_000_000, 0)

// end is one of the two ends of a link under test, with what its path to the other end does.
type end struct {
	*Machine
	cut     bool                     // what it sends is lost
	drop    func(packet []byte) bool // so is what this says; nil: nothing
	delay   time.Duration            // of what it sends
	skew    time.Duration            // of its wall clock
	asked   []time.Duration          // times of Initiate
	changes []string                 // "212ms up→suspect silent"
	effects []Effect                 // all but Send
	limit   int                      // largest inner packet that passes; 0: all
}

// flight is a packet on its way.
type flight struct {
	at     time.Duration
	to     *end
	packet []byte
}

// pair is two ends and the packets between them, in virtual time.
type pair struct {
	t       *testing.T
	now     time.Duration
	a, b    *end // IDs 1 and 2
	flights []flight
	own     [2]Own
	mute    bool // Initiate leads to no session
}

func newPair(t *testing.T, config Config) *pair {
	p := &pair{t: t, a: &end{delay: time.Millisecond}, b: &end{delay: time.Millisecond}}
	p.start(p.a, 1, config, 11)
	p.start(p.b, 2, config, 22)
	return p
}

func (p *pair) clock() time.Time { return zero.Add(p.now) }

// start begins a new process at one end.
func (p *pair) start(e *end, id int, config Config, discriminator uint64) {
	e.Machine = New(Options{
		Self: id, Peer: 3 - id, Config: config, Discriminator: discriminator, Started: p.clock(),
		Rand: rand.New(rand.NewPCG(1, uint64(id))),
		Wall: func(now time.Time) time.Time { return now.Add(e.skew) },
	}, p.clock())
}

// run lets time go on, carrying packets and sessions.
func (p *pair) run(until time.Duration) {
	for {
		next := until + 1
		for _, e := range []*end{p.a, p.b} {
			if d := e.NextDeadline(); !d.IsZero() {
				next = min(next, max(d.Sub(zero), p.now))
			}
		}
		for _, f := range p.flights {
			next = min(next, f.at)
		}
		if next > until {
			p.now = until
			return
		}
		p.now = next
		p.step()
	}
}

func (p *pair) step() {
	var due []flight
	p.flights = slices.DeleteFunc(p.flights, func(f flight) bool {
		if f.at <= p.now {
			due = append(due, f)
			return true
		}
		return false
	})
	for _, f := range due {
		if err := f.to.Receive(f.packet, p.clock()); err != nil {
			p.t.Fatalf("at %v: %v", p.now, err)
		}
	}
	for i, e := range []*end{p.a, p.b} {
		e.RunDue(p.own[i], p.clock())
		p.carry(e)
	}
}

// carry carries out effects.
func (p *pair) carry(e *end) {
	other := p.b
	if e == p.b {
		other = p.a
	}
	for _, effect := range e.Effects() {
		switch effect := effect.(type) {
		case Send:
			lost := e.cut || (e.drop != nil && e.drop(effect.Packet)) || (e.limit > 0 && len(effect.Packet)+ipv4Header > e.limit)
			if !lost {
				p.flights = append(p.flights, flight{p.now + e.delay, other, effect.Packet})
			}
			continue
		case Initiate:
			e.asked = append(e.asked, p.now)
			if !p.mute {
				e.Session(p.clock().Add(1), p.clock())
				other.Session(p.clock().Add(1), p.clock())
			}
		case Changed:
			e.changes = append(e.changes, fmt.Sprintf("%v %v→%v %v", p.now, effect.From, effect.To, effect.Reason))
		}
		e.effects = append(e.effects, effect)
	}
}

// expect compares what changed with what should have, and forgets it.
func (p *pair) expect(e *end, want ...string) {
	p.t.Helper()
	if !slices.Equal(e.changes, want) {
		p.t.Errorf("changes:\n got %q\nwant %q", e.changes, want)
	}
	e.changes = nil
}

// up runs the pair until both ends are Up and calm, just after a heartbeat of each.
func up(t *testing.T) *pair {
	p := newPair(t, DefaultConfig())
	p.run(10 * time.Second)
	if p.a.State() != Up || p.b.State() != Up {
		t.Fatalf("states %v and %v after ten seconds", p.a.State(), p.b.State())
	}
	p.a.changes, p.b.changes = nil, nil
	p.a.effects, p.b.effects = nil, nil
	return p
}
