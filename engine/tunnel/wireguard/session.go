package wireguard

import (
	"crypto/cipher"
	"sync"
	"sync/atomic"

	"golang.org/x/crypto/chacha20poly1305"

	"vns3/engine/tunnel/noise"
)

// session is the keys that one handshake agreed on.
type session struct {
	peer          *Peer
	send, receive cipher.AEAD
	local, remote uint32 // indices
	initiator     bool   // we began the handshake
	born          int64  // stamp
	counter       atomic.Uint64
	retired       atomic.Bool // nothing is sent with it any more
	ended         atomic.Bool // nor received
	mu            sync.Mutex
	seen          window // guarded by mu
}

func newSession(p *Peer, keys noise.Keys, local, remote uint32, initiator bool, now int64) *session {
	s := &session{peer: p, local: local, remote: remote, initiator: initiator, born: now}
	s.send, _ = chacha20poly1305.New(keys.Send[:]) // fails only on a key of another size
	s.receive, _ = chacha20poly1305.New(keys.Receive[:])
	return s
}

// sends reports whether the session may be sent with.
func (s *session) sends(now int64) bool {
	return s != nil && !s.retired.Load() && now-s.born < int64(RejectAfterTime) && s.counter.Load() < rejectAfterMessages
}

// receives reports whether what comes in the session counts.
func (s *session) receives(now int64) bool {
	return !s.ended.Load() && now-s.born < int64(RejectAfterTime)
}

// fresh reports whether a message with the counter was not there before, and notes it.
func (s *session) fresh(counter uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.accept(counter)
}
