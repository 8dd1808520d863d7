package tunnel

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/crypto/curve25519"
	"golang.zx2c4.com/wireguard/conn"

	"vns3/engine/tunnel/memnet"
)

// keys are a key pair derived from a number.
func keys(n byte) (private, public [32]byte) {
	private = [32]byte(bytes.Repeat([]byte{n}, 32))
	private[0] &= 248
	private[31] = private[31]&127 | 64
	curve25519.ScalarBaseMult(&public, &private)
	return private, public
}

// packet is an IPv4 packet that carries a text.
func packet(from, to, text string) []byte {
	p := make([]byte, 20, 20+len(text))
	p[0] = 0x45
	binary.BigEndian.PutUint16(p[2:], uint16(20+len(text)))
	p[8], p[9] = 64, 253
	src, dst := netip.MustParseAddr(from).As4(), netip.MustParseAddr(to).As4()
	copy(p[12:], src[:])
	copy(p[16:], dst[:])
	return append(p, text...)
}

// station is one end of a link and what it saw.
type station struct {
	*Link
	port     *memnet.Port
	received chan string
	events   chan LinkEvent
}

// stationOptions are what differs between stations.
type stationOptions struct {
	self, peer int
	bind       conn.Bind
	listen     netip.Addr
	prober     *Prober
}

func newStation(t *testing.T, o stationOptions) *station {
	t.Helper()
	s := &station{received: make(chan string, 10000), events: make(chan LinkEvent, 10000)}
	s.port = memnet.NewPort(func(p []byte) { s.received <- string(p[20:]) })
	private, _ := keys(byte(o.self))
	_, public := keys(byte(o.peer))
	var err error
	s.Link, err = OpenLink(LinkOptions{
		Self: o.self, Peer: o.peer, PrivateKey: private, PeerKey: public, Listen: o.listen, Port: s.port, Bind: o.bind, Prober: o.prober,
		Events: func(e LinkEvent) { s.events <- e },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// patience is how long an end waits for what must come.
const patience = time.Minute

// say sends a text through the tunnel.
func (s *station) say(text string) { s.port.Send(packet("10.0.0.1", "10.0.0.2", text)) }

// hear waits for a text.
func (s *station) hear(t *testing.T, text string) {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case got := <-s.received:
			if got == text {
				return
			}
		case <-timeout:
			t.Fatalf("%q did not come", text)
		}
	}
}

// expect waits for an event of a kind.
func (s *station) expect(t *testing.T, kind LinkEventKind) LinkEvent {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case e := <-s.events:
			if e.Kind == kind {
				return e
			}
		case <-timeout:
			t.Fatalf("the event %v did not come", kind)
		}
	}
}

// establish repeats an initiation until both ends have told a session: WireGuard's timestamps are 17 ms
// apart, and an initiation that follows another more closely is taken for a replay. Each waits longer
// than the last: an initiation ends the one before, so that a busy machine would never answer in time.
func establish(t *testing.T, initiate func(), a, b *station) (ea, eb LinkEvent) {
	t.Helper()
	pause := 100 * time.Millisecond
	again := time.NewTimer(pause)
	defer again.Stop()
	timeout := time.After(patience)
	initiate()
	for ea.Kind != SessionEstablished || eb.Kind != SessionEstablished {
		select {
		case e := <-a.events:
			if e.Kind == SessionEstablished {
				ea = e
			}
		case e := <-b.events:
			if e.Kind == SessionEstablished {
				eb = e
			}
		case <-again.C:
			initiate()
			pause *= 2
			again.Reset(pause)
		case <-timeout:
			t.Fatal("no session")
		}
	}
	return ea, eb
}

// talk checks that both directions carry packets.
func talk(t *testing.T, a, b *station) {
	t.Helper()
	for i, ends := range [][2]*station{{a, b}, {b, a}} {
		text := fmt.Sprintf("%d at %v", i, time.Now())
		ends[0].say(text)
		ends[1].hear(t, text)
	}
}
