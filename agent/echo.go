package agent

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

// An echo request is type, code, checksum, identifier and sequence number (RFC 792). It goes through
// the interface as any other packet of this machine.
const (
	echoRequest = 8
	echoReply   = 0
	echoLen     = 8
)

// echoes asks one address for echoes and measures the round trips.
type echoes struct {
	conn    *net.IPConn
	to      *net.IPAddr
	id      uint16
	answers chan time.Duration

	mu   sync.Mutex
	next uint16
	sent map[uint16]time.Time // not answered yet, of the last echoKept
}

// echoKept is how many requests are remembered: those of the longest round trip that matters.
const echoKept = 256

// openEchoes needs the privilege to send ICMP and the source address to exist. close it to end its
// receiver.
func openEchoes(from, to netip.Addr) (*echoes, error) {
	conn, err := net.ListenIP("ip4:icmp", &net.IPAddr{IP: from.AsSlice()})
	if err != nil {
		return nil, fmt.Errorf("cannot send echo requests to the VIP %v: %w: it needs CAP_NET_RAW: run as root", to, err)
	}
	e := &echoes{conn: conn, to: &net.IPAddr{IP: to.AsSlice()}, id: uint16(rand.Uint32()),
		answers: make(chan time.Duration, echoKept), sent: map[uint16]time.Time{}}
	return e, nil
}

func (e *echoes) close() { e.conn.Close() }

// send asks once. What cannot be sent is a lost packet.
func (e *echoes) send(now time.Time) {
	e.mu.Lock()
	e.next++
	e.sent[e.next] = now
	delete(e.sent, e.next-echoKept)
	packet := request(e.id, e.next)
	e.mu.Unlock()
	e.conn.WriteToIP(packet, e.to) // also without a session: it is what the silence is made of
}

// receive takes answers until close.
func (e *echoes) receive() {
	buf := make([]byte, 2048)
	for {
		n, from, err := e.conn.ReadFromIP(buf)
		if err != nil {
			return
		}
		if from.IP.Equal(e.to.IP) {
			e.take(buf[:n], time.Now())
		}
	}
}

// take matches an answer to its request.
func (e *echoes) take(packet []byte, now time.Time) {
	id, seq, ok := reply(packet)
	if !ok || id != e.id {
		return
	}
	e.mu.Lock()
	at, known := e.sent[seq]
	delete(e.sent, seq)
	e.mu.Unlock()
	if known {
		select {
		case e.answers <- now.Sub(at):
		default: // nobody has looked for hundreds of them
		}
	}
}

// taken are the round trips of the answers since it was last called.
func (e *echoes) taken() []time.Duration {
	var all []time.Duration
	for {
		select {
		case rtt := <-e.answers:
			all = append(all, rtt)
		default:
			return all
		}
	}
}

func request(id, seq uint16) []byte {
	p := make([]byte, echoLen)
	p[0] = echoRequest
	binary.BigEndian.PutUint16(p[4:], id)
	binary.BigEndian.PutUint16(p[6:], seq)
	sum := echoRequest<<8 + uint32(id) + uint32(seq)
	sum = sum&0xffff + sum>>16
	sum = sum&0xffff + sum>>16
	binary.BigEndian.PutUint16(p[2:], ^uint16(sum))
	return p
}

func reply(p []byte) (id, seq uint16, ok bool) {
	if len(p) < echoLen || p[0] != echoReply || p[1] != 0 {
		return 0, 0, false
	}
	return binary.BigEndian.Uint16(p[4:]), binary.BigEndian.Uint16(p[6:]), true
}
