package wireguard

// windowWords is how many words of bits the window has; one is always being filled.
const windowWords = 128

// windowSize is how far behind the newest counter one may be.
const windowSize = (windowWords - 1) * 64

// window remembers which counters of a session came (RFC 6479: whole words are cleared as the newest
// counter moves on). The zero window has seen none.
type window struct {
	bits [windowWords]uint64
	next uint64 // the newest counter plus one
}

// accept reports whether the counter is new and not too old, and notes it.
func (w *window) accept(counter uint64) bool {
	if counter >= rejectAfterMessages || counter+windowSize < w.next {
		return false
	}
	word := counter / 64
	if counter >= w.next {
		newest := uint64(0)
		if w.next > 0 {
			newest = (w.next - 1) / 64
		}
		for i := range min(word-newest, windowWords) {
			w.bits[(newest+1+i)%windowWords] = 0
		}
		w.next = counter + 1
	}
	bit := uint64(1) << (counter % 64)
	if w.bits[word%windowWords]&bit != 0 {
		return false
	}
	w.bits[word%windowWords] |= bit
	return true
}
