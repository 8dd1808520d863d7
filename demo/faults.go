package demo

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"vns3/control"
)

// Fault is something that can be done to a link on purpose.
type Fault uint8

// The faults of a link.
const (
	Fair   Fault = iota
	Cut          // nothing passes, and nobody is told
	OneWay       // nothing passes from the first to the second
	Lossy        // a fifth is lost each way
	Slow         // 50 ms more each way
)

var faultNames = [...]string{Fair: "fair", Cut: "cut", OneWay: "one way", Lossy: "lossy", Slow: "slow"}

// String is the fault in a word.
func (f Fault) String() string { return faultNames[f] }

// Faults are all of them, in the order of the demonstration's page.
func Faults() []Fault { return []Fault{Fair, Cut, OneWay, Lossy, Slow} }

var weatherOf = map[Fault][2]Conditions{ // there, and back
	Fair:   {},
	Cut:    {{Cut: true}, {Cut: true}},
	OneWay: {{Cut: true}, {}},
	Lossy:  {{Loss: 0.2}, {Loss: 0.2}},
	Slow:   {{Delay: 50 * time.Millisecond}, {Delay: 50 * time.Millisecond}},
}

// Break does something to the link between two controllers; Fair mends it.
func (d *Demo) Break(a, b int, f Fault) {
	there, back := d.members[a].address, d.members[b].address
	d.weather.Set(there, back, weatherOf[f][0])
	d.weather.Set(back, there, weatherOf[f][1])
}

// FaultOf is what was done to a link last.
func (d *Demo) FaultOf(a, b int) Fault {
	now := [2]Conditions{d.weather.Of(d.members[a].address, d.members[b].address), d.weather.Of(d.members[b].address, d.members[a].address)}
	for _, f := range Faults() {
		if weatherOf[f] == now {
			return f
		}
	}
	return OneWay // from the second to the first
}

// Kill makes a controller vanish as if its machine had lost power: nobody is told.
func (d *Demo) Kill(id int) error {
	d.isolate(id, Cut)
	err := d.stop(d.members[id])
	d.isolate(id, Fair)
	return err
}

func (d *Demo) isolate(id int, f Fault) {
	for other := 1; other <= Size; other++ {
		if other != id {
			d.Break(id, other, f)
		}
	}
}

// Revive starts a killed controller again.
func (d *Demo) Revive(id int) error {
	if d.Engine(id) != nil {
		return fmt.Errorf("controller %d is alive", id)
	}
	return d.run(d.members[id])
}

// Drain hands over what a controller carries, or takes it back.
func (d *Demo) Drain(ctx context.Context, id int, undo bool) error {
	e := d.Engine(id)
	if e == nil {
		return fmt.Errorf("controller %d is dead", id)
	}
	_, err := e.Do(ctx, control.Drain{Undo: undo})
	return err
}

// addressOf is where a controller listens.
func (d *Demo) addressOf(id int) netip.Addr { return d.members[id].address }
