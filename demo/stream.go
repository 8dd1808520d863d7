package demo

import (
	"context"
	"fmt"
	"sync"
	"time"

	page "vns3/tui/pages/demo"
)

// pace is the time between two packets of a stream.
const pace = page.SlotLength / page.PerSlot

// stream is the traffic from one client server to another: numbered packets at a steady pace.
type stream struct {
	from, to *client
	end      chan struct{}
	ended    sync.WaitGroup

	mu    sync.Mutex
	tally tally
}

func newStream(from, to *client) *stream {
	s := &stream{from: from, to: to, end: make(chan struct{}), tally: newTally(time.Now())}
	to.heard = s.arrive
	return s
}

func (s *stream) start() { s.ended.Go(s.run) }

func (s *stream) run() {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.mu.Lock()
			number := s.tally.send(time.Now())
			s.mu.Unlock()
			s.from.tun.put(makePacket(s.from.address, s.to.address, number))
		case <-s.end:
			return
		}
	}
}

func (s *stream) arrive(number uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tally.arrive(number, time.Now())
}

func (s *stream) mark(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tally.mark(now)
}

func (s *stream) read(now time.Time) page.Tally {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tally.read(now)
}

// stop ends the stream.
func (s *stream) stop() {
	close(s.end)
	s.ended.Wait()
}

// firstClient is the place after the base of the first client server.
const firstClient = 11

// attachClients starts two client servers, at controllers 1 and 2, and their traffic.
func (d *Demo) attachClients(ctx context.Context) error {
	for n := range 2 {
		c, err := d.newClient(ctx, n+1, d.address(firstClient+n))
		if err != nil {
			return err
		}
		d.clients = append(d.clients, c)
	}
	a, b := d.clients[0], d.clients[1]
	d.streams = []*stream{newStream(a, b), newStream(b, a)}
	for _, s := range d.streams {
		s.start()
	}
	if err := d.await(ctx, "the client servers do not reach each other", func(s page.State) bool {
		return flowing(s) && s.Streams[0].FromAt != 0 && s.Streams[1].FromAt != 0
	}); err != nil {
		return err
	}
	s := d.State()
	d.options.Progress(fmt.Sprintf("client servers %s at controller %d and %s at controller %d exchange %d packets/s",
		s.Streams[0].From, s.Streams[0].FromAt, s.Streams[1].From, s.Streams[1].FromAt, time.Second/pace))
	d.Mark("the start")
	return nil
}

// flowing holds where packets arrive in both directions.
func flowing(s page.State) bool {
	for _, one := range s.Streams {
		if one.Tally.Received == 0 || one.Tally.Silent > 5*pace {
			return false
		}
	}
	return true
}

// Mark starts a new measurement of the clients' traffic.
func (d *Demo) Mark(what string) {
	now := time.Now()
	d.mu.Lock()
	d.what, d.marked = what, now
	d.mu.Unlock()
	for _, s := range d.streams {
		s.mark(now)
	}
}
