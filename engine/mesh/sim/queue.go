package sim

import "time"

// event is something that happens at a time.
type event struct {
	at     time.Duration // since the world began
	number uint64        // of equal times the first one put in comes first
	// A packet that arrives …
	from, to int
	packet   packet
	// … or something that the script does.
	act func()
}

// queue is the events to come, a binary heap.
type queue struct {
	events []event
	number uint64
}

func (q *queue) before(i, j int) bool {
	a, b := &q.events[i], &q.events[j]
	return a.at < b.at || (a.at == b.at && a.number < b.number)
}

func (q *queue) push(e event) {
	q.number++
	e.number = q.number
	q.events = append(q.events, e)
	for i := len(q.events) - 1; i > 0; {
		parent := (i - 1) / 2
		if !q.before(i, parent) {
			return
		}
		q.events[i], q.events[parent] = q.events[parent], q.events[i]
		i = parent
	}
}

func (q *queue) pop() event {
	first := q.events[0]
	last := len(q.events) - 1
	q.events[0], q.events[last] = q.events[last], event{}
	q.events = q.events[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			return first
		}
		if child+1 < last && q.before(child+1, child) {
			child++
		}
		if !q.before(child, i) {
			return first
		}
		q.events[i], q.events[child] = q.events[child], q.events[i]
		i = child
	}
}
