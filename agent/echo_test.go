package agent

import (
	"testing"
	"time"
)

// TestEcho proves that a request has the checksum of RFC 792, and that only the answer to a request of
// this run, and only the first, is measured.
func TestEcho(t *testing.T) {
	for _, seq := range []uint16{0, 1, 0xfff6, 0xffff} {
		p := request(0xf00d, seq)
		var sum uint32
		for i := 0; i < len(p); i += 2 {
			sum += uint32(p[i])<<8 | uint32(p[i+1])
		}
		for sum > 0xffff {
			sum = sum&0xffff + sum>>16
		}
		if sum != 0xffff {
			t.Errorf("sequence %d: checksum of %x", seq, p)
		}
	}
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	e := &echoes{id: 7, answers: make(chan time.Duration, 1), sent: map[uint16]time.Time{3: at}}
	answer := func(id, seq uint16) []byte {
		p := request(id, seq)
		p[0] = echoReply
		return p
	}
	for _, p := range [][]byte{nil, request(7, 3), answer(8, 3), answer(7, 4), answer(7, 3), answer(7, 3)} {
		e.take(p, at.Add(20*ms))
	}
	if got := e.taken(); len(got) != 1 || got[0] != 20*ms {
		t.Errorf("measured %v", got)
	}
}
