package wireguard

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.zx2c4.com/wireguard/conn"

	"vns3/engine/tunnel/memnet"
	"vns3/engine/tunnel/noise"
	"vns3/engine/tunnel/udp"
)

// What waits for a session goes first when it stands, in order; of too much the newest. While a new
// session is asked for, nothing is sent in the old one, and what comes in it counts.
func TestWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New(1)
		network.SetPath(atB, atA, memnet.Path{Loss: 1})
		a, b := pair(t, network, Options{}, Options{})
		const more = 100
		for n := range uint32(maxStaged + more) {
			a.say(n)
		}
		synctest.Wait()
		b.silent(t)
		network.SetPath(atB, atA, memnet.Path{})
		for n := range uint32(maxStaged) {
			b.hear(t, n+more)
		}
		a.say(1000)
		b.hear(t, 1000)
		network.SetPath(atB, atA, memnet.Path{Loss: 1})
		a.initiate()
		a.say(1001)
		time.Sleep(time.Second)
		b.silent(t)
		if a.peer.Connected() {
			t.Error("the old session is still sent with")
		}
		network.SetPath(atB, atA, memnet.Path{})
		b.say(1)
		a.hear(t, 1)
		b.hear(t, 1001) // after the next initiation
	})
}

// Hundreds of handshakes, and peers that come and go, leave no index behind.
func TestIndices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New(1)
		a, b := pair(t, network, Options{}, Options{})
		for n := range uint32(300) {
			a.initiate()
			a.say(n)
			b.hear(t, n)
			time.Sleep(initiationsApart)
		}
		synctest.Wait()
		for _, d := range []*ours{a, b} {
			d.Device.mu.RLock()
			if n := len(d.index); n > 3 {
				t.Errorf("%d indices for one peer", n)
			}
			d.Device.mu.RUnlock()
		}
		_, public := keys(2)
		a.Remove(public)
		if len(a.index) > 0 || len(a.peers) > 0 || len(a.hosts)+len(a.nets) > 0 {
			t.Errorf("left behind: %d indices, %d peers, %d prefixes", len(a.index), len(a.peers), len(a.hosts)+len(a.nets))
		}
		if err := a.peer.Initiate(); err != nil || len(a.index) > 0 {
			t.Errorf("a peer that was removed begins a handshake: %v", err)
		}
	})
}

// A packet in a session that ended lately is no stray; one whose index was never ours is, and only if it
// came from the network.
func TestStray(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		strays := 0
		a, b := established(t, Options{Stray: func([]byte, conn.Endpoint) { strays++ }})
		from := memnet.Endpoint(netip.AddrPortFrom(atB, port))
		b.say(2)
		a.hear(t, 2)
		_, public := keys(2)
		a.Remove(public)
		late := bytes.Clone(b.tap.last())
		foreign := bytes.Clone(late)
		binary.LittleEndian.PutUint32(foreign[4:], noise.Receiver(late)+1)
		in := newInbound(a.Device, 1, false)
		in.take(late, from)
		a.Handle(bytes.Clone(foreign), from)
		if strays != 0 {
			t.Errorf("%d strays, want none", strays)
		}
		if in.take(foreign, from); strays != 1 {
			t.Errorf("%d strays, want one", strays)
		}
	})
}

// Over real sockets, in batches that the kernel joins and cuts, packets are decrypted where they lie and
// none touches its neighbours: all arrive as they were sent, in order, also with many senders and while
// keys change.
func TestSockets(t *testing.T) {
	for _, lent := range []bool{true, false} {
		t.Run(fmt.Sprintf("lent %v", lent), func(t *testing.T) {
			a, b := newFlow(t, 1, lent), newFlow(t, 2, lent)
			a.meet(t, b)
			b.meet(t, a)
			const senders, count = 4, 3000
			var all sync.WaitGroup
			for s := range senders {
				all.Go(func() {
					for n := range uint32(count) {
						<-b.credit
						a.send <- packet(fmt.Sprintf("10.1.0.%d", s+1), "10.1.0.99", 24+int(n*37)%1380, n)
						if n%1000 == 999 && s == 0 {
							if err := a.peer.Initiate(); err != nil {
								t.Error(err)
							}
						}
					}
				})
			}
			all.Wait()
			for range onTheWay {
				<-b.credit // all have arrived
			}
			for s := range senders {
				if got := b.next[byte(s+1)]; got != count {
					t.Errorf("sender %d: %d packets arrived whole and in order, want %d", s, got, count)
				}
			}
		})
	}
}

