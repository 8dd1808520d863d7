package tunnel

import (
	"sync"
	"time"
)

// issuedFor is how long an index is remembered: longer than a session can last (180 s) after a
// handshake that took long.
const issuedFor = 240 * time.Second

// issued remembers the receiver indices that a device chose, for at least issuedFor.
type issued struct {
	mu       sync.RWMutex
	young    map[uint32]bool
	old      map[uint32]bool
	youngest time.Time // since when young is filled
}

func (i *issued) add(index uint32, now time.Time) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.young == nil || now.Sub(i.youngest) >= issuedFor {
		i.old, i.young, i.youngest = i.young, map[uint32]bool{}, now
	}
	i.young[index] = true
}

func (i *issued) has(index uint32) bool {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return i.young[index] || i.old[index]
}
