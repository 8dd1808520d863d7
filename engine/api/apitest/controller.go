// Package apitest is a simulated controller for tests: a control.Backend in memory that goes from
// unconfigured through license, keyset and peering as the engine does. It opens no socket, reads no
// file and moves no packet; its license text is LicenseText.
package apitest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"vns3/control"
	"vns3/engine/api/access"
	"vns3/peering"
	"vns3/status"
)

// Options are the parts of the world that a simulated controller sees.
type Options struct {
	Name   string
	Access *access.Store    // carries out the access actions; nil: they fail
	Now    func() time.Time // nil: time.Now

	// Fetch asks another controller for its keyset; nil: every fetch fails.
	Fetch func(source, token string) (Keys, error)
	// Restart is called where the engine restarts the API's listener, before what it did is visible.
	Restart func(fetched bool)
	// Hold lets tasks wait for Finish. Otherwise they end at once.
	Hold bool
}

// Controller is a simulated controller. It is safe for concurrent use.
type Controller struct {
	o Options

	mu      sync.Mutex
	snap    *status.Snapshot // never changed after it was published
	changed chan struct{}    // closed when snap is replaced
	events  []status.Event
	mtu     map[int]int
	license installed
	keys    Keys
	finish  []func()
	nextID  int
	tasks   sync.WaitGroup
}

var _ control.Backend = (*Controller)(nil)

// New returns an unconfigured controller.
func New(o Options) *Controller {
	if o.Now == nil {
		o.Now = time.Now
	}
	now := o.Now()
	return &Controller{
		o: o, mtu: map[int]int{}, changed: make(chan struct{}), nextID: 1,
		snap: &status.Snapshot{
			At: now,
			Controller: status.Controller{
				Name: o.Name, Version: "0.9.0", PrivateAddress: "10.0.1.10", PublicAddress: "203.0.113.7",
				Mode: status.Headless, StartedAt: now, DataDir: "/var/lib/vns3", NTPHosts: []string{"0.pool.ntp.org"},
			},
			Peering:  status.Peering{State: peering.Table{}.State().String(), Version: "1"},
			System:   status.System{Hostname: "simulated", Kernel: "6.1.0", UptimeS: 3600, CPUs: 2, MemoryTotal: 4 << 30, MemoryUsed: 1 << 30},
			Config:   status.Config{Path: "/etc/vns3/vns3.toml", Writable: true},
			Counters: map[string]uint64{"forwarded": 1},
		},
	}
}

// Snapshot implements control.Backend.
func (c *Controller) Snapshot() *status.Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.snap
}

// Wait implements control.Backend.
func (c *Controller) Wait(ctx context.Context, than *status.Snapshot) (*status.Snapshot, error) {
	for {
		c.mu.Lock()
		snap, changed := c.snap, c.changed
		c.mu.Unlock()
		if snap != than {
			return snap, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// maxEvents is how many events one call returns.
const maxEvents = 1000

// Events implements control.Backend.
func (c *Controller) Events(ctx context.Context, after uint64) ([]status.Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	i, _ := slices.BinarySearchFunc(c.events, after+1, func(e status.Event, seq uint64) int { return int(e.Seq) - int(seq) })
	return slices.Clone(c.events[i:min(len(c.events), i+maxEvents)]), nil
}

// Finish ends the tasks that Hold made wait.
func (c *Controller) Finish() {
	c.mu.Lock()
	waiting := c.finish
	c.finish = nil
	c.mu.Unlock()
	for _, end := range waiting {
		end()
	}
}

// Close waits for the tasks that were started.
func (c *Controller) Close() { c.tasks.Wait() }

// Edit changes what can be seen, as the mesh does behind the API's back.
func (c *Controller) Edit(change func(*status.Snapshot)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.publish(change)
}

// publish replaces the snapshot by a changed copy. Slices are copied, so that those who hold the old
// one never see a change.
func (c *Controller) publish(change func(*status.Snapshot)) {
	next := *c.snap
	next.Peers = slices.Clone(next.Peers)
	next.Clients = slices.Clone(next.Clients)
	next.Routes = slices.Clone(next.Routes)
	next.Tasks = slices.Clone(next.Tasks)
	next.Counters = maps.Clone(next.Counters)
	change(&next)
	next.At = later(next.At, c.o.Now())
	next.EventSeq = uint64(len(c.events))
	c.snap = &next
	close(c.changed)
	c.changed = make(chan struct{})
}

// later keeps the time of snapshots rising, however coarse the clock is.
func later(last, now time.Time) time.Time {
	if now.After(last) {
		return now
	}
	return last.Add(1)
}

// Report adds an event, as the engine's parts do.
func (c *Controller) Report(e status.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.Seq = uint64(len(c.events)) + 1
	if e.At.IsZero() {
		e.At = c.o.Now()
	}
	c.events = append(c.events, e)
	c.publish(func(*status.Snapshot) {})
}
