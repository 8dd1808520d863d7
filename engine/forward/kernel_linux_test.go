package forward

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/net/icmp"
	xipv4 "golang.org/x/net/ipv4"
	"golang.zx2c4.com/wireguard/tun"

	"vns3/internal/netns"
)

func TestMain(m *testing.M) { netns.Main(m) }

// realHost is a network namespace with a TUN device on the overlay, attached to a switch of its own.
type realHost struct {
	*netns.Namespace
	s    *Switch
	addr netip.Addr
}

// newRealHosts makes the hosts of controllers 1 and 2, 10.0.0.101 and .102, joined by a link in memory.
func newRealHosts(t *testing.T, mtu int) (a, b realHost) {
	t.Helper()
	make := func(id int) realHost {
		h := realHost{Namespace: netns.New(t), s: New(Options{MTU: mtu}), addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(100 + id)})}
		h.s.SetIdentity(Identity{ID: id, Address: h.addr, VIP: vipAddr})
		table := new(Table).With(host(vipAddr), VIP)
		for peer := 1; peer <= 2; peer++ {
			to := Controller(peer)
			if peer == id {
				to = Self
			}
			table = table.With(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(100 + peer)}), 32), to)
		}
		h.s.SetTable(table)
		h.s.SetHops(directHops())
		h.Run(func() {
			dev, err := tun.CreateTUN("overlay", DefaultMTU)
			if err != nil {
				t.Fatal(err)
			}
			h.s.Kernel(dev)
			upWith(t, h.addr.String()+"/24")
		})
		return h
	}
	a, b = make(1), make(2)
	var links sync.WaitGroup
	toB, toA := a.s.Peer(2), b.s.Peer(1)
	links.Go(func() { carry(toB, toA) })
	links.Go(func() { carry(toA, toB) })
	t.Cleanup(func() {
		a.s.Close()
		b.s.Close()
		links.Wait()
		addsUp(t, a.s)
		addsUp(t, b.s)
	})
	return a, b
}

