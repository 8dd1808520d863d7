// Package files is a controller that no engine runs on, as its files show it: a control.Backend that
// reads configuration, license and keyset, and changes what needs no engine to be changed. It opens no
// socket and starts nothing; what was changed takes effect with the next start of the engine.
package files

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"vns3/control"
	"vns3/engine/config"
	"vns3/engine/license"
	"vns3/keyset"
	"vns3/status"
)

// Options say whose files.
type Options struct {
	ConfigPath string // of vns3.toml, which need not exist
	DataDir    string
	Version    string
	Refusal    error // why nothing may be changed; nil: it may
}

// Backend is a control.Backend over files.
type Backend struct{ o Options }

var _ control.Backend = (*Backend)(nil)

// New returns the controller with the files. It touches none yet.
func New(o Options) *Backend { return &Backend{o} }

// Close does nothing: no file is held open.
func (b *Backend) Close() error { return nil }

// Snapshot reads the files anew. What only an engine knows is empty.
func (b *Backend) Snapshot() *status.Snapshot {
	now := time.Now()
	c, err := config.Peek(b.o.ConfigPath)
	l := license.Open(b.o.DataDir, c.License.Trusted).State()
	s := &status.Snapshot{
		At: now,
		Controller: status.Controller{
			ID: c.Peering.Self(), Name: c.Controller.Name, TopologyName: c.Controller.Topology, Version: b.o.Version,
			License: l.Status(now), Peered: c.Peering.Self() != 0, DataDir: b.o.DataDir, NTPHosts: c.Controller.NTPHosts,
		},
		Peering: status.Peering{Table: c.Peering, State: c.Peering.State().String()},
		Config:  status.Config{Path: b.o.ConfigPath, Writable: true, Console: status.Looks(c.Console)},
	}
	if err != nil {
		s.Config.Error = err.Error()
	}
	if c.Controller.Listen.IsValid() {
		s.Controller.Listen = c.Controller.Listen.String()
	}
	if l.Present {
		s.Controller.Overlay, s.Controller.VIP = &l.Parameters, l.Parameters.VIP.String()
		if address, ok := l.Parameters.Controller(s.Controller.ID); ok {
			s.Controller.OverlayAddress = address.String()
		}
	}
	b.addKeyset(s, l)
	return s
}

func (b *Backend) addKeyset(s *status.Snapshot, l license.State) {
	keys, _, _ := keyset.NewStore(b.o.DataDir).Load()
	if keys == nil {
		return
	}
	parameters := keys.Overlay
	if l.Finalized {
		parameters = l.Parameters
	}
	checksum := keys.Checksum(parameters).String()
	s.Keyset = status.Keyset{Present: true, UUID: keys.UUID, CreatedAt: keys.CreatedAt, Checksum: checksum, Source: keys.Source}
	s.Controller.KeysetPresent, s.Controller.TopologyChecksum = true, checksum
	if s.Controller.TopologyName == "" {
		s.Controller.TopologyName = keys.Topology
	}
}

// Wait returns the files as they are, and for one who has seen them the end of ctx.
func (b *Backend) Wait(ctx context.Context, than *status.Snapshot) (*status.Snapshot, error) {
	if than == nil {
		return b.Snapshot(), nil
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

// Events are none: an engine keeps them in memory.
func (b *Backend) Events(context.Context, uint64) ([]status.Event, error) { return nil, nil }

// Do carries out what needs no engine.
func (b *Backend) Do(ctx context.Context, request control.Request) (any, error) {
	switch q := request.(type) {
	case control.LicenseShow:
		return b.showLicense()
	case control.PeeringSet:
		return b.locked(func() (any, error) { return control.Nothing{}, b.setPeering(ctx, q) })
	case control.ConfigSet:
		return b.locked(func() (any, error) { return control.Nothing{}, b.setConfig(ctx, q) })
	case control.LicenseInstall:
		return b.locked(func() (any, error) { return b.installLicense(q) })
	case control.LicenseParameters:
		return b.locked(func() (any, error) { return b.setParameters(q) })
	default:
		return nil, &control.Error{
			Kind: control.Disconnected, What: request.Action(), Reason: "it needs a running engine, and none runs on " + b.o.DataDir,
			Remedy: "start it: vns3 headless, or vns3 for the console",
		}
	}
}

// locked does something while no engine can start on the data directory.
func (b *Backend) locked(do func() (any, error)) (any, error) {
	if b.o.Refusal != nil {
		return nil, b.o.Refusal
	}
	lock := flock.New(filepath.Join(b.o.DataDir, "lock"))
	free, err := lock.TryLock()
	switch {
	case err != nil && !there(b.o.DataDir):
		return do() // there is no directory an engine could run on
	case err != nil:
		return nil, fmt.Errorf("data directory %s cannot be locked: %w", b.o.DataDir, err)
	case !free:
		return nil, &control.Error{Kind: control.InProgress, What: b.o.DataDir, Reason: "an engine is just starting or stopping here", Remedy: "do it again in a moment"}
	}
	reply, err := do()
	return reply, errors.Join(err, lock.Close())
}
