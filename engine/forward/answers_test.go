package forward

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"vns3/engine/forward/ipv4"
)

// What cannot be forwarded is reported to its sender from this controller's overlay address.
func TestErrorsReported(t *testing.T) {
	expired := udp(clientA, atTwo, 100)
	for range 63 {
		ipv4.DecrementTTL(expired)
	}
	for _, c := range []struct {
		name   string
		packet []byte
		want   ipv4.Error
		reason Reason
	}{
		{"no route", udp(clientA, unknown, 100), ipv4.NetUnreachable, NoRoute},
		{"held by nobody", udp(clientA, nobody, 100), ipv4.HostUnreachable, NoPath},
		{"not served", udp(clientA, selfAddr, 100), ipv4.PortUnreachable, NotServed},
		{"TTL", expired, ipv4.TimeExceeded, Expired},
		{"too big", udp(clientA, atTwo, 1421), ipv4.FragmentationNeeded, TooBig},
	} {
		s, _, _ := testSwitch(t)
		s.Peer(2)
		p := s.Clients()
		write(t, p, c.packet)
		answers := readAll(t, p)
		if len(answers) != 1 {
			t.Fatalf("%s: %d answers", c.name, len(answers))
		}
		h := parse(t, answers[0])
		kind, code := answers[0][20], answers[0][21]
		if h.Source != number(selfAddr) || h.Destination != number(clientA) || (ipv4.Error{Type: kind, Code: code}) != c.want {
			t.Errorf("%s: answered %v > %v, type %d code %d", c.name, ipv4.Addr(h.Source), ipv4.Addr(h.Destination), kind, code)
		}
		if c.want == ipv4.FragmentationNeeded && binary.BigEndian.Uint16(answers[0][26:]) != DefaultMTU {
			t.Errorf("%s: wrong MTU told", c.name)
		}
		if got := s.Counters()["clients"].Dropped; len(got) != 1 || got[c.reason] != 1 {
			t.Errorf("%s: dropped %v", c.name, got)
		}
	}
}

// Errors are limited in rate for each port, and nothing is told about errors, to strangers or while
// the own address is not known.
func TestErrorsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{})
		defer func() { s.Close(); addsUp(t, s) }()
		s.SetTable(testTable())
		p := s.Clients()
		flood := func() int {
			for range 200 {
				write(t, p, udp(clientA, unknown, 100))
			}
			return len(readAll(t, p))
		}
		if n := flood(); n != 0 {
			t.Errorf("%d errors without an address", n)
		}
		s.SetIdentity(Identity{ID: 1, Address: selfAddr})
		if n := flood(); n != reportBurst {
			t.Errorf("%d errors at once, want %d", n, reportBurst)
		}
		time.Sleep(10 * reportInterval)
		if n := flood(); n != 10 {
			t.Errorf("%d errors after %v, want 10", n, 10*reportInterval)
		}
		time.Sleep(time.Second)
		about := make([]byte, ipv4.MaxErrorLength)
		offending := udp(unknown, clientA, 100)
		n := ipv4.PutError(about, offending, parse(t, offending), ipv4.TimeExceeded, number(clientA), 0)
		write(t, p, about[:n])
		if answers := readAll(t, p); len(answers) != 0 {
			t.Errorf("%d errors about an error", len(answers))
		}
	})
}

// The overlay address answers ping from anywhere; the VIP where a packet enters the mesh, and a
// controller further on never sees it.
func TestPing(t *testing.T) {
	s, _, _ := testSwitch(t)
	two, clients := s.Peer(2), s.Clients()
	reply := func(p *Port, src, dst netip.Addr) {
		t.Helper()
		packets := readAll(t, p)
		if len(packets) != 1 {
			t.Fatalf("%d replies", len(packets))
		}
		if h := parse(t, packets[0]); h.Source != number(src) || h.Destination != number(dst) || packets[0][20] != 0 || string(packets[0][28:]) != "hello" {
			t.Errorf("reply %v > %v, % x", ipv4.Addr(h.Source), ipv4.Addr(h.Destination), packets[0][20:])
		}
	}
	write(t, clients, ping(clientA, selfAddr, "hello"))
	reply(clients, selfAddr, clientA)
	write(t, two, ping(atTwo, selfAddr, "hello"))
	reply(two, selfAddr, atTwo)
	write(t, clients, ping(clientA, vipAddr, "hello"))
	reply(clients, vipAddr, clientA)
	write(t, two, ping(atTwo, vipAddr, "hello"))
	if n := len(readAll(t, two)); n != 0 {
		t.Errorf("the VIP answered %d times what another controller forwarded", n)
	}
	if got := s.Counters()["peer 2"].Dropped[VIPTransit]; got != 1 {
		t.Errorf("dropped %d packets for the VIP", got)
	}
}

// A client server is asked from this controller's overlay address, and nobody while it has none.
func TestAskClient(t *testing.T) {
	s, _, _ := testSwitch(t)
	p := s.Clients()
	s.AskClient(clientA)
	asked := readAll(t, p)
	if len(asked) != 1 {
		t.Fatalf("%d questions", len(asked))
	}
	h := parse(t, asked[0])
	if h.Source != number(selfAddr) || h.Destination != number(clientA) || !ipv4.TurnEcho(asked[0], h) {
		t.Errorf("asked % x", asked[0])
	}
	s.SetIdentity(Identity{})
	if s.AskClient(clientA); len(readAll(t, p)) != 0 {
		t.Error("asked without an address")
	}
}

// A packet that may be fragmented goes in pieces, behind what came before it.
func TestFragments(t *testing.T) {
	s, _, _ := testSwitch(t)
	two, clients := s.Peer(2), s.Clients()
	two.SetMTU(1280)
	big := udp(clientA, atTwo, 1400)
	big[6] = 0 // may be fragmented
	binary.BigEndian.PutUint16(big[10:], 0)
	binary.BigEndian.PutUint16(big[10:], ^uint16(ipv4.Sum(big[:20])))
	first, last := udp(clientA, atTwo, 101), udp(clientA, atTwo, 102)
	write(t, clients, first, big, last)
	var lengths []int
	for _, p := range readAll(t, two) {
		h := parse(t, p)
		lengths = append(lengths, len(p))
		if h.TTL != 63 {
			t.Errorf("TTL %d", h.TTL)
		}
	}
	if want := []int{101, 1276, 144, 102}; len(lengths) != 4 || [4]int(lengths) != [4]int(want) {
		t.Errorf("lengths %v, want %v", lengths, want)
	}
}
