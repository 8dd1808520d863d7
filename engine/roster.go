package engine

import (
	"context"
	"sync"

	"vns3/keyset"
	"vns3/overlay"
)

// roster knows clientpacks by their public keys. Deriving all of them takes a while, so it is done once,
// beside everything else; until then nobody is known.
type roster struct {
	keys  *keyset.Keyset
	ready chan struct{} // closed when all keys are derived

	mu      sync.RWMutex
	entries []rosterEntry // by index
	index   map[keyset.PublicKey]int
}

type rosterEntry struct {
	epoch uint32
	key   keyset.PublicKey
	known bool
}

func newRoster(keys *keyset.Keyset, p overlay.Parameters) *roster {
	return &roster{
		keys: keys, ready: make(chan struct{}),
		entries: make([]rosterEntry, len(p.Clients)), index: make(map[keyset.PublicKey]int, len(p.Clients)),
	}
}

// derive fills the roster: with epoch 0, except for the given epochs.
func (r *roster) derive(ctx context.Context, epochs map[int]uint32) {
	defer close(r.ready)
	for index := range r.entries {
		if ctx.Err() != nil {
			return
		}
		r.set(index, epochs[index])
	}
}

// set says that a clientpack has the key of an epoch, and reports whether it had an older one.
func (r *roster) set(index int, epoch uint32) (rekeyed bool) {
	if index >= len(r.entries) {
		return false
	}
	r.mu.RLock()
	old := r.entries[index]
	r.mu.RUnlock()
	if old.known && epoch <= old.epoch {
		return false
	}
	key := r.keys.Pack(index, epoch).Public
	r.mu.Lock()
	defer r.mu.Unlock()
	if old = r.entries[index]; old.known && epoch <= old.epoch {
		return false
	}
	delete(r.index, old.key)
	r.entries[index] = rosterEntry{epoch, key, true}
	r.index[key] = index
	return old.known
}

// find returns the clientpack with the public key, once the roster is complete.
func (r *roster) find(key keyset.PublicKey) (index int, ok bool) {
	<-r.ready
	r.mu.RLock()
	defer r.mu.RUnlock()
	index, ok = r.index[key]
	return index, ok
}

// of returns the key of a clientpack and its epoch.
func (r *roster) of(index int) rosterEntry {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if index >= len(r.entries) {
		return rosterEntry{}
	}
	return r.entries[index]
}
