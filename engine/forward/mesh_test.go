package forward

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"

	xipv4 "golang.org/x/net/ipv4"

	"vns3/engine/forward/ipv4"
)

// carry takes what goes out at one port to the other, as two devices and a network without loss would.
// It ends when from is closed.
func carry(from, to *Port) {
	bufs, sizes := lend(from.BatchSize())
	packets := make([][]byte, len(bufs))
	for {
		n, err := from.Read(bufs, sizes, headroom)
		if err != nil {
			return
		}
		for i := range n {
			packets[i] = bufs[i][:headroom+sizes[i]]
		}
		if _, err := to.Write(packets[:n], headroom); err != nil {
			return
		}
	}
}

// testMesh is controllers 1, 2 and 3, each with a link to the others in memory. Client 10.0.0.11 and
// .12 are at 1, .22 is at 2 and .33 at 3.
type testMesh struct {
	switches [4]*Switch
	running  sync.WaitGroup
}

func newTestMesh() *testMesh {
	m := &testMesh{}
	for id := 1; id <= 3; id++ {
		s := New(Options{})
		s.SetIdentity(Identity{ID: id, Address: netip.AddrFrom4([4]byte{10, 0, 0, byte(100 + id)})})
		var table *Table
		for _, c := range []struct {
			addr netip.Addr
			at   int
		}{{clientA, 1}, {clientB, 1}, {atTwo, 2}, {atThree, 3}} {
			to := Controller(c.at)
			if c.at == id {
				to = LocalClient
			}
			table = table.With(host(c.addr), to)
		}
		s.SetTable(table)
		s.SetHops(directHops())
		m.switches[id] = s
	}
	for a := 1; a <= 3; a++ {
		for b := 1; b <= 3; b++ {
			if a != b {
				from, to := m.switches[a].Peer(b), m.switches[b].Peer(a)
				m.running.Go(func() { carry(from, to) })
			}
		}
	}
	return m
}

func directHops() *Hops { return &Hops{1: {Next: 1}, 2: {Next: 2}, 3: {Next: 3}} }

func (m *testMesh) close() {
	for _, s := range m.switches[1:] {
		s.Close()
	}
	m.running.Wait()
}

// numbered returns a packet that carries the number of its route's epoch and its own.
func numbered(src, dst netip.Addr, epoch, number uint32, length int) []byte {
	body := make([]byte, length-xipv4.HeaderLen)
	binary.BigEndian.PutUint32(body[8:], epoch)
	binary.BigEndian.PutUint32(body[12:], number)
	return packetOf(xipv4.Header{Src: src.AsSlice(), Dst: dst.AsSlice(), Protocol: ipv4.UDP}, body)
}

// sequence checks what arrives of one flow: nothing twice, and within an epoch nothing out of order.
type sequence struct {
	seen []bool
	last map[uint32]uint32 // newest number of an epoch, plus one
	got  int
}

func (q *sequence) arrived(t testing.TB, packet []byte) {
	epoch, number := binary.BigEndian.Uint32(packet[28:]), binary.BigEndian.Uint32(packet[32:])
	if q.last == nil {
		q.last = map[uint32]uint32{}
	}
	for uint32(len(q.seen)) <= number {
		q.seen = append(q.seen, false)
	}
	if q.seen[number] {
		t.Errorf("packet %d came twice", number)
	}
	q.seen[number] = true
	if number < q.last[epoch] {
		t.Errorf("packet %d came behind %d although the route stood", number, q.last[epoch]-1)
	}
	q.last[epoch] = number + 1
	q.got++
}

