package engine

import "sync"

// opQueue carries out work in order on a goroutine of its own. Whoever gives it work never waits.
type opQueue struct {
	mu     sync.Mutex
	more   *sync.Cond
	work   []func()
	closed bool
	done   chan struct{}
}

func newOpQueue() *opQueue {
	q := &opQueue{done: make(chan struct{})}
	q.more = sync.NewCond(&q.mu)
	go q.run()
	return q
}

func (q *opQueue) run() {
	defer close(q.done)
	for {
		q.mu.Lock()
		for len(q.work) == 0 && !q.closed {
			q.more.Wait()
		}
		batch := q.work
		q.work = nil
		q.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		for _, f := range batch {
			f()
		}
	}
}

func (q *opQueue) add(f func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.work = append(q.work, f)
	q.more.Signal()
}

// wait returns when all work that was given before has been done.
func (q *opQueue) wait() {
	reached := make(chan struct{})
	q.add(func() { close(reached) })
	<-reached
}

// close ends the queue after the work that it has.
func (q *opQueue) close() {
	q.mu.Lock()
	q.closed = true
	q.more.Signal()
	q.mu.Unlock()
	<-q.done
}
