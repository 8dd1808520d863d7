// Package engine is a running controller: it applies configuration, license and keys, keeps tunnels,
// health, routes and clients going, and publishes what can be seen.
//
// It is a thin shell around pure cores. Three goroutines own what changes: the desk owns configuration,
// license and keys (desk.go); the loop of a session owns the mesh (loop.go); the publisher makes
// snapshots (snapshot.go). Whoever looks at a controller sees immutable values only. The package shows
// nothing to anybody by itself: console, commands and API ask it through control.Backend.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.zx2c4.com/wireguard/conn"

	"vns3/control"
	"vns3/engine/api"
	"vns3/engine/api/access"
	"vns3/engine/api/cert"
	"vns3/engine/config"
	"vns3/engine/license"
	"vns3/keyset"
	"vns3/keyset/fetch"
	"vns3/status"
)

// Options say which controller an engine is.
type Options struct {
	ConfigPath string     // of vns3.toml, which need not exist
	Env        config.Env // where things are
	Mode       status.Mode
	Version    string
	Log        *slog.Logger
	LogLevel   *slog.LevelVar    // follows log.level; nil: fixed
	APITiming  api.RestartTiming // zero: the product's

	// WrapBind may put something between tunnels and sockets, such as a demonstration's faults; nil: nothing.
	WrapBind func(conn.Bind) conn.Bind
}

// Engine is a controller. It is a control.Backend.
type Engine struct {
	options Options
	log     *slog.Logger
	started time.Time
	process lifetime

	dir     *dataDir
	file    *config.File
	license *license.Store
	keys    *keyset.Store
	access  *access.Store
	api     *api.Server
	cert    *cert.Source
	source  *fetch.Server
	guard   *fetch.TokenGuard

	desk      *desk
	now       atomic.Pointer[holdings]
	events    *events
	tasks     *tasks
	system    *systemSampler
	routes    *hostRoutes
	firewall  *hostFirewall
	published *published
	dirty     chan struct{}      // one slot: a snapshot is due
	wanted    chan chan struct{} // a snapshot is wanted now
	stopped   chan struct{}      // closed when the publisher has ended
	tracker   status.Tracker     // the publisher's
	history   rttHistory         // the publisher's
	clock     clockWatch         // the publisher looks
	ready     chan struct{}
	context   atomic.Pointer[context.Context] // of Run, for tasks
	mode      atomic.Value                    // status.Mode
	closeOnce sync.Once
}

// New opens a controller's files and checks everything that can be wrong with them. It opens no
// socket: that is Run. Close releases what New took if Run is never called.
func New(o Options) (*Engine, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	e := &Engine{
		options: o, log: o.Log, started: time.Now(), desk: newDesk(), dirty: make(chan struct{}, 1),
		wanted: make(chan chan struct{}), stopped: make(chan struct{}), ready: make(chan struct{}),
		process: lifetime{discriminator: rand.Uint64() | 1, started: time.Now()},
	}
	e.events = newEvents(o.Log, e.wake)
	e.tasks = newTasks(e.wake)
	e.routes = newHostRoutes(e.reconcileSoon)
	e.firewall = newHostFirewall(e.wake)
	e.mode.Store(o.Mode)
	if err := e.open(); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	e.published = newPublished(e.buildSnapshot(time.Now()))
	return e, nil
}

func (e *Engine) open() error {
	// The data directory is named by the file, and the file's last good copy lies in the data directory:
	// read the file once to find it, then follow it.
	first, err := config.Peek(e.options.ConfigPath)
	if err != nil {
		e.log.Warn("the configuration file is not valid", "path", e.options.ConfigPath, "error", err)
	}
	e.dir, err = openDataDir(config.DataDir(first, e.options.Env))
	if err != nil {
		return err
	}
	e.file, err = config.Open(e.options.ConfigPath, e.dir.file("config.good.toml"), config.Options{})
	if err != nil {
		return err
	}
	current, _ := e.file.Current()
	e.license = license.Open(e.dir.path, current.License.Trusted)
	e.keys = keyset.NewStore(e.dir.path)
	e.system = newSystemSampler(e.dir.path)
	e.access, err = access.Open(access.Options{Dir: e.dir.path, PasswordFile: current.API.PasswordFile, Events: e.events.add})
	if err != nil {
		return err
	}
	e.guard = &fetch.TokenGuard{}
	e.source = fetch.NewServer(e.fetchServerOptions())
	e.cert, err = cert.NewSource(cert.Options{
		CertFile: current.API.TLSCert, KeyFile: current.API.TLSKey, Dir: e.dir.path, Authority: e.certificateAuthority,
	})
	if err != nil {
		return err
	}
	e.api, err = api.New(api.Options{
		Backend: e, Access: e.access, Listen: []string{current.APIAddress()}, Certificates: e.cert,
		Socket: config.SocketPath(e.dir.path), Fetch: e.serveFetch,
		Log: e.log, Events: e.events.add, Timing: e.options.APITiming,
	})
	if err != nil {
		return err
	}
	h := &holdings{draining: e.dir.has("draining")}
	h.config, h.file = e.file.Current()
	e.loadKeys(h)
	h.setLicense(e.license.State())
	e.now.Store(h)
	return nil
}

