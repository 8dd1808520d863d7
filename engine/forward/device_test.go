package forward

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.zx2c4.com/wireguard/conn"

	"vns3/engine/tunnel/wireguard"
)

// deviceMesh is controllers 1, 2 and 3 with a real WireGuard tunnel between each two, over loopback.
type deviceMesh struct {
	switches [4]*Switch
	devices  []*wireguard.Device
}

// newDeviceMesh starts them and waits until each tunnel has its session; control is what each controller
// does with control packets afterwards.
func newDeviceMesh(t testing.TB, control func(self, peer int, payload []byte, at time.Time)) *deviceMesh {
	t.Helper()
	m := &deviceMesh{}
	t.Cleanup(m.close)
	joined := make(chan [2]int, 3)
	for id := 1; id <= 3; id++ {
		s := New(Options{Control: func(peer int, payload []byte, at time.Time) {
			if string(payload) == "join" {
				joined <- [2]int{peer, id}
				return
			}
			control(id, peer, payload, at)
		}})
		s.SetIdentity(Identity{ID: id})
		table := new(Table).With(host(clientA), Controller(1)).With(host(atTwo), Controller(2)).With(host(atThree), Controller(3))
		s.SetTable(table.With(host([4]netip.Addr{1: clientA, 2: atTwo, 3: atThree}[id]), LocalClient))
		s.SetHops(directHops())
		m.switches[id] = s
	}
	for a := 1; a <= 3; a++ {
		for b := a + 1; b <= 3; b++ {
			m.join(t, a, b)
			m.switches[a].SendControl(b, []byte("join"))
		}
	}
	for range 3 {
		select {
		case <-joined:
		case <-time.After(time.Minute):
			t.Fatal("a tunnel has no session")
		}
	}
	return m
}

