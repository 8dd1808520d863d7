package mesh

import (
	"fmt"
	"reflect"
	"slices"
	"time"
)

// Routes returns the way to each controller. It never changes; RoutesChanged says that there is a
// new one.
func (c *Core) Routes() *Routes { return c.routes }

// Advertised returns, for each advertised prefix, the controller that its packets go to: a reachable
// one before others, then lowest metric, path cost, ID. In order of prefix. It is not to be changed.
func (c *Core) Advertised() []BestRoute { return c.best }

// reroute computes the routes anew. A controller that said goodbye keeps what it had, for packets on
// their way through.
func (c *Core) reroute(now time.Time) {
	if c.leaving {
		return
	}
	routes := &Routes{}
	if !c.stopped {
		c.graph = newGraph(&c.records)
		routes = c.graph.routes(c.surroundings())
	}
	for id := 1; id <= MaxID; id++ {
		r, _ := c.records.get(uint64(id))
		routes[id].Draining = r.Draining
		c.noteReachable(id, routes[id].NextHop != 0, now)
	}
	if reflect.DeepEqual(routes, c.routes) {
		return
	}
	c.routes = routes
	c.bestStale = true
	c.do(RoutesChanged{})
}

// surroundings returns what this controller knows of its neighbours ahead of the records.
func (c *Core) surroundings() surroundings {
	usable, up := c.usable()
	near := surroundings{self: c.o.Self, up: up, suspect: usable &^ up}
	for id := range usable.All() {
		near.bad[id] = c.neighbors[id].bad
	}
	return near
}

// noteReachable tells when a controller is found or lost.
func (c *Core) noteReachable(id int, reachable bool, now time.Time) {
	before := c.routes[id].NextHop != 0
	if before {
		c.lastPath[id] = now
	}
	switch {
	case reachable && !before:
		c.do(Event{ControllerJoined, id, fmt.Sprintf("controller %d is reachable", id)})
	case !reachable && before:
		c.do(Event{ControllerLost, id, fmt.Sprintf("controller %d is lost: no link leads to it", id)})
	}
}

// chooseBest finds the best offer of each advertised prefix anew.
func (c *Core) chooseBest() {
	var offers []offer
	for a := range c.adverts.all() {
		if a.withdrawn {
			continue
		}
		o := offer{advert: a, reachable: c.reachable(a.origin)}
		if a.origin != c.o.Self {
			o.cost = c.routes[a.origin].Cost
		}
		offers = append(offers, o)
	}
	best := bestRoutes(offers)
	if !slices.EqualFunc(best, c.best, func(a, b BestRoute) bool { return reflect.DeepEqual(a, b) }) {
		c.best = best
		c.do(AdvertisedChanged{})
	}
}

// reachable reports whether a path to a controller exists; to itself one always does.
func (c *Core) reachable(id int) bool { return id == c.o.Self || c.routes[id].NextHop != 0 }
