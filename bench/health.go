//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"vns3/internal/lab"
	"vns3/status"
)

// thinRate and thinBuffer make a bottleneck of the underlay, which the controllers' processors would
// otherwise be.
const (
	thinRate   = "50mbit"
	thinBuffer = "100ms"
)

// saturating are the loads under which links are watched.
var saturating = []struct {
	name string
	run  func(*bed, time.Duration) error
}{
	{"TCP ×4", func(b *bed, during time.Duration) error {
		from, to := b.ends()
		_, err := pour(b, []flow{{from, to, 4}}, during, func() {})
		return err
	}},
	{"UDP 64 B flood", floodOf(64)},
	{"UDP 1300 B flood", floodOf(1300)},
}

func floodOf(size int) func(*bed, time.Duration) error {
	return func(b *bed, during time.Duration) error { flood(b, size, unpaced, during); return nil }
}

// healthUnderLoad saturates tunnels and counts what their links say meanwhile: Suspect is allowed, Down is
// not, because heartbeats never wait behind data.
func healthUnderLoad(s *lab.Scope, o *options, out io.Writer) {
	fmt.Fprintf(out, "\n## links under load\n\neach load lasts %v, %d times\n\n", o.load().each, o.rounds)
	for _, shape := range []shape{direct, throughTwo} {
		for _, thin := range []bool{false, true} {
			b := newBed(s, shape)
			l := runVNS3(b, "")
			b.reach()
			title := shapeTitles[shape]
			if thin {
				title += fmt.Sprintf(", underlay of %s/s", thinRate)
				b.thin()
			}
			for _, load := range saturating {
				before := linkEvents(s, l)
				for round := range o.rounds {
					progress("%s: %s, round %d of %d", title, load.name, round+1, o.rounds)
					if err := load.run(b, o.load().each); err != nil {
						s.Fatalf("%s, %s: %v", title, load.name, err)
					}
				}
				after := linkEvents(s, l)
				fmt.Fprintf(out, "%s, %s: Down %d times (aim: 0), Suspect %d times\n", title, load.name, after.down-before.down, after.suspect-before.suspect)
			}
		}
	}
}

// thin makes every underlay interface slow.
func (b *bed) thin() {
	for _, m := range b.machines {
		for _, link := range m.links {
			m.Do("tc", "qdisc", "add", "dev", link, "root", "tbf", "rate", thinRate, "burst", "64kb", "latency", thinBuffer)
		}
	}
}

// linkStates counts how often links changed to a state.
type linkStates struct{ down, suspect int }

// linkEvents are those of all controllers since their start.
func linkEvents(s *lab.Scope, l *lab.Lab) (all linkStates) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, m := range l.Machines {
		events, err := m.Backend().Events(ctx, 0)
		if err != nil {
			s.Fatalf("machine %d does not tell its events: %v", m.ID, err)
		}
		all = all.with(events)
	}
	return all
}

func (n linkStates) with(events []status.Event) linkStates {
	for _, e := range events {
		switch e.Code {
		case "link." + string(status.Down):
			n.down++
		case "link." + string(status.Suspect):
			n.suspect++
		}
	}
	return n
}
