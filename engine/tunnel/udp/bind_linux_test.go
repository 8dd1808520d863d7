package udp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"golang.zx2c4.com/wireguard/conn"

	"vns3/internal/netns"
)

func TestMain(m *testing.M) { netns.Main(m) }

// end is an open bind and what it received.
type end struct {
	conn.Bind
	port     uint16
	received chan datagram
}

type datagram struct {
	data []byte
	from conn.Endpoint
}

// open binds inside the namespace and receives until the test ends.
func open(t *testing.T, n *netns.Namespace, b conn.Bind, port uint16) *end {
	t.Helper()
	e := &end{Bind: b, received: make(chan datagram, 10000)}
	var fns []conn.ReceiveFunc
	var err error
	n.Run(func() { fns, e.port, err = b.Open(port) })
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	for _, receive := range fns {
		go func() {
			defer func() { done <- struct{}{} }()
			packets, sizes, eps := make([][]byte, batchSize), make([]int, batchSize), make([]conn.Endpoint, batchSize)
			for i := range packets {
				packets[i] = make([]byte, 1<<16-1)
			}
			for {
				n, err := receive(packets, sizes, eps)
				if errors.Is(err, net.ErrClosed) {
					return
				}
				if err != nil {
					t.Errorf("receive: %v", err)
					return
				}
				for i := range n {
					if sizes[i] > 0 {
						e.received <- datagram{bytes.Clone(packets[i][:sizes[i]]), eps[i]}
					}
				}
			}
		}()
	}
	t.Cleanup(func() {
		b.Close()
		for range fns {
			<-done
		}
	})
	return e
}

