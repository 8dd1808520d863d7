package demo

import (
	"context"
	"fmt"
	"time"

	"vns3/control"
	page "vns3/tui/pages/demo"
)

var weatherOf = map[page.Fault][2]Conditions{ // there, and back
	page.Fair:   {},
	page.Cut:    {{Cut: true}, {Cut: true}},
	page.OneWay: {{Cut: true}, {}},
	page.Lossy:  {{Loss: 0.2}, {Loss: 0.2}},
	page.Slow:   {{Delay: 50 * time.Millisecond}, {Delay: 50 * time.Millisecond}},
}

// Break does something to the link between two controllers; Fair mends it.
func (d *Demo) Break(a, b int, f page.Fault) {
	words := fmt.Sprintf("#%d–#%d %v", a, b, f)
	if f == page.Fair {
		words = fmt.Sprintf("#%d–#%d mended", a, b)
	}
	d.Mark(words)
	there, back := d.members[a].address, d.members[b].address
	d.weather.Set(there, back, weatherOf[f][0])
	d.weather.Set(back, there, weatherOf[f][1])
}

// faultOf is what was done to a link last. Links are broken from the lower ID to the higher.
func (d *Demo) faultOf(a, b int) page.Fault {
	there, back := d.members[a].address, d.members[b].address
	now := [2]Conditions{d.weather.Of(there, back), d.weather.Of(back, there)}
	for _, f := range page.Faults() {
		if weatherOf[f] == now {
			return f
		}
	}
	return page.OneWay
}

// Kill makes a controller vanish as if its machine had lost power: nobody is told, because nothing
// that it still says arrives.
func (d *Demo) Kill(id int) error {
	m := d.members[id]
	m.changing.Lock()
	defer m.changing.Unlock()
	if d.Engine(id) == nil {
		return fmt.Errorf("controller %d is dead already", id)
	}
	d.Mark(fmt.Sprintf("#%d killed", id))
	d.weather.Isolate(m.address, true)
	defer d.weather.Isolate(m.address, false)
	return m.stop()
}

// Revive starts a killed controller again.
func (d *Demo) Revive(id int) error {
	m := d.members[id]
	m.changing.Lock()
	defer m.changing.Unlock()
	if d.Engine(id) != nil {
		return fmt.Errorf("controller %d is alive", id)
	}
	d.Mark(fmt.Sprintf("#%d revived", id))
	return m.run(d)
}

// Drain hands over what a controller carries, or takes it back.
func (d *Demo) Drain(ctx context.Context, id int, undo bool) error {
	e := d.Engine(id)
	if e == nil {
		return fmt.Errorf("controller %d is dead", id)
	}
	words := fmt.Sprintf("#%d drains", id)
	if undo {
		words = fmt.Sprintf("#%d serves again", id)
	}
	d.Mark(words)
	_, err := e.Do(ctx, control.Drain{Undo: undo})
	return err
}
