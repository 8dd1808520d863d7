package fetch

import (
	"crypto/rand"
	"crypto/sha256"
	"maps"
	"sync"
	"time"
)

// GuardTime is for how long a token that was refused is not tried again at the same source.
const GuardTime = 60 * time.Second

// TokenGuard keeps programs that poll from using up the attempts that a source allows: a token that was
// just refused is not sent there again. The zero value is ready; its methods may be called at the same time.
type TokenGuard struct {
	mu      sync.Mutex
	salt    [32]byte
	refused map[[sha256.Size]byte]time.Time // until when
}

// Wait returns how long the token may not be tried at the source again; 0: it may.
func (g *TokenGuard) Wait(source, token string, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.forget(now)
	return max(g.refused[g.key(source, token)].Sub(now), 0)
}

// Refused says that the source refused the token.
func (g *TokenGuard) Refused(source, token string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.refused == nil {
		g.refused = map[[sha256.Size]byte]time.Time{}
		rand.Read(g.salt[:])
	}
	g.forget(now)
	g.refused[g.key(source, token)] = now.Add(GuardTime)
}

// key keeps tokens out of memory: what is remembered cannot be read back.
func (g *TokenGuard) key(source, token string) [sha256.Size]byte {
	return sha256.Sum256(lvCat(g.salt[:], []byte(source), []byte(token)))
}

func (g *TokenGuard) forget(now time.Time) {
	maps.DeleteFunc(g.refused, func(_ [sha256.Size]byte, until time.Time) bool {
		return !now.Before(until) || until.Sub(now) > GuardTime // past, or the clock was set back
	})
}
