package sim

import (
	"time"

	"vns3/engine/clients"
	"vns3/engine/link"
	"vns3/engine/mesh"
)

// The times of a run with client servers: failures until calmAt, then nothing fails any longer.
const (
	calmAt      = 15 * time.Second
	loadedAt    = calmAt + 4*time.Second  // every client has its newest clientpack
	settledAt   = calmAt + 20*time.Second // from here on nobody moves
	judgedAt    = settledAt + 10*time.Second
	rebalanceAt = judgedAt + 6*time.Second
	evenAt      = rebalanceAt + 10*time.Second
	speakBefore = time.Second // also the quiet ones speak so long before they are judged
)

// siege is a run in which controllers fail, drain and are cut off while client servers move.
type siege struct {
	script
	holders [population]int  // once settled
	frozen  [population]bool // they moved so often that they may not move by will
}

// RunTakeovers runs five controllers (some seeds two to nine) with twenty client servers for a virtual
// minute: fifteen seconds with failures, the rest quiet. The error says what was violated, and when.
func RunTakeovers(seed uint64, health link.Config) error { return newSiege(seed, health).Run(evenAt) }

func newSiege(seed uint64, health link.Config) *siege {
	count := 5
	if seed%3 == 0 {
		count = 2 + int(seed/3%8)
	}
	s := &siege{script: script{World: newWorld(seed, count, health, true)}}
	for index := range population {
		r := s.addRoamer(index, s.any())
		r.quiet = index%4 == 0
	}
	for range 3 + s.rand.IntN(6) {
		s.at(s.spell(), s.besiege)
	}
	for range 30 {
		s.at(s.spell(), s.stir)
	}
	s.at(calmAt, s.calm)
	s.at(loadedAt, s.loadAll)
	s.at(settledAt, s.note)
	s.at(judgedAt-speakBefore, s.speakAll)
	s.at(judgedAt, s.judge)
	s.at(rebalanceAt, s.rebalance)
	s.at(evenAt-speakBefore, s.speakAll)
	s.at(evenAt, s.judgeEven)
	return s
}

func (s *siege) spell() time.Duration {
	return 3*time.Second + time.Duration(s.rand.Int64N(int64(calmAt-4*time.Second)))
}

// besiege makes something fail for a while. Clocks are at most three seconds wrong: longer than that a
// client takes nothing from a controller whose clock is behind.
func (s *siege) besiege() {
	const most = 3 * time.Second
	s.trouble()
	for i := 1; i <= s.count; i++ {
		s.machines[i].skew = max(-most, min(most, s.machines[i].skew))
	}
}

// stir is something that administrators, clients and their networks do.
func (s *siege) stir() {
	id, r := s.any(), s.crowd[s.rand.IntN(len(s.crowd))]
	m := s.machines[id]
	if m.core == nil || s.now < m.frozenUntil {
		return
	}
	switch s.rand.IntN(9) {
	case 0:
		m.draining = !m.draining
		s.setLocal(id)
	case 1, 2:
		on := s.rand.IntN(2) == 0
		s.check(id, m.core.SetPack(r.index, mesh.PackChange{Enabled: &on}, s.clock()))
	case 3:
		s.check(id, m.core.SetPack(r.index, mesh.PackChange{Regenerate: true}, s.clock()))
		fresh, to := m.core.Pack(r.index).Epoch, s.any()
		s.at(s.now+s.lasting()/2, func() { s.load(r, fresh, to) })
	case 4:
		if !r.quiet { // nobody can know before it speaks
			s.rebind(r)
		}
	case 5:
		s.ask(r, s.any())
	case 6:
		if !r.quiet {
			r.loss = s.rand.Float64() / 2
		}
	case 7:
		m.server.Disconnect(r.index, s.clock())
	case 8:
		m.server.RebalanceAll(s.clock())
	}
	s.after(id)
}

// calm ends all failures.
func (s *siege) calm() {
	s.heal()
	for i := 1; i <= s.count; i++ {
		s.machines[i].skew = 0
	}
	for _, r := range s.crowd {
		r.loss = 0
	}
}

// loadAll gives every client its newest clientpack.
func (s *siege) loadAll() {
	for _, r := range s.crowd {
		if newest := s.machines[1].core.Pack(r.index).Epoch; newest != r.epoch {
			s.load(r, newest, r.to)
		}
	}
}

func (s *siege) speakAll() {
	for _, r := range s.crowd {
		s.speakUp(r)
	}
}

