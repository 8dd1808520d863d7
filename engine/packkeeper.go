package engine

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"vns3/engine/mesh"
	"vns3/internal/safefile"
)

// keepAfter gathers changes that come from the mesh, so that a storm of them is one write.
const keepAfter = 300 * time.Millisecond

// packKeeper keeps the state of the clientpacks over a restart of the whole mesh. Its file begins with a
// line that names format and keyset; then come the states, each preceded by its length as 16 bits,
// big-endian. A file of another keyset is none.
type packKeeper struct {
	path string
	head string
	log  *slog.Logger

	mu     sync.Mutex
	states map[int][]byte
	dirty  bool
	timer  *time.Timer // nil: none runs
}

func newPackKeeper(path, uuid string, log *slog.Logger) *packKeeper {
	return &packKeeper{path: path, head: "vns3 clientpacks 1 " + uuid + "\n", log: log, states: map[int][]byte{}}
}

// load returns the states that were kept.
func (k *packKeeper) load() ([][]byte, error) {
	raw, err := os.ReadFile(k.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("state of the clientpacks cannot be read: %w", err)
	}
	rest, ours := bytes.CutPrefix(raw, []byte(k.head))
	if !ours {
		return nil, nil
	}
	var all [][]byte
	for len(rest) > 0 {
		if len(rest) < 2 || len(rest)-2 < int(binary.BigEndian.Uint16(rest)) {
			return all, fmt.Errorf("%s is cut short: the states of some clientpacks come from the mesh", k.path)
		}
		n := int(binary.BigEndian.Uint16(rest))
		all = append(all, rest[2:2+n])
		rest = rest[2+n:]
	}
	return all, nil
}

// keep notes a state; it is on disk a moment later, or after flush.
func (k *packKeeper) keep(p mesh.Pack) {
	k.mu.Lock()
	defer k.mu.Unlock()
	encoded := mesh.EncodePack(p)
	if bytes.Equal(k.states[p.Index], encoded) {
		return
	}
	k.states[p.Index], k.dirty = encoded, true
	if k.timer == nil {
		k.timer = time.AfterFunc(keepAfter, func() {
			if err := k.flush(); err != nil {
				k.log.Error("the state of the clientpacks cannot be kept", "error", err)
			}
		})
	}
}

// flush puts what is not on disk there.
func (k *packKeeper) flush() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.timer != nil {
		k.timer.Stop()
		k.timer = nil
	}
	if !k.dirty {
		return nil
	}
	b := []byte(k.head)
	for _, index := range slices.Sorted(maps.Keys(k.states)) {
		state := k.states[index]
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(state))), state...)
	}
	if err := safefile.Write(k.path, b); err != nil {
		return err
	}
	k.dirty = false
	return nil
}
