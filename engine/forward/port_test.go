package forward

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"golang.zx2c4.com/wireguard/tun"

	"vns3/engine/forward/ipv4"
)

// controlCall is a call of Options.Control.
type controlCall struct {
	peer    int
	payload string
}

// testSwitch is controller 1 of the tests' overlay; what it reports is appended to the results.
func testSwitch(t testing.TB) (s *Switch, controls *[]controlCall, clients *[]netip.Addr) {
	controls, clients = new([]controlCall), new([]netip.Addr)
	s = New(Options{
		Control: func(peer int, payload []byte, _ time.Time) {
			*controls = append(*controls, controlCall{peer, string(payload)})
		},
		Client: func(addr netip.Addr) { *clients = append(*clients, addr) },
	})
	s.SetIdentity(Identity{ID: 1, Address: selfAddr, VIP: vipAddr})
	s.SetHops(&Hops{2: {Next: 2}, 3: {Next: 3}})
	s.SetTable(testTable())
	t.Cleanup(func() { s.Close(); addsUp(t, s) })
	return s, controls, clients
}

// A port keeps the contract of tun.Device that devices rely on.
func TestPortContract(t *testing.T) {
	s, _, _ := testSwitch(t)
	p := s.Peer(2)
	if s.Peer(2) != p || s.Peer(3) == p {
		t.Error("there is not one port per peer")
	}
	if p.File() != nil || p.BatchSize() != 128 {
		t.Errorf("file %v, batch %d", p.File(), p.BatchSize())
	}
	if name, err := p.Name(); name != "vns3-peer2" || err != nil {
		t.Errorf("name %q, %v", name, err)
	}
	if mtu, err := p.MTU(); mtu != DefaultMTU || err != nil {
		t.Errorf("MTU %d, %v", mtu, err)
	}
	p.SetMTU(1300)
	p.SetMTU(1280) // the first event is still waiting
	if e := <-p.Events(); e != tun.EventMTUUpdate {
		t.Errorf("event %v", e)
	}
	if mtu, _ := p.MTU(); mtu != 1280 {
		t.Errorf("MTU %d after it was set to 1280", mtu)
	}
	done := make(chan error)
	go func() {
		bufs, sizes := lend(4)
		n, err := p.Read(bufs, sizes, headroom)
		if n != 0 {
			t.Errorf("Read returned %d packets", n)
		}
		done <- err
	}()
	if err := errors.Join(p.Close(), p.Close()); err != nil {
		t.Error(err)
	}
	if err := <-done; !errors.Is(err, os.ErrClosed) {
		t.Errorf("Close ended Read with %v, not os.ErrClosed", err)
	}
	if _, open := <-p.Events(); open {
		t.Error("events are open after Close")
	}
	if _, err := p.Write([][]byte{make([]byte, headroom+20)}, headroom); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Write after Close: %v", err)
	}
	p.SetMTU(1400) // must not send on the closed channel
	if again := s.Peer(2); again == p {
		t.Error("after Close there is no new port")
	}
}

// Packets arrive behind the offset and as they were sent, but for the TTL; the buffers given to Write
// may be used again at once.
func TestPortOffsetAndBuffers(t *testing.T) {
	s, _, _ := testSwitch(t)
	in, out := s.Peer(2), s.Peer(3)
	for _, offsets := range [][2]int{{0, 0}, {16, 16}, {4, 33}} {
		sent := udp(atTwo, atThree, 777)
		buf := append(make([]byte, offsets[0]), sent...)
		if _, err := in.Write([][]byte{buf}, offsets[0]); err != nil {
			t.Fatal(err)
		}
		clear(buf)
		bufs, sizes := lend(1)
		n, err := out.Read(bufs, sizes, offsets[1])
		if n != 1 || err != nil || sizes[0] != len(sent) {
			t.Fatalf("Read %d packets of %v bytes: %v", n, sizes, err)
		}
		ipv4.DecrementTTL(sent)
		if !bytes.Equal(bufs[0][offsets[1]:offsets[1]+sizes[0]], sent) {
			t.Errorf("offsets %v: the packet changed on its way", offsets)
		}
	}
}