// note remembers who holds whom.
func (s *siege) note() {
	for index := range s.holders {
		s.holders[index] = s.machines[1].core.Holder(index)
	}
	s.noteFrozen()
}

// judge checks every client once nothing has failed for long, and lets all of them in.
func (s *siege) judge() {
	idle := link.Bitmap(0)
	for i := 1; i <= s.count; i++ {
		if s.machines[i].draining {
			idle = idle.With(i)
		}
	}
	for _, r := range s.crowd {
		holder := s.checkClient(r)
		if s.frozen[r.index] {
			continue
		}
		if holder != s.holders[r.index] {
			s.fail(holder, "client %d went there from %d although nothing failed", r.index, s.holders[r.index])
		}
		if holder != 0 && idle.Has(holder) && idle != s.everyone() {
			s.fail(holder, "it drains and holds client %d", r.index)
		}
	}
	for index := range population {
		on := true
		s.check(1, s.machines[1].core.SetPack(index, mesh.PackChange{Enabled: &on}, s.clock()))
	}
	for i := 1; i <= s.count; i++ {
		s.machines[i].draining = false
		s.setLocal(i)
		s.after(i)
	}
}

func (s *siege) everyone() (all link.Bitmap) {
	for _, id := range s.ids() {
		all = all.With(id)
	}
	return all
}

// rebalance sends everybody where it belongs, but those that moved so often that they are frozen.
func (s *siege) rebalance() {
	s.noteFrozen()
	s.machines[1].server.RebalanceAll(s.clock())
	s.after(1)
}

func (s *siege) noteFrozen() {
	for index := range s.frozen {
		s.frozen[index] = false
		for i := 1; i <= s.count; i++ {
			s.frozen[index] = s.frozen[index] || !s.machines[i].core.FrozenUntil(index, s.clock()).IsZero()
		}
	}
}

// judgeEven checks that every client is where it belongs, which is even.
func (s *siege) judgeEven() {
	held, whole := map[int]int{}, true
	for _, r := range s.crowd {
		holder := s.checkClient(r)
		held[holder]++
		if s.frozen[r.index] || holder == 0 {
			whole = false
		} else if want := clients.Assigned(r.index, s.count, s.everyone()); holder != want {
			s.fail(holder, "after a rebalance it holds client %d, which belongs to %d", r.index, want)
		}
	}
	for id := 1; whole && id <= s.count; id++ {
		if share := population / s.count; held[id] < share || held[id] > share+1 {
			s.fail(id, "after a rebalance it holds %d of %d clients", held[id], population)
		}
	}
}

// checkClient checks one client: everybody agrees on who holds it; that one has its session, and the client
// gets answers. Of a disabled pack nobody has anything. It returns the holder.
func (s *siege) checkClient(r *roamer) int {
	holder := s.machines[1].core.Holder(r.index)
	enabled := s.machines[1].core.Pack(r.index).Enabled
	_, known := s.machines[1].core.ClaimOf(r.index)
	for i := 1; i <= s.count; i++ {
		m := s.machines[i]
		if h := m.core.Holder(r.index); h != holder {
			s.fail(i, "client %d is held by %d here, by %d at controller 1", r.index, h, holder)
		}
		if seat := m.gate.seats[r.index]; seat != nil && i != holder {
			s.fail(i, "its device serves client %d, which %d holds", r.index, holder)
		}
	}
	switch {
	case !enabled && holder != 0:
		s.fail(holder, "it holds client %d, which is disabled", r.index)
	case !enabled:
	case holder == 0 && r.quiet && !known:
		// All that knew of it have lost their state. Its session is renewed within two minutes.
	case holder == 0:
		s.fail(r.to, "nobody holds client %d, which sends here", r.index)
	case s.machines[holder].gate.seats[r.index] == nil:
		s.fail(holder, "it holds client %d and does not serve it", r.index)
	case r.to != holder || s.now-r.answered > speakBefore:
		s.fail(holder, "it holds client %d, which sends to %d and got its last answer %v ago", r.index, r.to, s.now-r.answered)
	}
	return holder
}

// checkServed checks what must hold at every instant: the device has exactly the clients that the core
// serves, and none of a disabled pack.
func (w *World) checkServed(id int) {
	m := w.machines[id]
	if m.server == nil {
		return
	}
	if served := m.server.Served(); served != len(m.gate.seats) {
		w.fail(id, "the core serves %d clients, the device %d", served, len(m.gate.seats))
	}
	for index := range m.gate.seats {
		if !m.core.Pack(index).Enabled {
			w.fail(id, "it serves client %d, which is disabled", index)
		}
	}
}