func ours(t *testing.T, o Options) conn.Bind {
	t.Helper()
	b, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (e *end) next(t *testing.T) datagram {
	t.Helper()
	select {
	case d := <-e.received:
		return d
	case <-time.After(5 * time.Second):
		t.Fatal("no datagram within 5 s")
		panic("unreachable")
	}
}

// endpoint parses an address for the bind.
func (e *end) endpoint(t *testing.T, to string) conn.Endpoint {
	t.Helper()
	ep, err := e.ParseEndpoint(to)
	if err != nil {
		t.Fatal(err)
	}
	return ep
}

// numbered makes packets of the sizes that begin with their number.
func numbered(sizes ...int) [][]byte {
	var packets [][]byte
	for i, size := range sizes {
		packets = append(packets, binary.BigEndian.AppendUint32(nil, uint32(i)))
		packets[i] = append(packets[i], make([]byte, size-4)...)
	}
	return packets
}

func repeated(n, size int) []int {
	sizes := make([]int, n)
	for i := range sizes {
		sizes[i] = size
	}
	return sizes
}

// expect takes the packets with the numbers, in order.
func (e *end) expect(t *testing.T, packets [][]byte, numbers ...int) {
	t.Helper()
	for _, i := range numbers {
		if d := e.next(t); !bytes.Equal(d.data, packets[i]) {
			t.Fatalf("got packet %d of %d bytes, want %d of %d", binary.BigEndian.Uint32(d.data), len(d.data), i, len(packets[i]))
		}
	}
}

func upTo(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// pair is two namespaces joined by one link.
func pair(t *testing.T) (a, b *netns.Namespace) {
	a, b = netns.New(t), netns.New(t)
	netns.Connect(netns.End{NS: a, Name: "eth0", Addresses: []string{"10.0.0.1/24", "fd00::1/64"}},
		netns.End{NS: b, Name: "eth0", Addresses: []string{"10.0.0.2/24", "10.0.0.3/24", "fd00::2/64", "fd00::3/64"}})
	return a, b
}

// Batches of every shape arrive whole, unchanged and in order, on IPv4 and IPv6, with the network device
// cutting segments and (checksums off: EIO) without, and the stock bind understands them.
func TestBatches(t *testing.T) {
	shapes := map[string][]int{
		"one":             {100},
		"equal":           repeated(128, 1420),
		"small":           repeated(128, 32),
		"shorter last":    {1400, 1400, 1400, 7},
		"mixed":           {1400, 100, 100, 1400, 1400, 50, 60, 60, 60, 1300},
		"largest message": append(repeated(45, 1472), 4),
		"more than 64":    repeated(100, 600),
		"big":             {65507 - 20, 9000, 9000, 30},
	}
	for _, offload := range []string{"on", "off"} {
		a, b := pair(t)
		a.SetOffload("eth0", offload == "on")
		for _, host := range []string{"10.0.0.2", "fd00::2"} {
			for name, receiver := range map[string]conn.Bind{"ours": ours(t, Options{}), "stock": conn.NewStdNetBind()} {
				to := open(t, b, receiver, 0)
				from := open(t, a, ours(t, Options{Fragment: true}), 0)
				ep := from.endpoint(t, netip.AddrPortFrom(netip.MustParseAddr(host), to.port).String())
				for shape, sizes := range shapes {
					packets := numbered(sizes...)
					if err := from.Send(packets, ep); err != nil {
						t.Fatalf("offload %s, %s to %s, %s: %v", offload, host, name, shape, err)
					}
					to.expect(t, packets, upTo(len(packets))...)
				}
			}
		}
	}
}

// narrow is a path whose second half carries packets of 1400 bytes only.
func narrow(t *testing.T) (a, b *netns.Namespace) {
	a, router, b := netns.New(t), netns.New(t), netns.New(t)
	netns.Connect(netns.End{NS: a, Name: "eth0", Addresses: []string{"10.1.0.1/24", "fd01::1/64"}},
		netns.End{NS: router, Name: "a", Addresses: []string{"10.1.0.254/24", "fd01::fe/64"}})
	netns.Connect(netns.End{NS: b, Name: "eth0", Addresses: []string{"10.2.0.1/24", "fd02::1/64"}, MTU: 1400},
		netns.End{NS: router, Name: "b", Addresses: []string{"10.2.0.254/24", "fd02::fe/64"}, MTU: 1400})
	router.Forward()
	for n, via := range map[*netns.Namespace][2]string{a: {"10.1.0.254", "fd01::fe"}, b: {"10.2.0.254", "fd02::fe"}} {
		n.Do("ip", "route", "add", "default", "via", via[0])
		n.Do("ip", "-6", "route", "add", "default", "via", via[1])
	}
	return a, b
}

// learn sends large datagrams until the kernel knows the path MTU.
func learn(t *testing.T, n *netns.Namespace, to netip.AddrPort) {
	t.Helper()
	var c net.Conn
	var err error
	n.Run(func() { c, err = net.Dial("udp", to.String()) })
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	raw, _ := c.(*net.UDPConn).SyscallConn()
	for deadline := time.Now().Add(5 * time.Second); ; {
		mtu := 0
		raw.Control(func(fd uintptr) {
			if to.Addr().Is6() {
				mtu, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_MTU)
			} else {
				mtu, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_MTU)
			}
		})
		if mtu == 1400 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the kernel believes in a path MTU of %d: %v", mtu, err)
		}
		c.Write(make([]byte, 1450)) // an error tells the MTU too
	}
}

