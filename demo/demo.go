// Package demo is a demonstration: three real controllers in one process on 127.0.0.11–13, with real
// tunnels on UDP 1195–1203, a keyset generated on one and fetched by token by the others, and two
// client servers that send each other packets. It needs no privilege and leaves no file behind. Links
// can be made bad and controllers killed on purpose; the effect is measured on the clients' packets.
//
// It is made of the same engine as a controller in service and knows nothing that an administrator
// could not do or see.
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"vns3/control"
	"vns3/engine"
	"vns3/engine/api"
	"vns3/engine/config"
	"vns3/keyset"
	"vns3/peering"
	"vns3/status"
)

// Size is how many controllers the demonstration has.
const Size = 3

// Demo is a demonstration that runs.
type Demo struct {
	version string
	dir     string
	token   string
	weather Weather
	streams []*stream

	mu      sync.Mutex
	members [Size + 1]*member // by ID
}

// member is one controller of the demonstration.
type member struct {
	id      int
	address netip.Addr
	config  string

	engine *engine.Engine // nil: killed
	end    context.CancelFunc
	ended  chan error
}

// Start runs the demonstration and returns when its mesh is up and its clients exchange packets.
// progress is told what happens.
func Start(ctx context.Context, version string, progress func(string)) (*Demo, error) {
	dir, err := os.MkdirTemp("", "vns3-demo")
	if err != nil {
		return nil, err
	}
	d := &Demo{version: version, dir: dir}
	if err := d.bringUp(ctx, progress); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *Demo) bringUp(ctx context.Context, progress func(string)) (err error) {
	if d.token, err = keyset.ProposeToken(nil); err != nil {
		return err
	}
	for id := 1; id <= Size; id++ {
		m := &member{id: id, address: netip.AddrFrom4([4]byte{127, 0, 0, byte(10 + id)}), config: filepath.Join(d.dir, fmt.Sprint(id), "vns3.toml")}
		d.members[id] = m
		if err := d.writeConfig(m); err != nil {
			return err
		}
		if err := d.run(m); err != nil {
			return err
		}
	}
	progress(fmt.Sprintf("%d controllers run on 127.0.0.11–%d", Size, 10+Size))
	if err := d.task(ctx, 1, control.KeysetGenerate{Topology: "Demo overlay", Token: d.token}); err != nil {
		return err
	}
	progress("controller 1 generated the keyset")
	for id := 2; id <= Size; id++ {
		if err := d.task(ctx, id, control.KeysetFetch{Source: d.members[1].address.String(), Token: d.token}); err != nil {
			return err
		}
		progress(fmt.Sprintf("controller %d fetched it by the security token", id))
	}
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
	progress(fmt.Sprintf("peered: every link is up %v after the last table was saved", time.Since(began).Round(time.Millisecond)))
	return d.startStreams(ctx, progress)
}

// writeConfig makes the file of a controller.
func (d *Demo) writeConfig(m *member) error {
	dir := filepath.Dir(m.config)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	text := fmt.Sprintf("[controller]\nname = \"demo-%d\"\nlisten = \"%v\"\ndata_dir = %q\n", m.id, m.address, filepath.Join(dir, "data"))
	return os.WriteFile(m.config, []byte(text), 0o600)
}

// run starts a controller's engine.
func (d *Demo) run(m *member) error {
	e, err := engine.New(engine.Options{
		ConfigPath: m.config, Env: config.OSEnv(), Mode: status.Demo, Version: d.version, Log: slog.New(slog.DiscardHandler),
		APITiming: api.RestartTiming{Settle: 10 * time.Millisecond, SettleKeyset: 10 * time.Millisecond, Down: 100 * time.Millisecond},
		WrapBind:  d.weather.Over(m.address),
	})
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	d.mu.Lock()
	m.engine, m.end, m.ended = e, end, ended
	d.mu.Unlock()
	select {
	case <-e.Ready():
		return nil
	case err := <-ended:
		d.mu.Lock()
		m.engine = nil
		d.mu.Unlock()
		return fmt.Errorf("controller %d: %w", m.id, err)
	}
}

// Engine is the engine of a controller; nil: it was killed.
func (d *Demo) Engine(id int) *engine.Engine {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.members[id].engine
}

// rows is the peering table of a controller.
func (d *Demo) rows(self int) map[int]peering.Row {
	rows := map[int]peering.Row{}
	for id := 1; id <= Size; id++ {
		rows[id] = peering.Row{Kind: peering.Address, Address: d.members[id].address.String()}
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
			if t.ID == started.Task && t.State != status.Running {
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
		if p.Address != "" && (p.State != status.Up || len(p.Path) != 2) {
			return false
		}
	}
	return s.Controller.Peered
}

// Close ends everything and removes every file.
func (d *Demo) Close() error {
	for _, s := range d.streams {
		s.close()
	}
	var errs []error
	for _, m := range d.members {
		if m != nil {
			errs = append(errs, d.stop(m))
		}
	}
	return errors.Join(append(errs, os.RemoveAll(d.dir))...)
}

// stop ends a controller's engine as SIGTERM would.
func (d *Demo) stop(m *member) error {
	d.mu.Lock()
	e, end, ended := m.engine, m.end, m.ended
	m.engine = nil
	d.mu.Unlock()
	if e == nil {
		return nil
	}
	end()
	return <-ended
}
