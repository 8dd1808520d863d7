package link

import "time"

// sharedFor is how long the elder of two is told after the younger last spoke.
const sharedFor = 10 * time.Second

// youngerSilent is how long the younger of two says nothing when it has stopped.
const youngerSilent = 300 * time.Millisecond

// process is one life of the peer, as its heartbeats show it.
type process struct {
	discriminator uint64
	sequence      uint32    // newest
	heard         time.Time // newest heartbeat
	since         time.Time // first heartbeat
	// born is when the process started, by our clock: the earliest that any heartbeat says, as
	// others came late by what delayed them or us.
	born time.Time
}

// sighting is what a heartbeat says about who sends.
type sighting uint8

const (
	same     sighting = iota // the process we know
	restart                  // a new process
	leftover                 // late packet of a process that is gone
	younger                  // two processes live: this is the younger one, to be told to stop
	elder                    // two processes live: this is the elder, which goes on
)

// identity tells a peer that restarted from two controllers that use one ID: with two, the
// discriminators A, B, A alternate, and the second A was sent after the first B came.
type identity struct {
	current, previous process
	shared            bool // both live
}

// see classifies a heartbeat and remembers who sent it.
func (i *identity) see(h *Heartbeat, now time.Time) sighting {
	switch {
	case i.current.discriminator == 0:
		i.current = newProcess(h, now)
		return restart
	case h.Discriminator == i.current.discriminator:
		i.current.update(h, now)
		if i.shared {
			return elder
		}
		return same
	case h.Discriminator != i.previous.discriminator:
		i.previous, i.current, i.shared = i.current, newProcess(h, now), false
		return restart
	}
	return i.seeOther(h, now)
}

// seeOther takes a heartbeat of the process that is not the current one.
func (i *identity) seeOther(h *Heartbeat, now time.Time) sighting {
	p := &i.previous
	sentAt := p.born.Add(h.Sent)
	if int32(h.Sequence-p.sequence) <= 0 || (!i.shared && !sentAt.After(i.current.since)) {
		return leftover
	}
	p.update(h, now)
	i.shared = true
	if p.born.Before(i.current.born) {
		i.current, i.previous = i.previous, i.current
		return elder
	}
	return younger
}

// sharedAt reports whether the younger of two was heard a moment ago.
func (i *identity) sharedAt(now time.Time) bool {
	return i.shared && now.Sub(i.previous.heard) < sharedFor
}

func newProcess(h *Heartbeat, now time.Time) process {
	return process{h.Discriminator, h.Sequence, now, now, now.Add(-h.Sent)}
}

func (p *process) update(h *Heartbeat, now time.Time) {
	if int32(h.Sequence-p.sequence) > 0 {
		p.sequence, p.heard = h.Sequence, now
	}
	if born := now.Add(-h.Sent); born.Before(p.born) {
		p.born = born
	}
}