func (m *deviceMesh) join(t testing.TB, a, b int) {
	t.Helper()
	var private, public [2][32]byte
	var devices [2]*wireguard.Device
	var at [2]netip.AddrPort
	for i := range devices {
		key, err := ecdh.X25519().GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		private[i], public[i] = [32]byte(key.Bytes()), [32]byte(key.PublicKey().Bytes())
		bind := &knownBind{Bind: conn.NewDefaultBind()}
		devices[i] = wireguard.New(wireguard.Options{PrivateKey: private[i], Port: m.switches[[2]int{a, b}[i]].Peer([2]int{b, a}[i]), Bind: bind})
		if err := devices[i].Start(0); err != nil {
			t.Fatal(err)
		}
		m.devices = append(m.devices, devices[i])
		at[i] = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), bind.port)
	}
	for i, d := range devices {
		_, err := d.Set(wireguard.PeerConfig{
			PublicKey: public[1-i], Endpoint: &conn.StdNetEndpoint{AddrPort: at[1-i]},
			Allowed: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// knownBind is a bind on a port that is known.
type knownBind struct {
	conn.Bind
	port uint16
}

func (b *knownBind) Open(port uint16) (fns []conn.ReceiveFunc, actual uint16, err error) {
	fns, actual, err = b.Bind.Open(port)
	b.port = actual
	return fns, actual, err
}

func (m *deviceMesh) close() {
	for _, d := range m.devices {
		d.Close()
	}
	for _, s := range m.switches[1:] {
		if s != nil {
			s.Close()
		}
	}
}

// The same flood through real WireGuard devices, as fast as it arrives: nothing is lost, duplicated or
// reordered while its route stands, through one controller and two.
func TestDevices(t *testing.T) {
	m := newDeviceMesh(t, func(int, int, []byte, time.Time) {})
	s := m.switches[1]
	in, out := s.Clients(), m.switches[3].Clients()
	const count, window = 10000, 512
	credit := make(chan struct{}, window)
	var writer sync.WaitGroup
	writer.Go(func() {
		hops, epoch := *directHops(), uint32(0)
		for n := range uint32(count) {
			credit <- struct{}{}
			write(t, in, numbered(clientA, atThree, epoch, n, 40+int(n)%1300))
			if n%500 == 499 {
				epoch++
				hops[3].Next = 5 - hops[3].Next
				now := hops
				s.SetHops(&now)
			}
		}
	})
	var q sequence
	stop := time.AfterFunc(3*time.Minute, func() { out.Close() })
	defer stop.Stop()
	bufs, sizes := lend(out.BatchSize())
	for q.got < count {
		n, err := out.Read(bufs, sizes, headroom)
		if err != nil {
			t.Fatalf("%d of %d packets arrived: %v", q.got, count, m.switches[1].Counters())
		}
		for i := range n {
			q.arrived(t, bufs[i][headroom:headroom+sizes[i]])
			<-credit
		}
	}
	writer.Wait()
	m.close() // a packet is counted when the Write that brought it ends
	for _, s := range m.switches[1:] {
		addsUp(t, s)
	}
	if via := m.switches[2].Counters()["peer 1"].In; via < count/3 || via > count*2/3 {
		t.Errorf("%d of %d packets went through controller 2", via, count)
	}
}

// heartbeats collects how late control packets are, by link.
type heartbeats struct {
	mu    sync.Mutex
	delay map[[2]int][]time.Duration
}

func (h *heartbeats) arrived(self, peer int, payload []byte, at time.Time) {
	sent := time.Unix(0, int64(binary.BigEndian.Uint64(payload)))
	h.mu.Lock()
	defer h.mu.Unlock()
	link := [2]int{peer, self}
	h.delay[link] = append(h.delay[link], at.Sub(sent))
}

// enough says whether so many have arrived on each link.
func (h *heartbeats) enough(links [][2]int, count int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !slices.ContainsFunc(links, func(l [2]int) bool { return len(h.delay[l]) < count })
}

// While far more data is pushed through a chain of controllers than fits, the heartbeats of its links
// arrive, and not late.
func TestControlUnderFlood(t *testing.T) {
	for _, length := range []int{64, 1300} {
		t.Run(fmt.Sprint(length), func(t *testing.T) { controlUnderFlood(t, length) })
	}
}

func controlUnderFlood(t *testing.T, length int) {
	h := &heartbeats{delay: map[[2]int][]time.Duration{}}
	m := newDeviceMesh(t, h.arrived)
	m.switches[1].SetHops(&Hops{2: {Next: 2}, 3: {Next: 2}})
	in, out := m.switches[1].Clients(), m.switches[3].Clients()
	var running sync.WaitGroup
	stop := make(chan struct{})
	running.Go(func() {
		bufs, sizes := lend(out.BatchSize())
		for {
			if _, err := out.Read(bufs, sizes, headroom); err != nil {
				return
			}
		}
	})
	running.Go(func() { // the flood
		packet := udp(clientA, atThree, length)
		bufs, _ := lend(128)
		for {
			select {
			case <-stop:
				return
			default:
			}
			refill(bufs, packet)
			if _, err := in.Write(bufs, headroom); err != nil {
				return
			}
		}
	})
	const beats, interval, down = 25, 20 * time.Millisecond, 1500 * time.Millisecond
	tick := time.NewTicker(interval)
	defer tick.Stop()
	links := [][2]int{{1, 2}, {2, 1}, {2, 3}, {3, 2}}
	var pause time.Duration // longest for which the machine did not let us run: noise
	end := time.Now().Add(time.Minute)
	for last := time.Now(); !h.enough(links, beats) && last.Before(end); {
		<-tick.C
		now := time.Now()
		last, pause = now, max(pause, now.Sub(last)-interval)
		for _, l := range links {
			payload := binary.BigEndian.AppendUint64(nil, uint64(now.UnixNano()))
			m.switches[l[0]].SendControl(l[1], payload)
		}
	}
	limit := down + 4*pause // a packet passes two goroutines of each tunnel
	close(stop)
	out.Close()
	running.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range links {
		d := slices.Sorted(slices.Values(h.delay[l]))
		if len(d) < beats {
			t.Errorf("link %v: %d heartbeats arrived, want %d", l, len(d), beats)
			continue
		}
		t.Logf("link %v: %d heartbeats, delay median %v, largest %v; our own longest pause %v", l, len(d), d[len(d)/2], d[len(d)-1], pause)
		if late := d[len(d)-1]; late > limit {
			t.Errorf("link %v: a heartbeat was %v late, more than %v", l, late, limit)
		}
	}
	for id, s := range m.switches[1:] {
		t.Logf("controller %d: %v", id+1, s.Counters())
	}
}

// Packets a second through the devices of one tunnel, or of two in a chain, under a flood.
func BenchmarkDevices(b *testing.B) {
	for _, via := range []int{3, 2} {
		for _, length := range []int{64, 1300} {
			b.Run(fmt.Sprintf("hops=%d/%d", 4-via, length), func(b *testing.B) {
				m := newDeviceMesh(b, func(int, int, []byte, time.Time) {})
				m.switches[1].SetHops(&Hops{3: {Next: via}})
				in, out := m.switches[1].Clients(), m.switches[3].Clients()
				packet := udp(clientA, atThree, length)
				var flood sync.WaitGroup
				stop := make(chan struct{})
				flood.Go(func() {
					bufs, _ := lend(128)
					for {
						select {
						case <-stop:
							return
						default:
						}
						refill(bufs, packet)
						if _, err := in.Write(bufs, headroom); err != nil {
							return
						}
					}
				})
				bufs, sizes := lend(out.BatchSize())
				b.ResetTimer()
				for got := 0; got < b.N; {
					n, err := out.Read(bufs, sizes, headroom)
					if err != nil {
						b.Fatal(err)
					}
					got += n
				}
				b.StopTimer()
				close(stop)
				flood.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1000, "kpps")
			})
		}
	}
}
