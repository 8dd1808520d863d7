package mesh

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"vns3/engine/link"
)

var zero = time.Unix(1_800_000_000, 0)

const (
	ms   = time.Millisecond
	wire = 2 * ms // delay of every tunnel in the lab
)

// station is a core in the lab.
type station struct {
	*Core
	tunnels map[int]*station // by peer ID: whom the tunnel reaches
	effects []Effect         // all but Send
	items   int              // datagrams with items that it sent
	bytes   int              // that it sent
	deaf    func(packet []byte) bool
}

// parcelPost is a packet on its way.
type parcelPost struct {
	at     time.Time
	from   int
	to     *station
	packet []byte
}

// lab is cores with perfect tunnels between them, in virtual time. A WireGuard session is there as
// soon as it is asked for.
type lab struct {
	t        *testing.T
	now      time.Time
	stations []*station
	post     []parcelPost
	lives    uint64
}

// newLab returns n controllers with IDs from 1, each peered with each.
func newLab(t *testing.T, n int) *lab {
	l := &lab{t: t, now: zero}
	for id := 1; id <= n; id++ {
		l.add(id, 1)
	}
	for _, a := range l.stations {
		for _, b := range l.stations {
			if a != b {
				a.tunnels[b.o.Self] = b
			}
		}
	}
	for _, s := range l.stations {
		s.SetPeers(l.ids(), l.now)
	}
	return l
}

func (l *lab) ids() (ids []int) {
	for _, s := range l.stations {
		ids = append(ids, s.o.Self)
	}
	return ids
}

// add adds a controller without peers.
func (l *lab) add(id int, incarnation uint64) *station {
	l.lives++
	s := &station{tunnels: map[int]*station{}}
	s.Core = New(Options{
		Self: id, Incarnation: incarnation, Discriminator: 1000*uint64(id) + l.lives, Started: l.now,
		Health: link.DefaultConfig(), Rand: rand.New(rand.NewPCG(uint64(id), l.lives)),
	}, l.now)
	s.SetLocal(Local{Name: "controller", LicensedControllers: 3}, l.now)
	l.stations = append(l.stations, s)
	return s
}

// remove takes a controller away without a word.
func (l *lab) remove(s *station) {
	l.stations = slices.DeleteFunc(l.stations, func(o *station) bool { return o == s })
	for _, o := range l.stations {
		for peer, to := range o.tunnels {
			if to == s {
				delete(o.tunnels, peer)
			}
		}
	}
}

// connect gives two controllers a tunnel, or takes it.
func connect(a, b *station, on bool) {
	if on {
		a.tunnels[b.o.Self], b.tunnels[a.o.Self] = b, a
		return
	}
	delete(a.tunnels, b.o.Self)
	delete(b.tunnels, a.o.Self)
}

// run lets time go on.
func (l *lab) run(d time.Duration) {
	until := l.now.Add(d)
	for {
		for _, s := range l.stations {
			l.carry(s)
		}
		next := until
		for _, s := range l.stations {
			if at := s.NextDeadline(); at.Before(next) {
				next = at
			}
		}
		for _, p := range l.post {
			if p.at.Before(next) {
				next = p.at
			}
		}
		if next.After(l.now) {
			l.now = next
		}
		if !l.now.Before(until) {
			return
		}
		l.step()
	}
}

func (l *lab) step() {
	var due []parcelPost
	l.post = slices.DeleteFunc(l.post, func(p parcelPost) bool {
		if p.at.After(l.now) {
			return false
		}
		due = append(due, p)
		return true
	})
	for _, p := range due {
		if err := p.to.Receive(p.from, p.packet, l.now); err != nil {
			l.t.Fatalf("controller %d: %v", p.to.o.Self, err)
		}
		l.carry(p.to)
	}
	for _, s := range slices.Clone(l.stations) {
		s.RunDue(l.now)
		l.carry(s)
	}
}

func (l *lab) carry(s *station) {
	for _, e := range s.Effects() {
		switch e := e.(type) {
		case Send:
			if len(e.Packet) > datagram {
				l.t.Fatalf("controller %d sends %d bytes of type %d", s.o.Self, len(e.Packet), e.Packet[0])
			}
			s.bytes += len(e.Packet)
			if e.Packet[0] == typeItems {
				s.items++
			}
			if to := s.tunnels[e.Peer]; to != nil && (to.deaf == nil || !to.deaf(e.Packet)) {
				l.post = append(l.post, parcelPost{l.now.Add(wire), s.o.Self, to, e.Packet})
			}
		case Initiate:
			if to := s.tunnels[e.Peer]; to != nil {
				s.Session(e.Peer, l.now.Add(1), l.now)
				to.Session(s.o.Self, l.now.Add(1), l.now)
			}
		default:
			s.effects = append(s.effects, e)
		}
	}
}

// level checks that all controllers know the same.
func (l *lab) level() {
	l.t.Helper()
	for _, s := range l.stations[1:] {
		if s.Roots() != l.stations[0].Roots() {
			l.t.Errorf("controllers %d and %d differ: %x, %x", l.stations[0].o.Self, s.o.Self, l.stations[0].Roots(), s.Roots())
		}
	}
}

// has reports whether an effect happened.
func (s *station) has(match func(Effect) bool) bool { return s.count(match) > 0 }

// count is how many effects match.
func (s *station) count(match func(Effect) bool) (n int) {
	for _, e := range s.effects {
		if match(e) {
			n++
		}
	}
	return n
}
