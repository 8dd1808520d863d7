//go:build linux

package main

import (
	"context"
	"fmt"
	"strings"

	"vns3/internal/lab"
)

// comparison is that of all systems in one shape.
type comparison struct {
	o       *options
	shape   shape
	chosen  []system
	beds    []*bed
	order   []string // of the systems on the beds
	left    []string
	results []*results
}

func (o *options) newComparison(shape shape) *comparison {
	c := &comparison{o: o, shape: shape}
	all, _ := o.systems() // they were checked
	for _, system := range all {
		if why := system.lacks(shape); why != "" {
			c.left = append(c.left, system.name+": "+why)
			continue
		}
		c.chosen = append(c.chosen, system)
	}
	return c
}

// start starts the systems, one within the other, measures, and ends them all. One that does not start
// is left out, but for vns3: that is the error.
func (c *comparison) start(ctx context.Context, systems []system) error {
	if len(systems) == 0 || ctx.Err() != nil {
		c.measure(ctx)
		return nil
	}
	next, started := systems[0], false
	progress("%s: starting %s", c.shape, next.name)
	err := lab.Within(ctx, next.name, func(s *lab.Scope) {
		b := newBed(s, c.shape)
		next.run(b)
		b.reach()
		c.beds, c.order, started = append(c.beds, b), append(c.order, next.name), true
		if err := c.start(ctx, systems[1:]); err != nil {
			s.Fatal(err)
		}
	})
	if err == nil || started || next.name == vns3.name || ctx.Err() != nil {
		return err
	}
	reason, _, _ := strings.Cut(err.Error(), "\n")
	c.left = append(c.left, reason)
	return c.start(ctx, systems[1:])
}

// measure gives each system its turn in each round.
func (c *comparison) measure(ctx context.Context) {
	for _, offload := range strings.Split(c.o.offload, ",") {
		c.results = append(c.results, &results{shape: c.shape, offload: offload == "on", order: c.order, samples: map[string][]sample{}, left: c.left})
	}
	for round := range c.o.rounds {
		for _, r := range c.results {
			for i, b := range c.beds {
				if ctx.Err() != nil {
					return
				}
				progress("%s, offloads %v: round %d of %d: %s", c.shape, r.offload, round+1, c.o.rounds, c.order[i])
				c.turn(r, b, c.order[i], round)
			}
		}
	}
}

// turn is that of one system.
func (c *comparison) turn(r *results, b *bed, name string, round int) {
	b.offload(r.offload)
	stop := c.o.startProfile(b, name, r)
	s, err := measure(b, c.o.load())
	stop()
	r.samples[name] = append(r.samples[name], s)
	if err != nil {
		r.failed = append(r.failed, fmt.Sprintf("%s in round %d: %v", name, round+1, err))
	}
}