// upWith gives the interface of the calling thread's namespace an address and switches it on.
func upWith(t testing.TB, cidr string) {
	t.Helper()
	link, err := netlink.LinkByName("overlay")
	if err != nil {
		t.Fatal(err)
	}
	addr, err := netlink.ParseAddr(cidr)
	if err != nil {
		t.Fatal(err)
	}
	if err := netlink.AddrAdd(link, addr); err != nil {
		t.Fatal(err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		t.Fatal(err)
	}
}

// listen opens a TCP listener in the host's namespace.
func (h realHost) listen(t *testing.T) net.Listener {
	t.Helper()
	var l net.Listener
	var err error
	h.Run(func() { l, err = net.Listen("tcp4", h.addr.String()+":7000") })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// transfer sends n bytes by TCP from a to b and returns how long it took.
func transfer(t *testing.T, a, b realHost, n int) time.Duration {
	t.Helper()
	l := b.listen(t)
	received := make(chan [sha256.Size]byte, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		h := sha256.New()
		io.Copy(h, c)
		received <- [sha256.Size]byte(h.Sum(nil))
	}()
	var c net.Conn
	var err error
	a.Run(func() { c, err = net.DialTimeout("tcp4", l.Addr().String(), 5*time.Second) })
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(30 * time.Second))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(i >> 8 * i)
	}
	start := time.Now()
	if _, err := c.Write(data); err != nil {
		t.Fatal(err)
	}
	c.Close()
	select {
	case sum := <-received:
		if sum != sha256.Sum256(data) {
			t.Error("other bytes arrived than were sent")
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the transfer did not end")
	}
	return time.Since(start)
}

// TCP between two real hosts arrives whole: the large packets of one kernel are cut, those for the
// other put together, checksums are right throughout.
func TestKernelTCP(t *testing.T) {
	a, b := newRealHosts(t, DefaultMTU)
	const size = 64 << 20
	took := transfer(t, a, b, size)
	t.Logf("%.2f Gbit/s; %v", float64(size)*8/1e9/took.Seconds(), a.s.Counters())
}

// A host learns the MTU of a narrower link from ICMP, although its own interface allows more.
func TestKernelPathMTU(t *testing.T) {
	a, b := newRealHosts(t, 1280)
	transfer(t, a, b, 4<<20)
	if a.s.Counters()["kernel"].Dropped[TooBig] == 0 {
		t.Error("nothing was too big: the test shows nothing")
	}
}

// UDP packets of the host, of all sizes and in order, arrive so.
func TestKernelUDP(t *testing.T) {
	a, b := newRealHosts(t, DefaultMTU)
	var in, out net.PacketConn
	var err error
	b.Run(func() { in, err = net.ListenPacket("udp4", b.addr.String()+":7000") })
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	a.Run(func() { out, err = net.ListenPacket("udp4", a.addr.String()+":0") })
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	const count, window = 5000, 64
	credit := make(chan struct{}, window)
	go func() {
		for i := range count {
			credit <- struct{}{}
			packet := make([]byte, 4+i%1388)
			binary.BigEndian.PutUint32(packet, uint32(i))
			if _, err := out.WriteTo(packet, in.LocalAddr()); err != nil {
				t.Errorf("send %d: %v", i, err)
			}
		}
	}()
	in.SetReadDeadline(time.Now().Add(5 * time.Second))
	buf := make([]byte, 2000)
	for i := range count {
		n, _, err := in.ReadFrom(buf)
		if err != nil || n != 4+i%1388 || binary.BigEndian.Uint32(buf) != uint32(i) {
			t.Fatalf("packet %d: %d bytes, number %d, %v; %v, %v", i, n, binary.BigEndian.Uint32(buf), err, a.s.Counters(), b.s.Counters())
		}
		<-credit
	}
}

// The host pings the VIP and the other controller.
func TestKernelPing(t *testing.T) {
	a, b := newRealHosts(t, DefaultMTU)
	var c *icmp.PacketConn
	var err error
	a.Run(func() { c, err = icmp.ListenPacket("ip4:icmp", a.addr.String()) })
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(5 * time.Second))
	for seq, addr := range []netip.Addr{vipAddr, b.addr} {
		request, _ := (&icmp.Message{Type: xipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: 7, Seq: seq}}).Marshal(nil)
		if _, err := c.WriteTo(request, &net.IPAddr{IP: addr.AsSlice()}); err != nil {
			t.Fatal(err)
		}
		for {
			buf := make([]byte, 1500)
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				t.Fatalf("%v does not answer: %v", addr, err)
			}
			m, err := icmp.ParseMessage(1, buf[:n])
			if err == nil && m.Type == xipv4.ICMPTypeEchoReply && fmt.Sprint(from) == addr.String() {
				break
			}
		}
	}
	if c := b.s.Counters()["peer 1"]; c.Dropped[VIPTransit] != 0 || c.In != 1 {
		t.Errorf("the other controller counts %+v", c)
	}
}

// singleReads hides the file of a TUN device, so that it is read by its own Read, a packet per call.
type singleReads struct{ tun.Device }

func (singleReads) File() *os.File { return nil }

// Packets a second that the host sends through a real tunnel, with reads that go on until the host has
// no more, and with the device's own.
func BenchmarkHost(b *testing.B) {
	for _, length := range []int{64, 1300} {
		b.Run(fmt.Sprintf("batched/%d", length), func(b *testing.B) {
			benchmarkHost(b, length, func(dev tun.Device) tun.Device { return dev })
		})
		b.Run(fmt.Sprintf("single/%d", length), func(b *testing.B) {
			benchmarkHost(b, length, func(dev tun.Device) tun.Device { return singleReads{dev} })
		})
	}
}

func benchmarkHost(b *testing.B, length int, wrap func(tun.Device) tun.Device) {
	m := newDeviceMesh(b, func(int, int, []byte, time.Time) {})
	var socket net.PacketConn
	netns.New(b).Run(func() {
		dev, err := tun.CreateTUN("overlay", DefaultMTU)
		if err != nil {
			b.Fatal(err)
		}
		m.switches[1].Kernel(wrap(dev))
		upWith(b, "10.0.0.1/24")
		if socket, err = net.ListenPacket("udp4", "10.0.0.1:0"); err != nil {
			b.Fatal(err)
		}
	})
	var sender sync.WaitGroup
	sender.Go(func() {
		batch := make([]xipv4.Message, 64)
		for i := range batch {
			batch[i] = xipv4.Message{Buffers: [][]byte{make([]byte, length-28)}, Addr: &net.UDPAddr{IP: atThree.AsSlice(), Port: 9}}
		}
		conn := xipv4.NewPacketConn(socket)
		for {
			if _, err := conn.WriteBatch(batch, 0); err != nil {
				return
			}
		}
	})
	out := m.switches[3].Clients()
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
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1000, "kpps")
	socket.Close()
	sender.Wait()
}
