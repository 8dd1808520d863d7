//go:build linux

package main

import (
	"slices"
	"time"
)

// metric is a column of the tables.
type metric int

const (
	tcp1 metric = iota
	tcp4
	flood64
	flood1300
	rate64
	rate1300
	rtt50
	rtt99
	own      // processor time of the controllers' processes for a gigabyte by TCP ×1
	all      // of the whole machine, client servers and load generator with it
	memory   // resident at all controllers after the load
	pairsTCP // TCP over all pairs of the mesh
	misdelivered
	metrics
)

var metricTitles = [...]string{"TCP ×1 Gbit/s", "TCP ×4 Gbit/s", "64 B flood kpps", "1300 B flood kpps", "64 B ≤1 % loss kpps", "1300 B ≤1 % loss kpps",
	"RTT p50 µs", "RTT p99 µs", "controllers' CPU s/GB", "all CPU s/GB", "controllers' RSS MB", "TCP all pairs Gbit/s", "late or twice"}

// lessIsBetter says in which direction a metric is good.
func (m metric) lessIsBetter() bool {
	switch m {
	case rtt50, rtt99, own, all, memory, misdelivered:
		return true
	}
	return false
}

// sample holds what one system did in one round.
type sample map[metric]float64

// load is how long and how much is measured.
type load struct {
	kinds []string      // "rtt", "tcp", "udp", "rate"
	each  time.Duration // of a load at full speed
	step  time.Duration // of a step in the search for a rate
}

func (l load) has(kind string) bool { return slices.Contains(l.kinds, kind) }

// measure puts every load on a bed whose offloads are as they are. After an error the sample holds what
// was measured before.
func measure(b *bed, l load) (s sample, err error) {
	s = sample{}
	defer func() { s[memory] = float64(resident(b.pids())) / 1e6 }()
	if b.shape == meshOfNine {
		return s, s.pour(b, pairsTCP, pairs(b), l)
	}
	from, to := b.ends()
	if l.has("rtt") {
		p50, p99, err := roundTripTimes(b, l.each)
		if err != nil {
			return s, err
		}
		s[rtt50], s[rtt99] = float64(p50)/1e3, float64(p99)/1e3
	}
	if l.has("tcp") {
		if err := s.pour(b, tcp1, []flow{{from, to, 1}}, l); err != nil {
			return s, err
		}
		if err := s.pour(b, tcp4, []flow{{from, to, 4}}, l); err != nil {
			return s, err
		}
	}
	if l.has("udp") {
		s.datagrams(b, 64, flood64, rate64, l)
		s.datagrams(b, 1300, flood1300, rate1300, l)
	}
	return s, nil
}

// pour measures TCP, and what it costs.
func (s sample) pour(b *bed, as metric, flows []flow, l load) error {
	var owned time.Duration
	var machine host
	bytes, err := pour(b, flows, l.each, func() { owned, machine = processorTime(b.pids()), hostTime() })
	if err != nil {
		return err
	}
	owned, machine = processorTime(b.pids())-owned, hostTime().since(machine)
	s[as] = float64(bytes) * 8 / l.each.Seconds() / 1e9
	if as != tcp4 && bytes > 0 {
		s[own] = owned.Seconds() / (float64(bytes) / 1e9)
		s[all] = machine.busy.Seconds() / (float64(bytes) / 1e9)
	}
	return nil
}

// datagrams measures UDP of one size.
func (s sample) datagrams(b *bed, size int, flooded, carried metric, l load) {
	d := flood(b, size, unpaced, l.each)
	s[flooded] = d.rate() / 1e3
	s[misdelivered] += float64(d.late + d.twice)
	if l.has("rate") {
		s[carried] = highestRate(b, size, min(3*d.rate(), float64(d.sent)/d.during.Seconds()), l.step) / 1e3
	}
}

// pairs are all pairs of machines, once.
func pairs(b *bed) []flow {
	var all []flow
	for i, from := range b.machines {
		for _, to := range b.machines[i+1:] {
			all = append(all, flow{from, to, 1})
		}
	}
	return all
}