// Control packets overtake the data that waits in a port, and reach the engine only on the link of
// their sender.
func TestControl(t *testing.T) {
	s, controls, _ := testSwitch(t)
	two := s.Peer(2)
	if s.SendControl(3, []byte("x")) || s.SendControl(0, nil) || s.SendControl(10, nil) || s.SendControl(2, make([]byte, 1<<16)) {
		t.Error("a control packet was sent where none can be")
	}
	for range 300 {
		write(t, s.Clients(), udp(clientA, atTwo, 100))
	}
	if !s.SendControl(2, []byte("heartbeat")) {
		t.Fatal("a control packet was refused")
	}
	packets := readAll(t, two)
	if h := parse(t, packets[0]); h.Protocol != ipv4.ControlProtocol || string(packets[0][20:]) != "heartbeat" || len(packets) != 301 {
		t.Fatalf("%d packets, the first is %+v", len(packets), h)
	}

	// The same packet, as controller 2 would send it, through its own link and through another.
	fromTwo := make([]byte, ipv4.HeaderLength, 64)
	ipv4.PutControl(fromTwo, 2, 1, 4)
	fromTwo = append(fromTwo, "beat"...)
	write(t, s.Peer(3), fromTwo)
	if len(*controls) != 0 || !s.Data(2).IsZero() {
		t.Errorf("the engine got %v", *controls)
	}
	write(t, two, fromTwo)
	if len(*controls) != 1 || (*controls)[0] != (controlCall{2, "beat"}) || !s.Data(2).IsZero() {
		t.Errorf("the engine got %v, data at %v", *controls, s.Data(2))
	}
	write(t, two, udp(atTwo, clientA, 100))
	if s.Data(2).IsZero() || !s.Data(3).Before(s.Data(2)) {
		t.Errorf("data of 2 at %v, of 3 at %v", s.Data(2), s.Data(3))
	}
}

// A full port makes the writer wait a little, then drops; it does not wait again at once, so what is
// behind is not held up; control packets still go.
func TestFullPort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{})
		defer func() { s.Close(); addsUp(t, s) }()
		s.SetIdentity(Identity{ID: 1})
		s.SetHops(&Hops{2: {Next: 2}, 3: {Next: 3}})
		s.SetTable(testTable())
		in, out := s.Peer(2), s.Peer(3)
		packet := udp(atTwo, atThree, 100)
		for range dataPackets {
			write(t, in, packet)
		}
		start := time.Now()
		write(t, in, packet, packet)
		if waited := time.Since(start); waited != waitLimit {
			t.Errorf("the writer waited %v, not %v", waited, waitLimit)
		}
		write(t, in, packet)
		if waited := time.Since(start); waited != waitLimit {
			t.Errorf("the writer waited again, %v in all", waited)
		}
		if got := s.Counters()["peer 2"].Dropped[QueueFull]; got != 3 {
			t.Errorf("%d packets dropped, not 3", got)
		}
		if !s.SendControl(3, []byte("still there")) {
			t.Error("a full port refuses control packets")
		}

		// After as long as it waited, a writer waits again, and goes on when there is room.
		time.Sleep(waitLimit)
		start = time.Now()
		done := make(chan struct{})
		go func() {
			defer close(done)
			write(t, in, packet)
		}()
		synctest.Wait()
		if got := len(readAll(t, out)); got < dataPackets {
			t.Errorf("read %d packets", got)
		}
		<-done
		if waited := time.Since(start); waited != 0 {
			t.Errorf("the writer waited %v although there was room", waited)
		}
	})
}

// Client servers are reported when they appear and after a silence, not with each packet.
func TestClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []netip.Addr
		s := New(Options{Client: func(addr netip.Addr) { seen = append(seen, addr) }})
		defer s.Close()
		s.SetTable(testTable())
		p := s.Clients()
		expect := func(n int) {
			t.Helper()
			if len(seen) != n {
				t.Fatalf("reported %v, want %d reports", seen, n)
			}
		}
		if !s.ClientSeen(clientA).IsZero() {
			t.Error("a client that never sent was seen")
		}
		a, b := udp(clientA, clientB, 100), udp(clientB, clientA, 100)
		write(t, p, a, a, b, a)
		expect(2)
		for range 10 {
			time.Sleep(ClientSilence / 2)
			write(t, p, a)
		}
		expect(2)
		if at := s.ClientSeen(clientA); !at.Equal(time.Now()) {
			t.Errorf("seen at %v, not %v", at, time.Now())
		}
		time.Sleep(ClientSilence)
		write(t, p, a)
		expect(3)
		s.ForgetClient(clientA)
		write(t, p, a)
		expect(4)
		if seen[3] != clientA {
			t.Errorf("reported %v", seen)
		}
	})
}
