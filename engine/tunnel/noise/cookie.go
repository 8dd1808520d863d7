package noise

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/binary"
	"sync"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// cookieLife is how long a cookie is good (paper, section 5.4.7).
const cookieLife = 120 * time.Second

// Bouncer keeps a busy responder from working for forged sources: who wants a handshake has to send a
// cookie that went to its address. It is safe for concurrent use.
type Bouncer struct {
	id *Identity

	mu     sync.Mutex
	secret [32]byte
	since  time.Time
}

// NewBouncer returns a bouncer for handshakes with the identity.
func NewBouncer(id *Identity) *Bouncer { return &Bouncer{id: id} }

// cookie is what proves the source now.
func (b *Bouncer) cookie(source []byte, now time.Time) [macSize]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.since.IsZero() || now.Sub(b.since) >= cookieLife {
		rand.Read(b.secret[:]) // never fails
		b.since = now
	}
	return mac(b.secret[:], source)
}

// Knows reports whether the handshake message from the source (address and port in bytes) carries its
// cookie.
func (b *Bouncer) Knows(packet, source []byte, now time.Time) bool {
	cookie := b.cookie(source, now)
	_, _, second := macs(packet)
	want := mac(cookie[:], packet[:len(packet)-macSize])
	return hmac.Equal(want[:], second)
}

// Reply makes the answer to a handshake message without a cookie.
func (b *Bouncer) Reply(packet, source []byte, now time.Time) []byte {
	cookie := b.cookie(source, now)
	_, first, _ := macs(packet)
	reply := make([]byte, 8+chacha20poly1305.NonceSizeX, CookieSize)
	binary.LittleEndian.PutUint32(reply, uint32(CookieKind))
	binary.LittleEndian.PutUint32(reply[4:], Sender(packet))
	rand.Read(reply[8:]) // never fails
	aead, _ := chacha20poly1305.NewX(b.id.cookie[:])
	return aead.Seal(reply, reply[8:], cookie[:], first)
}

// Jar holds the cookie that a peer asked for. Its owner keeps it from concurrent use.
type Jar struct {
	sent   [macSize]byte // mac1 of the newest message
	asks   bool          // it may be answered by a cookie
	cookie [macSize]byte
	since  time.Time // zero: no cookie
}

// Stamp completes a message to the peer: it sets mac2 if there is a good cookie.
func (j *Jar) Stamp(packet []byte, now time.Time) {
	_, first, second := macs(packet)
	copy(j.sent[:], first)
	j.asks = true
	if !j.since.IsZero() && now.Sub(j.since) < cookieLife {
		sum := mac(j.cookie[:], packet[:len(packet)-macSize])
		copy(second, sum[:])
	}
}

// Fill reads a cookie reply of the peer to the newest message; false: it is none.
func (j *Jar) Fill(reply []byte, from *Remote, now time.Time) bool {
	if !j.asks || KindOf(reply) != CookieKind {
		return false
	}
	aead, _ := chacha20poly1305.NewX(from.cookie[:])
	cookie, err := aead.Open(nil, reply[8:32], reply[32:], j.sent[:])
	if err != nil {
		return false
	}
	copy(j.cookie[:], cookie)
	j.since, j.asks = now, false
	return true
}