// Run keeps the controller going until ctx ends, then tells its peers and stops everything.
func (e *Engine) Run(ctx context.Context) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	e.context.Store(&ctx)
	services, servicesEnd := context.WithCancel(context.WithoutCancel(ctx))
	defer servicesEnd()
	group, inner := errgroup.WithContext(services)
	group.Go(func() error { return e.desk.run(inner, e.file.Changes(), e.reloaded) })
	group.Go(func() error { return e.system.run(inner) })
	group.Go(func() error { return e.routes.run(inner) })
	group.Go(func() error { return e.firewall.run(inner) })
	group.Go(func() error {
		defer close(e.stopped)
		return e.publish(inner)
	})
	group.Go(func() error { return e.api.Run(inner) })
	// What runs is brought up at the desk, like every later change of it.
	e.desk.do(inner, func() error { e.reconcile(); return nil })
	e.announceStart()
	select {
	case <-e.api.Local():
		close(e.ready)
		select {
		case <-ctx.Done():
		case <-inner.Done(): // a part failed: the rest stops in order
		}
	case <-inner.Done():
	}
	end() // also where a part failed: without a desk a task would wait for ever
	e.events.add(status.Event{Code: "engine.stopping", Text: "vns3 stops, and tells its peers"})
	e.desk.do(inner, func() error { e.endSession(false); return nil })
	servicesEnd()
	err := group.Wait()
	e.endSession(false) // where the desk had ended before it could
	e.tasks.wait()
	return errors.Join(err, e.Close())
}

// Ready is closed when everything that can run does.
func (e *Engine) Ready() <-chan struct{} { return e.ready }

// Outlives says that the engine has lost the console in whose process it runs, and goes on without one.
func (e *Engine) Outlives() {
	e.mode.Store(status.Headless)
	e.wake()
}

// Socket is the path of the local socket.
func (e *Engine) Socket() string { return config.SocketPath(e.dir.path) }

// Reload reads the configuration file again, as SIGHUP asks.
func (e *Engine) Reload(ctx context.Context) error {
	return e.desk.do(ctx, func() error { return e.reload(ctx) })
}

// Close releases file and data directory.
func (e *Engine) Close() (err error) {
	e.closeOnce.Do(func() {
		if e.file != nil {
			err = errors.Join(err, e.file.Close())
		}
		if e.dir != nil {
			err = errors.Join(err, e.dir.close())
		}
	})
	return err
}

// Snapshot is of control.Backend.
func (e *Engine) Snapshot() *status.Snapshot { return e.published.snapshot() }

// Wait is of control.Backend.
func (e *Engine) Wait(ctx context.Context, than *status.Snapshot) (*status.Snapshot, error) {
	return e.published.wait(ctx, than)
}

// Events is of control.Backend.
func (e *Engine) Events(ctx context.Context, after uint64) ([]status.Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return e.events.after(after, 1000), nil
}

// InitialPassword is the API password that was made at random for a fresh controller; it is shown once.
func (e *Engine) InitialPassword() (string, bool) { return e.access.Initial() }

// wake asks for a snapshot. It never waits.
func (e *Engine) wake() {
	select {
	case e.dirty <- struct{}{}:
	default:
	}
}

// revise replaces the holdings by a changed copy. Only the desk calls it.
func (e *Engine) revise(change func(*holdings)) *holdings {
	h := *e.now.Load()
	change(&h)
	e.now.Store(&h)
	e.wake()
	return &h
}

func (e *Engine) announceStart() {
	h := e.now.Load()
	e.events.add(status.Event{Code: "engine.started", Text: fmt.Sprintf("vns3 %s started, %s, data in %s", e.options.Version, e.options.Mode, e.dir.path)})
	if h.file.LastGood {
		e.log.Warn("running the last good configuration", "path", h.file.Path, "error", h.file.Err)
	}
}

// certificateAuthority is the seed of the topology's certificate authority.
func (e *Engine) certificateAuthority() (cert.Seed, bool) {
	if e.now.Load() == nil || e.now.Load().keys == nil {
		return cert.Seed{}, false
	}
	return cert.Seed(e.now.Load().keys.CertificateSeed()), true
}

var _ control.Backend = (*Engine)(nil)
