package demo

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"vns3/engine"
	"vns3/engine/api"
	"vns3/engine/config"
	"vns3/status"
)

// member is one controller of the demonstration. It may have several lives.
type member struct {
	id      int
	address netip.Addr
	config  string // path of its file

	changing sync.Mutex // held while it is killed or revived

	mu      sync.Mutex
	life    *life         // nil: killed
	last    *life         // the newest
	changed chan struct{} // closed when the life begins or ends
}

// life is a controller that runs.
type life struct {
	engine *engine.Engine
	ctx    context.Context // ends when the controller is killed
	end    context.CancelFunc
	ended  chan error
}

// writeConfig makes the file of a controller. It has no kernel interface: a demonstration leaves the
// machine as it was.
func (m *member) writeConfig() error {
	dir := filepath.Dir(m.config)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	text := fmt.Sprintf("[controller]\nname = \"demo-%d\"\nlisten = \"%v\"\ndata_dir = %q\n\n[overlay]\ninterface = \"off\"\n",
		m.id, m.address, filepath.Join(dir, "data"))
	return os.WriteFile(m.config, []byte(text), 0o600)
}

// run starts the controller.
func (m *member) run(d *Demo) error {
	e, err := engine.New(engine.Options{
		ConfigPath: m.config, Env: config.OSEnv(), Mode: status.Demo, Version: d.options.Version, Log: slog.New(slog.DiscardHandler),
		APITiming: api.RestartTiming{Settle: 10 * time.Millisecond, SettleKeyset: 10 * time.Millisecond, Down: 100 * time.Millisecond},
		WrapBind:  d.weather.Over(m.address),
	})
	if err != nil {
		return fmt.Errorf("controller %d: %w", m.id, err)
	}
	l := &life{engine: e, ended: make(chan error, 1)}
	l.ctx, l.end = context.WithCancel(context.Background())
	go func() { l.ended <- e.Run(l.ctx) }()
	select {
	case <-e.Ready():
		m.begin(l)
		return nil
	case err := <-l.ended:
		l.end()
		return fmt.Errorf("controller %d: %w", m.id, err)
	}
}

// stop ends the controller as SIGTERM would, and waits for it.
func (m *member) stop() error {
	l := m.alive()
	if l == nil {
		return nil
	}
	m.begin(nil)
	l.end()
	return <-l.ended
}

// begin changes the life; nil: it ends.
func (m *member) begin(l *life) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.life = l
	if l != nil {
		m.last = l
	}
	close(m.changed)
	m.changed = make(chan struct{})
}

// alive is the life of the controller; nil: it was killed.
func (m *member) alive() *life {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.life
}

// watch is the life, the newest life, and what is closed when that changes.
func (m *member) watch() (now, last *life, changed <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.life, m.last, m.changed
}
