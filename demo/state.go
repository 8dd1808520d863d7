package demo

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"vns3/status"
	page "vns3/tui/pages/demo"
)

// State is everything that can be seen of the demonstration now.
func (d *Demo) State() page.State {
	now := time.Now()
	d.mu.Lock()
	state := page.State{What: d.what, Lasts: now.Sub(d.marked)}
	d.mu.Unlock()
	var seen [Size + 1]*status.Snapshot // by each controller that is alive
	for id := 1; id <= Size; id++ {
		if e := d.Engine(id); e != nil {
			seen[id] = e.Snapshot()
		}
	}
	for id := 1; id <= Size; id++ {
		state.Controllers = append(state.Controllers, d.controllerState(id, seen[id]))
		for other := id + 1; other <= Size; other++ {
			state.Links = append(state.Links, d.linkState(id, other, seen))
		}
	}
	for _, s := range d.streams {
		one := page.Stream{From: s.from.address.String(), To: s.to.address.String(), Tally: s.read(now)}
		one.FromAt, one.ToAt = holder(s.from.address, seen[:]), holder(s.to.address, seen[:])
		one.Path = pathOf(one.FromAt, one.ToAt, seen[:])
		state.Streams = append(state.Streams, one)
		for i := range state.Controllers {
			if c := &state.Controllers[i]; c.Alive && c.ID == one.FromAt {
				c.Clients++
			}
		}
	}
	return state
}

func (d *Demo) controllerState(id int, s *status.Snapshot) page.Controller {
	return page.Controller{
		ID: id, Address: d.members[id].address.String(), Alive: s != nil, Draining: s != nil && s.Controller.Draining, Shown: id == Shown,
	}
}

// linkState is the link as the worse of both ends sees it.
func (d *Demo) linkState(a, b int, seen [Size + 1]*status.Snapshot) page.Link {
	l := page.Link{A: a, B: b, Fault: d.faultOf(a, b), State: status.Down, Path: pathOf(a, b, seen[:])}
	there, back := peerOf(seen[a], b), peerOf(seen[b], a)
	if there == nil || back == nil {
		return l
	}
	l.State, l.RTTms = there.State, there.RTTms
	if badness[back.State] > badness[l.State] {
		l.State = back.State
	}
	return l
}

// badness puts the states of a link in order.
var badness = map[status.PeerState]int{status.Up: 0, status.Suspect: 1, status.Init: 2, status.Down: 3, status.Unresolved: 4, status.NotSet: 5}

func peerOf(s *status.Snapshot, id int) *status.Peer {
	if s == nil {
		return nil
	}
	for i := range s.Peers {
		if s.Peers[i].ID == id {
			return &s.Peers[i]
		}
	}
	return nil
}

// pathOf is the way from one controller to another, as the first sees it.
func pathOf(from, to int, seen []*status.Snapshot) []int {
	if from == 0 || to == 0 || seen[from] == nil {
		return nil
	}
	if from == to {
		return []int{from}
	}
	if p := peerOf(seen[from], to); p != nil {
		return p.Path
	}
	return nil
}

// holder is the controller that serves a client server, as that controller itself says; else as any
// other does; 0: none.
func holder(client netip.Addr, seen []*status.Snapshot) int {
	at := 0
	for id, s := range seen {
		if s == nil {
			continue
		}
		for _, c := range s.Clients {
			switch {
			case c.OverlayAddress != client.String() || !c.Connected:
			case c.ControllerID == id:
				return id
			case c.ControllerID != 0 && seen[c.ControllerID] != nil:
				at = c.ControllerID
			}
		}
	}
	return at
}

// lookEvery is how often a condition is looked at.
const lookEvery = 10 * time.Millisecond

// await waits until the condition holds; what says what is wrong if it never does.
func (d *Demo) await(ctx context.Context, what string, holds func(page.State) bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		if s := d.State(); holds(s) {
			return nil
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, ctx.Err())
		}
	}
}
