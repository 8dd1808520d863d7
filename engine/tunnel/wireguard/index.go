package wireguard

import (
	"crypto/rand"
	"encoding/binary"
	"time"
)

// holder is whose an index is: that of a handshake that waits for its response, or of a session.
type holder struct {
	peer    *Peer
	session *session // nil: a handshake
}

// rememberFor is how long it is remembered that an index was ours: longer than a session can last after a
// handshake that took long.
const rememberFor = 240 * time.Second

// memory remembers the indices that a device chose, for at least rememberFor.
type memory struct {
	young, old map[uint32]bool
	since      time.Time // when young was begun
}

func (m *memory) add(index uint32, now time.Time) {
	if m.young == nil || now.Sub(m.since) >= rememberFor {
		m.old, m.young, m.since = m.young, map[uint32]bool{}, now
	}
	m.young[index] = true
}

func (m *memory) has(index uint32) bool { return m.young[index] || m.old[index] }

// choose gives the holder an index that is not in use.
func (d *Device) choose(h holder) uint32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		var b [4]byte
		rand.Read(b[:]) // never fails
		index := binary.LittleEndian.Uint32(b[:])
		if _, taken := d.index[index]; !taken {
			d.index[index] = h
			d.chosen.add(index, time.Now())
			return index
		}
	}
}

// lookup returns whose an index is; the zero holder: nobody's.
func (d *Device) lookup(index uint32) holder {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.index[index]
}

// assign makes an index that was chosen lead to the session.
func (d *Device) assign(s *session) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.index[s.local] = holder{s.peer, s}
}

// release gives an index back.
func (d *Device) release(index uint32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.index, index)
}

// chose reports whether the index was ours lately.
func (d *Device) chose(index uint32) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.chosen.has(index)
}
