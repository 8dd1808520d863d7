package forward

import "sync/atomic"

// traffic counts the packets of one slot. in, consumed and dropped are those that came in there, out
// those that went out.
type traffic struct {
	in, out, consumed atomic.Uint64
	dropped           [reasons]atomic.Uint64
	data              atomic.Int64 // stamp of the last data packet in
	rest              atomic.Int64 // stamp until which a Write does not wait for full ports
	reports           bucket       // of ICMP errors about what came in

	_ [64]byte // the next slot's counters belong to other goroutines
}

// PortCounters counts packets of one port since the switch was made.
type PortCounters struct {
	In       uint64 // came in: decrypted, read from the host, or originated here
	Out      uint64 // went out: handed to the device or to the host
	Consumed uint64 // came in and were for this controller itself, or were cut into fragments
	Queued   uint64 // wait for the device
	Dropped  map[Reason]uint64
}

// Counters counts packets by port: "peer 1" … "peer 9", "clients", "kernel", and "own" for what the
// switch originates (control packets, ICMP, fragments). Ports without packets are left out.
//
// Over all ports, In = Out + Consumed + Queued + all Dropped, exactly, while nothing is under way.
type Counters map[string]PortCounters

// Counters returns what was counted since the switch was made.
func (s *Switch) Counters() Counters {
	all := Counters{}
	for at := range slots {
		c := s.traffic[at].read()
		if p := s.ports[at].Load(); p != nil {
			c.Queued = uint64(p.queued())
		}
		if c.In+c.Out+c.Queued > 0 {
			all[at.String()] = c
		}
	}
	return all
}

func (t *traffic) read() PortCounters {
	c := PortCounters{In: t.in.Load(), Out: t.out.Load(), Consumed: t.consumed.Load(), Dropped: map[Reason]uint64{}}
	for r := range reasons {
		if n := t.dropped[r].Load(); n > 0 {
			c.Dropped[r] = n
		}
	}
	return c
}

// Total returns the sum over all ports.
func (c Counters) Total() PortCounters {
	sum := PortCounters{Dropped: map[Reason]uint64{}}
	for _, p := range c {
		sum.In += p.In
		sum.Out += p.Out
		sum.Consumed += p.Consumed
		sum.Queued += p.Queued
		for r, n := range p.Dropped {
			sum.Dropped[r] += n
		}
	}
	return sum
}

// Lost returns how many packets were dropped, for whatever reason.
func (c PortCounters) Lost() uint64 {
	var lost uint64
	for _, n := range c.Dropped {
		lost += n
	}
	return lost
}