// On a path of 1400 bytes the stock bind loses every batch of two or more full packets, for good. Ours
// delivers them fragmented, or, where fragmenting is forbidden, the packets that fit and a fault.
func TestNarrowPath(t *testing.T) {
	for _, host := range []string{"10.2.0.1", "fd02::1"} {
		a, b := narrow(t)
		to := open(t, b, ours(t, Options{}), 0)
		target := netip.AddrPortFrom(netip.MustParseAddr(host), to.port)
		learn(t, a, target)
		for len(to.received) > 0 {
			<-to.received
		}
		full := numbered(repeated(20, 1440)...)
		for i := range full { // the stock bind coalesces in the room that the device's buffers have
			full[i] = append(make([]byte, 0, 1<<16-1), full[i]...)
		}

		stock := open(t, a, conn.NewStdNetBind(), 0)
		for range 3 {
			if err := stock.Send(full, stock.endpoint(t, target.String())); !errors.Is(err, unix.EMSGSIZE) {
				t.Errorf("%s: the stock bind sent a batch that cannot pass: %v", host, err)
			}
		}

		fragmenting := open(t, a, ours(t, Options{Fragment: true}), 0)
		for range 3 {
			if err := fragmenting.Send(full, fragmenting.endpoint(t, target.String())); err != nil {
				t.Errorf("%s: %v", host, err)
			}
			to.expect(t, full, upTo(len(full))...)
		}

		faults := make(chan Fault, 1000)
		strict := open(t, a, ours(t, Options{Fault: func(f Fault) { faults <- f }}), 0)
		mixed := numbered(1440, 1440, 1440, 1300, 1440, 1300, 1300)
		if err := strict.Send(mixed, strict.endpoint(t, target.String())); err != nil {
			t.Errorf("%s: %v", host, err)
		}
		to.expect(t, mixed, 3, 5, 6)
		if err := strict.Send(full, strict.endpoint(t, target.String())); !errors.Is(err, unix.EMSGSIZE) {
			t.Errorf("%s: sent what cannot pass: %v", host, err)
		}
		if f := <-faults; f.Kind != TooBig || f.MTU != 1400 || f.To.Addr() != target.Addr() {
			t.Errorf("%s: fault %+v, want too big, 1400 bytes, %v", host, f, target)
		}
	}
}

// A path that narrows while packets flow is noticed by ICMP, without a packet that fails locally.
func TestPathNarrows(t *testing.T) {
	a, b := narrow(t)
	to := open(t, b, ours(t, Options{}), 0)
	target := netip.AddrPortFrom(netip.MustParseAddr("10.2.0.1"), to.port)
	faults := make(chan Fault, 1000)
	from := open(t, a, ours(t, Options{Fault: func(f Fault) { faults <- f }}), 0)
	if err := from.Send(numbered(1440), from.endpoint(t, target.String())); err != nil {
		t.Fatal(err)
	}
	select {
	case f := <-faults:
		if f.Kind != TooBig || f.MTU != 1400 || f.To != target {
			t.Errorf("fault %+v, want too big, 1400 bytes, %v", f, target)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the ICMP message was not reported")
	}
	packets := numbered(1300, 1300)
	if err := from.Send(packets, from.endpoint(t, target.String())); err != nil {
		t.Fatal(err)
	}
	to.expect(t, packets, 0, 1)
}

// The answer leaves from the address that was reached, and by the kernel's choice when that is gone.
func TestStickySource(t *testing.T) {
	for _, host := range []struct{ reached, prefix, other string }{{"10.0.0.3", "/24", "10.0.0.2"}, {"fd00::3", "/64", "fd00::2"}} {
		a, b := pair(t)
		server, client := open(t, b, ours(t, Options{}), 0), open(t, a, ours(t, Options{}), 0)
		reached := netip.MustParseAddr(host.reached)
		if err := client.Send(numbered(50), client.endpoint(t, netip.AddrPortFrom(reached, server.port).String())); err != nil {
			t.Fatal(err)
		}
		request := server.next(t)
		if request.from.SrcIP() != reached {
			t.Errorf("%v: reached at %v", host, request.from.SrcIP())
		}
		answer := func(want netip.Addr) {
			t.Helper()
			if err := server.Send(numbered(60, 60), request.from); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if got := client.next(t).from.DstIP(); got != want {
					t.Errorf("answered from %v, want %v", got, want)
				}
			}
		}
		answer(reached)
		b.Unaddress("eth0", host.reached+host.prefix)
		answer(netip.MustParseAddr(host.other))
	}
}

// The same endpoint object comes with every datagram of a peer, and a new one once its local address was
// declared unfit.
func TestEndpointsAreCached(t *testing.T) {
	a, b := pair(t)
	server, client := open(t, b, ours(t, Options{}), 0), open(t, a, ours(t, Options{}), 0)
	send := func() conn.Endpoint {
		t.Helper()
		if err := client.Send(numbered(50), client.endpoint(t, netip.AddrPortFrom(netip.MustParseAddr("10.0.0.3"), server.port).String())); err != nil {
			t.Fatal(err)
		}
		return server.next(t).from
	}
	first := send()
	if second := send(); second != first {
		t.Error("a second endpoint for the same peer")
	}
	first.ClearSrc()
	if third := send(); third == first || !third.SrcIP().IsValid() {
		t.Error("the endpoint without a local address is still handed out")
	}
}

