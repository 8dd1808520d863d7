package forward

// queue holds packets one after the other in a ring of bytes, so small packets take little memory and
// an almost empty queue always uses the same, warm part of it.
type queue struct {
	bytes []byte
	spans []span // ring of what is held; oldest at first
	first int
	count int
	end   int // where the next packet goes
}

// span is the place of a packet in the ring of bytes.
type span struct{ at, length int }

func newQueue(packets, bytes int) queue {
	return queue{bytes: make([]byte, bytes), spans: make([]span, packets)}
}

// push returns the place for a packet of the length behind all others, or nil if there is no room.
func (q *queue) push(length int) []byte {
	if q.count == len(q.spans) {
		return nil
	}
	if q.count == 0 {
		q.end = 0
	}
	at := q.end
	limit := len(q.bytes)
	if q.count > 0 {
		if oldest := q.spans[q.first].at; oldest >= q.end {
			limit = oldest
		} else if limit-at < length { // packets do not wrap round
			at, limit = 0, oldest
		}
	}
	if limit-at < length {
		return nil
	}
	q.spans[(q.first+q.count)%len(q.spans)] = span{at, length}
	q.count++
	q.end = at + length
	return q.bytes[at:q.end]
}

// pop returns the oldest packet, valid until the next push. The queue must not be empty.
func (q *queue) pop() []byte {
	s := q.spans[q.first]
	q.first = (q.first + 1) % len(q.spans)
	q.count--
	return q.bytes[s.at : s.at+s.length]
}
