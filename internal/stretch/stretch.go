// Package stretch makes keys of secrets that people choose, slowly and with much memory, so that whoever
// guesses must pay the same for each guess.
package stretch

import (
	"runtime/debug"

	"golang.org/x/crypto/argon2"
)

// Cost is what one stretching takes.
type Cost struct {
	Passes    uint32
	MemoryKiB uint32
	Lanes     uint8
}

// kept is the memory in KiB that the runtime may keep for later.
const kept = 8 << 10

// Key makes size bytes of a secret by Argon2id. The memory goes back to the system at once: the runtime
// would keep it for minutes, in a program that needs far less.
func Key(secret, salt []byte, c Cost, size uint32) []byte {
	key := argon2.IDKey(secret, salt, c.Passes, c.MemoryKiB, c.Lanes, size)
	if c.MemoryKiB > kept {
		debug.FreeOSMemory()
	}
	return key
}