// onTheWay is how many packets are on their way.
const onTheWay = 200

// flow is a port over which a device moves numbered packets.
type flow struct {
	*memnet.Port
	key    byte
	device *Device
	peer   *Peer
	bind   *bound
	send   chan []byte
	closed chan struct{}
	once   sync.Once
	credit chan struct{}

	mu   sync.Mutex
	next map[byte]uint32 // by sender
}

// bound is a bind whose port is known.
type bound struct {
	conn.Bind
	port uint16
}

func (b *bound) Open(port uint16) (fns []conn.ReceiveFunc, _ uint16, err error) {
	fns, b.port, err = b.Bind.Open(port)
	return fns, b.port, err
}

func newFlow(t *testing.T, n byte, lent bool) *flow {
	t.Helper()
	f := &flow{
		Port: memnet.NewPort(nil), key: n, send: make(chan []byte, onTheWay), closed: make(chan struct{}),
		credit: make(chan struct{}, onTheWay), next: map[byte]uint32{},
	}
	for range onTheWay {
		f.credit <- struct{}{}
	}
	bind, err := udp.New(udp.Options{Listen: netip.MustParseAddr("127.0.0.1"), Lend: lent})
	if err != nil {
		t.Fatal(err)
	}
	f.bind = &bound{Bind: bind}
	private, _ := keys(n)
	f.device = New(Options{PrivateKey: private, Port: f, Bind: f.bind, Lent: lent})
	if err := f.device.Start(0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.device.Close)
	return f
}

func (f *flow) meet(t *testing.T, other *flow) {
	t.Helper()
	at := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), other.bind.port)
	endpoint, err := f.bind.ParseEndpoint(at.String())
	if err != nil {
		t.Fatal(err)
	}
	_, public := keys(other.key)
	if f.peer, err = f.device.Set(PeerConfig{PublicKey: public, Allowed: everything, Endpoint: endpoint}); err != nil {
		t.Fatal(err)
	}
}

// Read gives the device all that waits, as a batch.
func (f *flow) Read(bufs [][]byte, sizes []int, offset int) (int, error) {
	select {
	case p := <-f.send:
		n := 0
		for {
			sizes[n] = copy(bufs[n][offset:], p)
			if n++; n == len(bufs) {
				return n, nil
			}
			select {
			case p = <-f.send:
			default:
				return n, nil
			}
		}
	case <-f.closed:
		return 0, os.ErrClosed
	}
}

// Write checks what arrives, and spoils the room before each packet as a kernel interface does.
func (f *flow) Write(bufs [][]byte, offset int) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range bufs {
		for i := range offset {
			b[i] = 0xff
		}
		p := b[offset:]
		sender, n := p[15], f.next[p[15]]
		want := packet(fmt.Sprintf("10.1.0.%d", sender), "10.1.0.99", 24+int(n*37)%1380, n)
		if bytes.Equal(p, want) {
			f.next[sender]++
		}
		f.credit <- struct{}{}
	}
	return len(bufs), nil
}

func (f *flow) BatchSize() int { return conn.IdealBatchSize }

func (f *flow) Close() error {
	f.once.Do(func() { close(f.closed) })
	return f.Port.Close()
}

// Sealing and opening a packet allocates nothing.
func TestNoAllocations(t *testing.T) {
	seal, open := sealer(t)
	if n := testing.AllocsPerRun(1000, func() { open(seal()) }); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

// BenchmarkPacket seals a packet and opens it.
func BenchmarkPacket(b *testing.B) {
	seal, open := sealer(b)
	b.ReportAllocs()
	b.SetBytes(1400)
	for b.Loop() {
		open(seal())
	}
}

// sealer returns what makes a datagram of a packet of 1,400 bytes, and what takes it.
func sealer(t testing.TB) (seal func() []byte, open func([]byte)) {
	a, b := established(t, Options{})
	s := b.peer.current.Load()
	buffer := make([]byte, headerSize+1400, headerSize+1400+overhead)
	plain := packet("10.1.0.1", "10.1.0.2", 1400, 1)
	in := newInbound(a.Device, 1, false)
	from := a.peer.Endpoint()
	counter := s.counter.Add(1 << 32)
	return func() []byte {
			copy(buffer[headerSize:], plain)
			counter++
			return s.seal(buffer, counter, 1420, &b.peer.nonce)
		}, func(datagram []byte) {
			in.begin()
			in.take(datagram, from)
			in.note()
			if len(in.plain) != 1 {
				t.Fatal("the packet was not taken")
			}
			in.plain = in.plain[:0]
		}
}
