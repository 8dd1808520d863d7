package link

import "time"

const (
	startsWindow = 60 * time.Second
	startsFree   = 2 // first Ups in startsWindow that are not held
)

// damper holds back good news: a link that came back is used only where there is no other way, and
// the longer the more often it comes back.
type damper struct {
	hold, max time.Duration

	current time.Duration // of the newest hold
	began   time.Time     // newest hold
	until   time.Time
	starts  []time.Time // first Ups within startsWindow
}

// up says that the link came up; first: for the first time since either end started.
func (d *damper) up(first bool, now time.Time) {
	if first && d.freeStart(now) {
		d.until = time.Time{}
		return
	}
	if d.current > 0 && now.Sub(d.began) < d.max {
		d.current = min(2*d.current, d.max)
	} else {
		d.current = d.hold
	}
	d.began, d.until = now, now.Add(d.current)
}

// freeStart counts a first Up and reports whether it is one of the few that are not held.
func (d *damper) freeStart(now time.Time) bool {
	recent := d.starts[:0]
	for _, at := range d.starts {
		if now.Sub(at) < startsWindow {
			recent = append(recent, at)
		}
	}
	d.starts = append(recent, now)
	return len(d.starts) <= startsFree
}

// held reports whether the link is held.
func (d *damper) held() bool { return !d.until.IsZero() }

// expire ends a hold that is over and reports whether it did.
func (d *damper) expire(now time.Time) bool {
	if d.until.IsZero() || now.Before(d.until) {
		return false
	}
	d.until = time.Time{}
	return true
}
