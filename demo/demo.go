// Package demo is a demonstration: three real controllers in one process on 127.0.0.11–13, with real
// tunnels on UDP 1195–1203, a keyset generated on one and fetched by token by the others, and two
// client servers that send each other packets. It needs no privilege and leaves no file behind. Links
// can be made bad and controllers killed on purpose; the effect is measured on the clients' packets.
//
// It is made of the same engine as a controller in service and does nothing that an administrator
// could not do: it asks through control.Backend and looks at snapshots.
package demo

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"vns3/control"
	"vns3/engine"
	"vns3/keyset"
	"vns3/peering"
	"vns3/status"
	page "vns3/tui/pages/demo"
)

// Size is how many controllers the demonstration has.
const Size = 3

// DefaultBase is the address before those of the controllers.
var DefaultBase = netip.AddrFrom4([4]byte{127, 0, 0, 10})

// Options say which demonstration it is.
type Options struct {
	Version string
	// Base is a loopback address: controllers are at the three addresses after it, client servers at the
	// eleventh and twelfth. The zero Addr means DefaultBase.
	Base netip.Addr
	// Progress is told what happens, in a line each; nil: nobody is.
	Progress func(line string)
}

// Demo is a demonstration that runs.
type Demo struct {
	options Options
	dir     string
	weather Weather
	members [Size + 1]*member // by ID
	clients []*client
	streams []*stream

	mu     sync.Mutex
	marked time.Time
	what   string
}

var _ page.Mesh = (*Demo)(nil)

// Start runs the demonstration and returns when its mesh is up and its clients exchange packets.
// An address or port that is taken is a *control.Error that says what to do.
func Start(ctx context.Context, o Options) (*Demo, error) {
	if !o.Base.IsValid() {
		o.Base = DefaultBase
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	d := &Demo{options: o}
	for id := 1; id <= Size; id++ {
		d.members[id] = &member{id: id, address: d.address(id), changed: make(chan struct{})}
		if err := checkPorts(id, d.address(id)); err != nil {
			return nil, err
		}
	}
	var err error
	if d.dir, err = os.MkdirTemp("", "vns3-demo-"); err != nil {
		return nil, err
	}
	if err := d.bringUp(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Address is where a controller listens.
func (d *Demo) Address(id int) netip.Addr { return d.members[id].address }

// Config is the path of a controller's configuration file.
func (d *Demo) Config(id int) string { return d.members[id].config }

// address is the n-th after the base.
func (d *Demo) address(n int) netip.Addr {
	octets := d.options.Base.As4()
	octets[3] += byte(n)
	return netip.AddrFrom4(octets)
}

func (d *Demo) bringUp(ctx context.Context) error {
	for id := 1; id <= Size; id++ {
		m := d.members[id]
		m.config = filepath.Join(d.dir, fmt.Sprint(id), "vns3.toml")
		if err := m.writeConfig(); err != nil {
			return err
		}
		if err := m.run(d); err != nil {
			return err
		}
	}
	d.options.Progress(fmt.Sprintf("controllers 1–%d run on %v–%v", Size, d.address(1), d.address(Size)))
	if err := d.shareKeyset(ctx); err != nil {
		return err
	}
	if err := d.peer(ctx); err != nil {
		return err
	}
	return d.attachClients(ctx)
}

// shareKeyset generates the keyset on one controller and fetches it to the others.
func (d *Demo) shareKeyset(ctx context.Context) error {
	token, err := keyset.ProposeToken(nil)
	if err != nil {
		return err
	}
	if err := d.task(ctx, 1, control.KeysetGenerate{Topology: "Demo overlay", Token: token}); err != nil {
		return err
	}
	d.options.Progress("controller 1 generated the keyset")
	for id := 2; id <= Size; id++ {
		if err := d.task(ctx, id, control.KeysetFetch{Source: d.address(1).String(), Token: token}); err != nil {
			return err
		}
		d.options.Progress(fmt.Sprintf("controller %d fetched it by the security token", id))
	}
	return nil
}

// peer saves the peering tables and waits until the mesh is up.
func (d *Demo) peer(ctx context.Context) error {
	for id := 1; id <= Size; id++ {
		if _, err := d.Engine(id).Do(ctx, control.PeeringSet{Rows: d.rows(id)}); err != nil {
			return err
		}
	}
	began := time.Now()
	for id := 1; id <= Size; id++ {
		if err := d.until(ctx, id, allUp); err != nil {
			return fmt.Errorf("the mesh does not come up: %w", err)
		}
	}
	d.options.Progress(fmt.Sprintf("every link is up %v after the last peering table was saved", time.Since(began).Round(time.Millisecond)))
	return nil
}

// Engine is the engine of a controller; nil: it was killed.
func (d *Demo) Engine(id int) *engine.Engine {
	if l := d.members[id].alive(); l != nil {
		return l.engine
	}
	return nil
}

// rows is the peering table of a controller.
func (d *Demo) rows(self int) map[int]peering.Row {
	rows := map[int]peering.Row{}
	for id := 1; id <= Size; id++ {
		rows[id] = peering.Row{Kind: peering.Address, Address: d.address(id).String()}
	}
	rows[self] = peering.Row{Kind: peering.Self}
	return rows
}

// task carries out an action that goes on by itself, and waits for its end.
func (d *Demo) task(ctx context.Context, id int, q control.Request) error {
	started, err := control.Do[control.TaskStarted](ctx, d.Engine(id), q)
	if err != nil {
		return err
	}
	var failed error
	err = d.until(ctx, id, func(s *status.Snapshot) bool {
		for _, t := range s.Tasks {
			if t.ID == started.Task && t.State == status.Failed {
				failed = fmt.Errorf("%s on controller %d: %s", q.Action(), id, t.Error)
			}
			if t.ID == started.Task && (t.State == status.Done || t.State == status.Failed) {
				return true
			}
		}
		return false
	})
	return errors.Join(err, failed)
}

// patience is how long anything of the demonstration may take.
const patience = 30 * time.Second

// until waits for a snapshot of a controller of which the condition holds.
func (d *Demo) until(ctx context.Context, id int, holds func(*status.Snapshot) bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	e := d.Engine(id)
	s := e.Snapshot()
	for !holds(s) {
		var err error
		if s, err = e.Wait(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// allUp holds where every row with an address has its link up and its direct path in use.
func allUp(s *status.Snapshot) bool {
	for _, p := range s.Peers {
		if p.Address != "" && !p.Self && (p.State != status.Up || len(p.Path) != 2) {
			return false
		}
	}
	return s.Controller.Peered
}

// Close ends everything and removes every file.
func (d *Demo) Close() error {
	for _, s := range d.streams {
		s.stop()
	}
	for _, c := range d.clients {
		c.close()
	}
	var mu sync.Mutex
	var errs []error
	var ending sync.WaitGroup
	for _, m := range d.members[1:] {
		ending.Go(func() {
			m.changing.Lock()
			defer m.changing.Unlock()
			if err := m.stop(); err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			}
		})
	}
	ending.Wait()
	return errors.Join(append(errs, os.RemoveAll(d.dir))...)
}