// With a listen address only that address is bound, and only its version of IP.
func TestListen(t *testing.T) {
	a, b := pair(t)
	one := open(t, b, ours(t, Options{Listen: netip.MustParseAddr("10.0.0.2")}), 0)
	other := open(t, b, ours(t, Options{Listen: netip.MustParseAddr("10.0.0.3")}), one.port)
	six := open(t, b, ours(t, Options{Listen: netip.MustParseAddr("fd00::3")}), one.port)
	client := open(t, a, ours(t, Options{}), 0)
	for host, server := range map[string]*end{"10.0.0.2": one, "10.0.0.3": other, "fd00::3": six} {
		to := netip.AddrPortFrom(netip.MustParseAddr(host), one.port)
		packets := numbered(50)
		if err := client.Send(packets, client.endpoint(t, to.String())); err != nil {
			t.Fatal(err)
		}
		d := server.next(t)
		if err := server.Send(packets, d.from); err != nil {
			t.Fatal(err)
		}
		if got := client.next(t).from.DstToString(); got != to.String() {
			t.Errorf("answered from %s, want %v", got, to)
		}
	}
	second := ours(t, Options{Listen: netip.MustParseAddr("10.0.0.2")})
	b.Run(func() {
		if _, _, err := second.Open(one.port); !errors.Is(err, unix.EADDRINUSE) {
			t.Errorf("a port bound twice: %v", err)
		}
	})
}

// A closed port is reported, and what the report delays is still sent.
func TestRefused(t *testing.T) {
	for _, host := range []string{"10.0.0.2", "fd00::2"} {
		a, b := pair(t)
		faults := make(chan Fault, 1000)
		from := open(t, a, ours(t, Options{Fault: func(f Fault) { faults <- f }}), 0)
		closed := netip.AddrPortFrom(netip.MustParseAddr(host), 9)
		if err := from.Send(numbered(50), from.endpoint(t, closed.String())); err != nil {
			t.Fatal(err)
		}
		select {
		case f := <-faults:
			if f.Kind != Refused || f.To != closed {
				t.Errorf("fault %v %v, want refused %v", f.Kind, f.To, closed)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("%s: the ICMP message was not reported", host)
		}
		to := open(t, b, ours(t, Options{}), 0)
		for range 10 { // the reports of the one arrive between the packets of the other
			if err := from.Send(numbered(50), from.endpoint(t, closed.String())); err != nil {
				t.Fatal(err)
			}
			packets := numbered(repeated(10, 500)...)
			if err := from.Send(packets, from.endpoint(t, netip.AddrPortFrom(closed.Addr(), to.port).String())); err != nil {
				t.Fatal(err)
			}
			to.expect(t, packets, upTo(10)...)
		}
	}
}

// Sending and receiving allocate nothing per batch.
func TestAllocations(t *testing.T) {
	n := netns.New(t)
	b := ours(t, Options{}).(*Bind)
	var fns []conn.ReceiveFunc
	var port uint16
	var err error
	n.Run(func() { fns, port, err = b.Open(0) })
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	packets, sizes, eps := numbered(repeated(64, 1000)...), make([]int, batchSize), make([]conn.Endpoint, batchSize)
	into := make([][]byte, batchSize)
	for i := range into {
		into[i] = make([]byte, 2000)
	}
	ep, _ := b.ParseEndpoint(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port).String())
	allocs := testing.AllocsPerRun(100, func() {
		if err := b.Send(packets, ep); err != nil {
			t.Fatal(err)
		}
		for got := 0; got < len(packets); {
			n, err := fns[0](into, sizes, eps)
			if err != nil {
				t.Fatal(err)
			}
			got += n
		}
	})
	if allocs >= 1 && !raceEnabled {
		t.Errorf("%v allocations for a batch", allocs)
	}
}
