package link

import "time"

// MinMTU is the smallest inner packet that every tunnel must carry (RFC 791); it is not probed.
const MinMTU = 576

const (
	probeTries   = 6
	confirmTries = 10 // before a size that passed counts as passing no longer: plain loss must not do it
	probeTimeout = 150 * time.Millisecond
	probeRTTs    = 3
	probeConfirm = 5 * time.Second // a result is tried again this often: a path may narrow and tell nobody
	probeRaise   = 120             // of those confirmations after which larger sizes are tried again (RFC 8899: 600 s)
	probeBlock   = 16              // WireGuard pads what it encrypts to whole blocks: sizes between are no news
)

// mtuProber finds the largest inner packet that passes, by padded probes that are answered with
// their size: first the ceiling, then halving between what passed and what did not, by whole blocks.
// What was found is confirmed every few seconds, and given up when it stops passing. While the link is
// suspect nothing is judged: then it is not the size that is lost.
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

// wait puts the size being tried off: what is lost now says nothing of it.
func (p *mtuProber) wait(now time.Time) {
	if p.tries > 0 || !now.Before(p.next) {
		p.tries, p.next = 0, now.Add(probeTimeout)
	}
}

// pause stops probing until restart.
func (p *mtuProber) pause() { p.next = time.Time{} }

func (p *mtuProber) try(size int, now time.Time) { p.size, p.tries, p.next = size, 0, now }

// run returns a probe to send, if one is due, and whether the result changed.
func (p *mtuProber) run(rtt time.Duration, now time.Time) (send probe, ok, changed bool) {
	if p.next.IsZero() || now.Before(p.next) {
		return probe{}, false, false
	}
	if p.tries == p.enough() {
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

// enough is how many tries without an answer prove that the size does not pass.
func (p *mtuProber) enough() int {
	if p.size == p.result {
		return confirmTries
	}
	return probeTries
}

// failed takes a size that does not pass.
func (p *mtuProber) failed(now time.Time) (changed bool) {
	if p.size <= p.low { // what passed passes no longer: look below it
		p.low = MinMTU
	}
	p.high = (p.size - 1) / probeBlock * probeBlock
	return p.proceed(now)
}

// proceed goes on searching, or takes the result and confirms it later.
func (p *mtuProber) proceed(now time.Time) (changed bool) {
	if p.low < p.high {
		p.try(min((p.low+p.high)/2/probeBlock*probeBlock+probeBlock, p.high), now)
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
