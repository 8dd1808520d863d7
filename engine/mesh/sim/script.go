package sim

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"vns3/engine/link"
	"vns3/engine/mesh"
)

// The times of a scripted run: failures until heal, then quiet until the end.
const (
	troubleFrom = time.Second
	healAt      = 17 * time.Second
	endAt       = 29 * time.Second
)

const (
	population = 20
	clientBeat = 500 * time.Millisecond // between two packets of a client
)

// script is a run in which everything fails that can.
type script struct {
	*World
	place [population]int // controller that each client sends to
}

// RunSeed runs five controllers (some seeds three to nine) for thirty virtual seconds: seventeen with
// failures, the rest quiet. The error says what was violated, and when.
func RunSeed(seed uint64, health link.Config) error {
	w := NewWorld(seed, 5, health)
	if seed%50 == 0 {
		w = NewWorld(seed, 3+int(seed/50%7), health)
	}
	s := &script{World: w}
	for i := range s.place {
		s.place[i] = s.any()
	}
	s.at(clientBeat, s.beat)
	for range 4 + w.rand.IntN(10) {
		w.at(s.moment(), s.trouble)
	}
	for range 30 {
		w.at(s.moment(), s.change)
	}
	w.at(healAt, s.heal)
	if err := w.RunLevel(endAt); err != nil {
		return err
	}
	if err := w.CheckQuiet(); err != nil {
		return err
	}
	s.checkClients()
	return w.failure
}

func (s *script) moment() time.Duration {
	return troubleFrom + time.Duration(s.rand.Int64N(int64(healAt-troubleFrom)))
}

func (s *script) any() int { return 1 + s.rand.IntN(s.count) }

func (s *script) pair() (int, int) {
	i := s.any()
	j := 1 + s.rand.IntN(s.count-1)
	if j >= i {
		j++
	}
	return i, j
}

// lasting is how long a failure lasts.
func (s *script) lasting() time.Duration {
	return time.Duration(50+s.rand.IntN(6000)) * time.Millisecond
}

// trouble makes something fail for a while.
func (s *script) trouble() {
	i, j := s.pair()
	until := s.now + s.lasting()
	switch s.rand.IntN(10) {
	case 0:
		s.paths[i][j].cut = true
		s.at(until, func() { s.paths[i][j].cut = false })
	case 1:
		s.cutBoth(i, j, true)
		s.at(until, func() { s.cutBoth(i, j, false) })
	case 2:
		s.paths[i][j].loss = s.rand.Float64() * 0.6
	case 3:
		s.paths[i][j].duplicates = s.rand.Float64()
		s.paths[i][j].scatter = time.Duration(s.rand.IntN(200)) * time.Millisecond
	case 4:
		s.partition(true)
		s.at(until, func() { s.partition(false) })
	case 5, 6:
		s.crash(i, s.rand.IntN(2) == 0)
		s.at(until, func() { s.revive(i) })
	case 7:
		s.machines[i].frozenUntil = until
	case 8:
		s.machines[i].skew += time.Duration(s.rand.IntN(20000)-10000) * time.Millisecond
	case 9:
		delay := time.Duration(s.rand.IntN(150)) * time.Millisecond
		s.paths[i][j].delay, s.paths[j][i].delay = delay, delay
	}
}

func (s *script) cutBoth(i, j int, cut bool) { s.paths[i][j].cut, s.paths[j][i].cut = cut, cut }

// partition cuts the lower half of the IDs from the others, or joins them.
func (s *script) partition(cut bool) {
	for i := 1; i <= s.count/2; i++ {
		for j := s.count/2 + 1; j <= s.count; j++ {
			s.cutBoth(i, j, cut)
		}
	}
}

func (s *script) revive(id int) {
	if s.machines[id].core == nil {
		s.start(id)
	}
}

// change is something that administrators and clients do.
func (s *script) change() {
	id := s.any()
	m := s.machines[id]
	if m.core == nil {
		return
	}
	switch s.rand.IntN(6) {
	case 0:
		m.draining = !m.draining
		s.setLocal(id)
	case 1:
		m.routes = s.someRoutes()
		s.setLocal(id)
	case 2:
		on := s.rand.IntN(2) == 0
		s.check(id, m.core.SetPack(s.rand.IntN(population), mesh.PackChange{Enabled: &on, Regenerate: on}, s.clock()))
	case 3:
		tags := map[string]string{"site": fmt.Sprint(s.rand.IntN(100))}
		s.check(id, m.core.SetPack(s.rand.IntN(population), mesh.PackChange{Tags: tags}, s.clock()))
	default:
		s.place[s.rand.IntN(population)] = id
	}
	s.after(id)
}

func (s *script) someRoutes() []mesh.Advertisement {
	var routes []mesh.Advertisement
	for range s.rand.IntN(4) {
		prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(s.rand.IntN(5)), 0, 0}), 16)
		routes = append(routes, mesh.Advertisement{Prefix: prefix, Metric: uint32(s.rand.IntN(3))})
	}
	return routes
}

// beat lets each client send a packet to its controller; where that is gone, to another one.
func (s *script) beat() {
	for index, id := range s.place {
		m := s.machines[id]
		if m.core == nil {
			s.place[index] = s.any()
			continue
		}
		if s.now >= m.frozenUntil {
			m.core.Claim(index, mesh.ClaimBody{Since: epoch, LastHandshake: epoch}, s.clock())
			s.after(id)
		}
	}
	s.at(s.now+clientBeat, s.beat)
}

// heal ends all failures.
func (s *script) heal() {
	for i := 1; i <= s.count; i++ {
		for j := 1; j <= s.count; j++ {
			s.paths[i][j] = path{delay: min(s.paths[i][j].delay, s.paths[j][i].delay)}
		}
		s.machines[i].frozenUntil = min(s.machines[i].frozenUntil, s.now)
		s.revive(i)
	}
}

// checkClients checks that each client has one holder, the same for all: the controller it sends to,
// unless it moved so often that it is frozen.
func (s *script) checkClients() {
	for index, place := range s.place {
		first := s.machines[1].core.Holder(index)
		for i := 1; i <= s.count; i++ {
			if h := s.machines[i].core.Holder(index); h != first || h == 0 {
				s.fail(i, "client %d is held by %d here, by %d at controller 1", index, h, first)
			}
		}
		if first != place && s.machines[place].core.FrozenUntil(index, s.clock()).IsZero() {
			s.fail(place, "client %d sends here and is held by %d", index, first)
		}
	}
}

func sortedIndices(m map[int][]byte) []int { return slices.Sorted(maps.Keys(m)) }
