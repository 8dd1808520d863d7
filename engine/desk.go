package engine

import (
	"context"
	"net/netip"

	"vns3/control"
	"vns3/engine/config"
	"vns3/engine/license"
	"vns3/keyset"
	"vns3/peering"
	"vns3/status"
)

// holdings is what this controller is at one moment: its configuration, license, keys and what they
// make of it. It is never changed; the desk replaces it.
type holdings struct {
	config      config.Config
	file        config.State
	license     license.State
	keys        *keyset.Keyset // nil: none
	keysProblem error          // why the keyset on disk is not in use, or cannot be given to others
	staged      *peering.Table // API edits not yet applied
	suggestion  *status.Suggestion
	sum         keyset.Checksum // the topology checksum; see checksum
	draining    bool
	apiFaults   []string         // why files that [api] names are not in use
	problems    peering.Problems // of the table, on this machine and under this license
	session     *session         // nil: nothing to run yet
	sessionFail error            // why no session runs although everything for one is there
}

// self is the ID of this controller; 0: not set.
func (h *holdings) self() int { return h.config.Peering.Self() }

// licensedControllers is how many rows may run; 0: unlicensed.
func (h *holdings) licensedControllers() int { return len(h.license.Parameters.Controllers) }

// address is this controller's overlay address; the zero Addr: it has none yet.
func (h *holdings) address() netip.Addr {
	addr, _ := h.license.Parameters.Controller(h.self())
	return addr
}

// checksum is the topology checksum; false without keys or parameters.
func (h *holdings) checksum() (keyset.Checksum, bool) {
	if h.keys == nil || !h.license.Finalized {
		return keyset.Checksum{}, false
	}
	return h.sum, true
}

// setLicense takes a license, and the keys with it: the topology checksum is over both, and costs more
// than a millisecond.
func (h *holdings) setLicense(l license.State) {
	h.license = l
	if h.keys != nil && l.Finalized {
		h.sum = h.keys.Checksum(l.Parameters)
	}
}

// The desk is one goroutine through whose hands goes everything that changes what this controller is.
// So a configuration file, an API call and a fetched keyset never meet half way.
type desk struct {
	jobs chan deskJob
}

type deskJob struct {
	work func()
	done chan struct{}
}

func newDesk() *desk { return &desk{jobs: make(chan deskJob)} }

// do runs work at the desk and waits for it.
func (d *desk) do(ctx context.Context, work func() error) error {
	var err error
	job := deskJob{func() { err = work() }, make(chan struct{})}
	select {
	case d.jobs <- job:
	case <-ctx.Done():
		return ctx.Err()
	}
	<-job.done // work that was begun is waited for: it may have changed something
	return err
}

// run carries out jobs and follows the file, until ctx ends.
func (d *desk) run(ctx context.Context, changed <-chan struct{}, reload func()) error {
	for {
		select {
		case job := <-d.jobs:
			job.work()
			close(job.done)
		case <-changed:
			reload()
		case <-ctx.Done():
			return nil
		}
	}
}

// atDesk is do for work with a result.
func atDesk[R any](ctx context.Context, e *Engine, work func() (R, error)) (R, error) {
	var result R
	err := e.desk.do(ctx, func() (err error) {
		result, err = work()
		return err
	})
	if err != nil && ctx.Err() != nil {
		return result, &control.Error{Kind: control.Disconnected, Reason: "the engine is stopping, or the caller gave up"}
	}
	return result, err
}
