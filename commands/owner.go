package commands

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"vns3/commands/service"
	"vns3/engine"
	"vns3/status"
	"vns3/tui"
)

// owner has the engine inside a console's process, and says what becomes of it when the console ends.
type owner struct {
	app   *app
	where place
	seat  *seat
	end   context.CancelCauseFunc // of the console

	mu       sync.Mutex
	running  *process // nil: no engine is in this process
	password string   // that was made at random for a fresh controller
	farewell string   // what the user has to know of the engine when the console has ended
}

var _ tui.Owner = (*owner)(nil)

func newOwner(a *app, where place, end context.CancelCauseFunc) *owner {
	return &owner{app: a, where: where, seat: newSeat(), end: end}
}

// process is an engine that runs in this process.
type process struct {
	engine *engine.Engine
	log    *slog.Logger
	cancel context.CancelFunc
	ended  chan struct{}
	err    error // when ended is closed
}

// Start starts the engine and gives it to the console.
func (o *owner) Start() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.start()
}

func (o *owner) start() error {
	log, level := o.app.fileLog(o.where)
	e, err := engine.New(engine.Options{
		ConfigPath: o.where.config, Env: o.app.env, Mode: status.Console, Version: o.app.version, Log: log, LogLevel: level,
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &process{engine: e, log: log, cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		if p.err = e.Run(ctx); p.err != nil && ctx.Err() == nil {
			o.end(p.err)
		}
	}()
	if password, fresh := e.InitialPassword(); fresh {
		o.password = password
	}
	o.running = p
	o.seat.sit(e)
	return nil
}

// Stop implements tui.Owner.
func (o *owner) Stop() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.stop()
}

func (o *owner) stop() error {
	p := o.running
	if p == nil {
		return nil
	}
	o.running = nil
	p.cancel()
	<-p.ended
	return p.err
}

// LeaveRunning implements tui.Owner: a headless engine in a process of its own takes the place of this
// one. If it cannot, this one goes on.
func (o *owner) LeaveRunning() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	err := o.replacedBy(func() error {
		return handOver(o.where, o.stop)
	})
	if err == nil {
		o.farewell = "The engine goes on without a console: vns3 attaches to it, vns3 status asks it."
	}
	return err
}

// Service implements tui.Owner.
func (o *owner) Service() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	err := o.replacedBy(func() error {
		return service.Install(context.Background(), o.app.serviceOptions(o.where, func(string) {}, o.stop))
	})
	if err == nil {
		o.farewell = "The service vns3 runs, and starts at every boot: vns3 attaches to it."
	}
	return err
}

// replacedBy has another engine take over; if that fails after ours has stopped, ours starts again.
func (o *owner) replacedBy(takeOver func() error) error {
	err := takeOver()
	if err == nil || o.running != nil {
		return err
	}
	if again := o.start(); again != nil {
		o.end(again)
	}
	return err
}

// outlive keeps the engine going after its console's terminal went away, until ctx ends.
func (o *owner) outlive(ctx context.Context, hangups chan os.Signal) error {
	o.mu.Lock()
	p := o.running
	o.mu.Unlock()
	if p == nil {
		return nil
	}
	p.engine.Outlives()
	select { // the hangup that took the terminal asks for nothing
	case <-hangups:
	default:
	}
	go reloadOn(ctx, hangups, p.engine, p.log)
	select {
	case <-ctx.Done():
	case <-p.ended:
	}
	return o.Stop()
}

// outliveFailure hands the engine on where the console itself failed: tunnels are not to end with it. One that
// was stopped or handed on before stays so.
func (o *owner) outliveFailure(failure error) error {
	o.mu.Lock()
	going := o.running != nil
	o.mu.Unlock()
	if going {
		if err := o.LeaveRunning(); err != nil {
			return errors.Join(failure, err, o.Stop())
		}
	}
	o.tell()
	return failure
}

// tell says what has to be known after the console: what became of the engine and, once, the API password
// of a fresh controller.
func (o *owner) tell() {
	if o.farewell != "" {
		o.app.note("%s", o.farewell)
	}
	if o.password != "" {
		o.app.note("The API password of this controller was made at random: %s\nIt is shown this once. Another: vns3 access password", o.password)
	}
}

// lastGood is the copy of the last configuration that was valid.
func (w place) lastGood() string { return filepath.Join(w.dataDir, "config.good.toml") }

// logFile is where an engine without a standard error of its own logs to.
func (w place) logFile() string { return filepath.Join(w.dataDir, "vns3.log") }