// Floods of numbered packets cross one and two controllers while routes change and other routes change
// beside them: nothing is duplicated, nothing is reordered while its route stands, everything is
// accounted for.
func TestFlood(t *testing.T) {
	flows := []struct {
		src, dst netip.Addr
		at       int // where src enters
		away     int // controller of dst
	}{
		{clientA, atThree, 1, 3},
		{clientB, atTwo, 1, 2},
		{atThree, clientA, 3, 1},
		{atTwo, atThree, 2, 3},
	}
	const count = 30000
	synctest.Test(t, func(t *testing.T) {
		m := newTestMesh()
		got := map[[2]netip.Addr]*sequence{}
		for _, f := range flows {
			got[[2]netip.Addr{f.src, f.dst}] = &sequence{}
		}
		var readers, writers sync.WaitGroup
		for _, s := range m.switches[1:] {
			p := s.Clients()
			readers.Go(func() {
				bufs, sizes := lend(p.BatchSize())
				for {
					n, err := p.Read(bufs, sizes, headroom)
					if err != nil {
						return
					}
					for i := range n {
						packet := bufs[i][headroom : headroom+sizes[i]]
						h := parse(t, packet)
						got[[2]netip.Addr{ipv4.Addr(h.Source), ipv4.Addr(h.Destination)}].arrived(t, packet)
					}
				}
			})
		}
		// The writers at one controller share its hops, so each changes only its own destination.
		var hopsLock sync.Mutex
		current := [4]Hops{1: *directHops(), 2: *directHops(), 3: *directHops()}
		for i, f := range flows {
			writers.Go(func() {
				r := rand.New(rand.NewPCG(7, uint64(i)))
				s, clients := m.switches[f.at], m.switches[f.at].Clients()
				var epoch uint32
				for n := 0; n < count; {
					var batch [][]byte
					for range 1 + r.IntN(64) {
						if n < count {
							batch = append(batch, numbered(f.src, f.dst, epoch, uint32(n), 40+r.IntN(1300)))
							n++
						}
					}
					write(t, clients, batch...)
					if r.IntN(4) == 0 {
						epoch++
						hopsLock.Lock()
						current[f.at][f.away].Next = 6 - f.at - current[f.at][f.away].Next // the other neighbour
						hops := current[f.at]
						s.SetHops(&hops)
						hopsLock.Unlock()
					}
				}
			})
		}
		writers.Wait()
		synctest.Wait()
		var arrived int
		for flow, q := range got {
			arrived += q.got
			if q.got < count/2 {
				t.Errorf("%v: %d of %d arrived", flow, q.got, count)
			}
		}
		var lost uint64
		for _, s := range m.switches[1:] {
			addsUp(t, s)
			lost += s.Counters().Total().Lost()
		}
		if arrived+int(lost) != count*len(flows) {
			t.Errorf("%d arrived and %d were dropped of %d", arrived, lost, count*len(flows))
		}
		t.Logf("%d of %d arrived", arrived, count*len(flows))
		m.close()
		readers.Wait()
	})
}

// Two controllers that disagree about the way to a third hand a packet back and forth at most until it
// would go back: never a loop.
func TestNoLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newTestMesh()
		m.switches[1].SetHops(&Hops{3: {Next: 2}})
		m.switches[2].SetHops(&Hops{3: {Next: 1}})
		write(t, m.switches[1].Clients(), udp(clientA, atThree, 100))
		synctest.Wait()
		if c := m.switches[2].Counters()["peer 1"]; c.In != 1 || c.Dropped[Returned] != 1 {
			t.Errorf("controller 2 counts %+v", c)
		}
		m.close()
	})
}

// Hops that no controller can have lead nowhere, and above all not to another kind of port.
func TestStrangeHops(t *testing.T) {
	s, _, _ := testSwitch(t)
	clients := s.Clients()
	for _, id := range []int{-1, 0, 10, 11, 266} {
		s.SetHops(&Hops{2: {Next: id}, 3: {Next: 2, Alternate: id, Suspect: true}})
		write(t, clients, udp(clientA, atTwo, 100))
		if v := s.view.Load(); v.hops[2].Next != 0 || v.hops[3].Alternate != 0 {
			t.Errorf("next hop %d became %+v", id, v.hops[2])
		}
	}
	if got := s.Counters()["clients"]; got.Dropped[NoPath] != 5 {
		t.Errorf("counted %+v", got)
	}
}
