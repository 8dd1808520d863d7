package wireguard

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"golang.zx2c4.com/wireguard/conn"

	"vns3/engine/tunnel/noise"
)

// attempt is what a peer knows of its own initiations.
type attempt struct {
	handshake *noise.Handshake // nil: no answer is waited for
	index     uint32
	sent      int64    // stamp of the newest; 0: none
	retry     int64    // stamp at which it is repeated
	repeated  int      // how often it was
	timestamp [12]byte // of the newest
}

// reason is why an initiation is sent.
type reason uint8

const (
	needed     reason = iota // for packets, or to keep a session
	demanded                 // by the owner
	unanswered               // the one before was
)

// initiate sends an initiation, if the reason still holds and, where it is only needed, the one before was
// RekeyTimeout ago.
func (p *Peer) initiate(why reason) error {
	to := p.Endpoint()
	if to == nil {
		return nil
	}
	p.mu.Lock()
	now := p.d.now()
	early := p.attempt.sent != 0 && now-p.attempt.sent < int64(RekeyTimeout)
	if p.gone || why == needed && early || why == unanswered && p.attempt.handshake == nil {
		p.mu.Unlock()
		return nil
	}
	repeated := 0
	if why == unanswered {
		repeated = p.attempt.repeated + 1
	}
	packet, err := p.newInitiation(now, repeated)
	retry := p.attempt.retry
	p.mu.Unlock()
	if err != nil {
		return err
	}
	p.tx.Add(noise.InitiationSize)
	p.sent(false, now)
	p.alarm.by(retry, p.d)
	return p.d.transmit(noise.InitiationKind, [][]byte{packet}, to)
}

// newInitiation needs p.mu.
func (p *Peer) newInitiation(now int64, repeated int) ([]byte, error) {
	p.endAttempt()
	var ephemeral [32]byte
	rand.Read(ephemeral[:]) // never fails
	wall := time.Now()
	timestamp := tai64n(wall, p.attempt.timestamp)
	index := p.d.choose(holder{peer: p})
	packet, handshake, err := p.d.identity.Initiate(p.remote, ephemeral, index, timestamp)
	if err != nil {
		p.d.release(index)
		return nil, fmt.Errorf("cannot make an initiation: %w", err)
	}
	p.jar.Stamp(packet, wall)
	p.attempt = attempt{
		handshake: handshake, index: index, timestamp: timestamp, sent: now, repeated: repeated,
		retry: now + int64(RekeyTimeout) + mathrand.Int64N(int64(retryJitter)),
	}
	return packet, nil
}

// endAttempt needs p.mu.
func (p *Peer) endAttempt() {
	if p.attempt.handshake != nil {
		p.d.release(p.attempt.index)
		p.attempt.handshake.Erase()
		p.attempt.handshake = nil
	}
}

// answer answers an initiation of the peer.
func (p *Peer) answer(in *noise.Initiation, from conn.Endpoint) {
	p.mu.Lock()
	now := p.d.now()
	switch {
	case p.gone || p.answered != 0 && now-p.answered < int64(initiationsApart):
		p.mu.Unlock()
		return
	case bytes.Compare(in.Timestamp[:], p.newest[:]) <= 0:
		p.mu.Unlock()
		p.d.o.Refused(p)
		return
	}
	var ephemeral [32]byte
	rand.Read(ephemeral[:]) // never fails
	index := p.d.choose(holder{peer: p})
	packet, keys, err := p.d.identity.Respond(in, p.remote, ephemeral, index)
	if err != nil {
		p.d.release(index)
		p.mu.Unlock()
		return
	}
	p.newest, p.answered = in.Timestamp, now
	p.drop(p.next)
	p.next = newSession(p, keys, index, in.Index(), false, now)
	p.d.assign(p.next)
	p.jar.Stamp(packet, time.Now())
	p.mu.Unlock()
	p.rx.Add(noise.InitiationSize)
	p.follow(from)
	p.tx.Add(noise.ResponseSize)
	p.sent(false, now)
	p.alarm.by(now+int64(forgetSessions), p.d) // the peer may never use it
	p.d.o.Answered(p)
	if err := p.d.transmit(noise.ResponseKind, [][]byte{packet}, from); err != nil {
		p.d.complain("send a response", err)
	}
}

// finish reads the response to our initiation: the session can be used at once.
func (p *Peer) finish(packet []byte, from conn.Endpoint) {
	p.mu.Lock()
	if p.attempt.handshake == nil || noise.Receiver(packet) != p.attempt.index {
		p.mu.Unlock()
		return
	}
	keys, remote, ok := p.attempt.handshake.Finish(packet)
	if !ok {
		p.mu.Unlock()
		return
	}
	now := p.d.now()
	s := newSession(p, keys, p.attempt.index, remote, true, now)
	p.attempt.handshake, p.attempt.repeated = nil, 0
	p.d.assign(s)
	p.drop(p.previous)
	p.previous = p.current.Swap(s)
	if p.next != nil { // the peer may be sending with it already
		p.drop(p.previous)
		p.previous, p.next = p.next, nil
	}
	p.mu.Unlock()
	p.rx.Add(noise.ResponseSize)
	p.established(now)
	p.touch(now)
	p.follow(from)
	p.SendKeepalive() // only what comes in the session tells the peer that it stands
}

// confirm begins to send with a session that the peer began, now that it uses it.
func (p *Peer) confirm(s *session, now int64) {
	p.mu.Lock()
	if p.next != s {
		p.mu.Unlock()
		return
	}
	p.drop(p.previous)
	p.previous, p.next = p.current.Swap(s), nil
	if !s.retired.Load() {
		p.endAttempt() // one session is enough
	}
	p.mu.Unlock()
	p.established(now)
	p.flush(false)
}

// established tells of a session.
func (p *Peer) established(now int64) {
	at := time.Now()
	p.handshake.Store(at.UnixNano())
	p.alarm.by(now+int64(forgetSessions), p.d)
	p.d.o.Session(p, at)
}

// keepCookie reads a cookie reply to our newest message.
func (p *Peer) keepCookie(packet []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.jar.Fill(packet, p.remote, time.Now())
}

// tai64n is a time as WireGuard sends it, later than the last one. It is rounded to 17 ms, so that it does
// not betray how long things take here.
func tai64n(now time.Time, last [12]byte) (stamp [12]byte) {
	const base, rounding = 0x400000000000000a, 1 << 24
	binary.BigEndian.PutUint64(stamp[:], base+uint64(now.Unix()))
	binary.BigEndian.PutUint32(stamp[8:], uint32(now.Nanosecond())&^(rounding-1))
	if bytes.Compare(stamp[:], last[:]) <= 0 {
		stamp = last
		if n := binary.BigEndian.Uint32(stamp[8:]) + 1; n < uint32(time.Second) {
			binary.BigEndian.PutUint32(stamp[8:], n)
		} else {
			binary.BigEndian.PutUint64(stamp[:], binary.BigEndian.Uint64(stamp[:])+1)
			binary.BigEndian.PutUint32(stamp[8:], 0)
		}
	}
	return stamp
}
