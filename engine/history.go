package engine

import "time"

// rttHistory keeps the round-trip time of each peer, once a second. The publisher owns it.
type rttHistory struct {
	last    time.Time
	samples [maxID + 1][]float64 // ms, newest last
}

// add notes the times of now, unless that was done less than a second ago.
func (r *rttHistory) add(v *sessionView) {
	if v.at.Sub(r.last) < time.Second {
		return
	}
	r.last = v.at
	for id := range r.samples {
		rtt := v.links[id].RTT
		if rtt == 0 && len(r.samples[id]) == 0 {
			continue
		}
		if len(r.samples[id]) == historyKept {
			r.samples[id] = r.samples[id][1:]
		}
		r.samples[id] = append(r.samples[id], milliseconds(rtt))
	}
}

// of returns a copy: snapshots never change.
func (r *rttHistory) of(id int) []float64 { return append([]float64(nil), r.samples[id]...) }
