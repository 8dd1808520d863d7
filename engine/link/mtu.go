package link

import "time"

// MinMTU is the smallest inner packet that every tunnel must carry (RFC 791); it is not probed.
const MinMTU = 576

const (
	probeTries   = 6
	probeTimeout = 150 * time.Millisecond
	probeRTTs    = 3
	probeConfirm = 30 * time.Second // a result is tried again this often
	probeRaise   = 20               // of those confirmations after which larger sizes are tried again (RFC 8899: 600 s)
)

// mtuProber finds the largest inner packet that passes, by padded probes that are answered with
// their size: first the ceiling, then halving between what passed and what did not. What was found
// is confirmed now and then, and given up when it stops passing.
type mtuProber struct {
	ceiling int // 0: do not probe
	result  int // largest size that passed; 0: not known yet

	low, high int // passes; largest that may pass
	size      int // being tried; 0: nothing
	number    uint32
	tries     int
	confirmed int
	next      time.Time // of the next try; zero: never
}

// restart probes anew up to ceiling. The result stays until it is proved wrong.
func (p *mtuProber) restart(ceiling int, now time.Time) {
	p.ceiling = ceiling
	p.confirmed, p.next = 0, time.Time{}
	if ceiling < MinMTU {
		return
	}
	p.low, p.high = MinMTU, ceiling
	p.try(ceiling, now)
}

// pause stops probing until restart.
func (p *mtuProber) pause() { p.next = time.Time{} }

func (p *mtuProber) try(size int, now time.Time) { p.size, p.tries, p.next = size, 0, now }

// run returns a probe to send, if one is due, and whether the result changed.
func (p *mtuProber) run(rtt time.Duration, now time.Time) (send probe, ok, changed bool) {
	if p.next.IsZero() || now.Before(p.next) {
		return probe{}, false, false
	}
	if p.tries == probeTries {
		changed = p.failed(now)
	}
	if p.next.IsZero() || now.Before(p.next) {
		return probe{}, false, changed
	}
	p.tries++
	p.number++
	p.next = now.Add(max(probeTimeout, probeRTTs*rtt))
	return probe{p.size, p.number}, true, changed
}

// answer takes the answer to a probe and reports whether the result changed.
func (p *mtuProber) answer(a probe, now time.Time) (changed bool) {
	if a.size != p.size || p.tries == 0 || p.next.IsZero() {
		return false
	}
	p.low = a.size
	return p.proceed(now)
}

// failed takes a size that does not pass.
func (p *mtuProber) failed(now time.Time) (changed bool) {
	if p.size <= p.low { // what passed passes no longer: look below it
		p.low = MinMTU
	}
	p.high = p.size - 1
	return p.proceed(now)
}

// proceed goes on searching, or takes the result and confirms it later.
func (p *mtuProber) proceed(now time.Time) (changed bool) {
	if p.low < p.high {
		p.try((p.low+p.high+1)/2, now)
		return false
	}
	p.tries, p.size = 0, p.low
	p.next = now.Add(probeConfirm)
	if p.confirmed++; p.confirmed > probeRaise && p.low < p.ceiling {
		p.confirmed, p.high = 0, p.ceiling
		p.size = p.ceiling
	}
	changed = p.low != p.result
	p.result = p.low
	return changed
}
