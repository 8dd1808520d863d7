package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"vns3/control"
	"vns3/engine/config"
	"vns3/engine/tunnel"
	"vns3/engine/tunnel/probe"
	"vns3/peering"
	"vns3/status"
	"vns3/status/figures"
)

// setPeering saves or stages rows: all of them, or none.
func (e *Engine) setPeering(ctx context.Context, q control.PeeringSet) error {
	h := e.now.Load()
	base := h.config.Peering
	if q.Stage && h.staged != nil {
		base = *h.staged
	}
	next := base
	if q.Replace {
		next = peering.Table{}
	}
	for _, id := range slices.Sorted(maps.Keys(q.Rows)) {
		if !peering.ValidID(id) {
			return &control.Error{Kind: control.Invalid, What: fmt.Sprintf("row %d", id), Reason: "there is no such row", Remedy: fmt.Sprintf("IDs are 1 to %d", peering.MaxID)}
		}
		row := q.Rows[id]
		if row.Kind == peering.Self {
			next, _ = peering.MoveSelf(next, id)
		}
		next[id] = row
	}
	rules := e.rules(h)
	rules.Strict = q.Strict
	if err := peering.Check(next, rules).Err(); err != nil {
		return err
	}
	if err := e.withinLicense(h, base, next); err != nil {
		return err
	}
	if q.Stage {
		e.revise(func(h *holdings) { h.staged = &next })
		return nil
	}
	return e.saveTable(ctx, h, next, q.MTU, q.Version)
}

// withinLicense refuses rows beyond the license that are not there yet. Those there are kept.
func (e *Engine) withinLicense(h *holdings, old, next peering.Table) error {
	licensed := h.licensedControllers()
	if licensed == 0 {
		return nil
	}
	for _, change := range peering.Diff(old, next) {
		if change.ID > licensed && change.To.Kind != peering.NotSet {
			return &control.Error{
				Kind: control.NotAllowed, What: fmt.Sprintf("row %d", change.ID), Reason: "license full: it allows " + figures.Count(licensed, "controller"),
				Remedy: "upgrade the license (vns3 license upgrade), or use a row up to " + strconv.Itoa(licensed),
			}
		}
	}
	if h.license.License.Expired(time.Now()) && len(next.Peers()) > len(old.Peers()) {
		return &control.Error{Kind: control.NotAllowed, What: "peering table", Reason: "the license has expired: running tunnels go on, new peers are refused", Remedy: "install a license with a later expiry"}
	}
	return nil
}

// saveTable writes the rows that differ, and the MTUs, into the configuration file.
func (e *Engine) saveTable(ctx context.Context, h *holdings, next peering.Table, mtu map[int]int, version string) error {
	if err := e.save(ctx, version, PeeringChanges(h.config.Peering, next, mtu)); err != nil {
		return err
	}
	e.revise(func(h *holdings) { h.staged, h.suggestion = nil, nil })
	for _, change := range peering.Diff(h.config.Peering, next) {
		e.events.add(status.Event{Code: "peering.saved", Peer: change.ID, Text: change.String()})
	}
	return nil
}

// save edits the configuration file and applies it before it returns.
func (e *Engine) save(ctx context.Context, version string, changes []config.Change) error {
	if len(changes) > 0 {
		if err := e.file.Edit(ctx, version, changes...); err != nil {
			return err
		}
	}
	e.reloaded()
	return nil
}

// reloaded takes the configuration in use from the file and applies it.
func (e *Engine) reloaded() {
	before := e.now.Load()
	now, state := e.file.Current()
	e.revise(func(h *holdings) { h.config, h.file = now, state })
	switch {
	case state.Err != nil && (before.file.Err == nil || before.file.Err.Error() != state.Err.Error()):
		e.events.add(status.Event{Code: string(status.ConfigRefused), Severity: status.Error, Text: state.Path + " is not used: " + state.Err.Error()})
	case state.Err == nil && state.Version != before.file.Version:
		e.events.add(status.Event{Code: "config.applied", Text: state.Path + " applied: " + cmp.Or(config.Diff(before.config, now).String(), "nothing is other than before")})
	}
	change := config.Diff(before.config, now)
	if change.None() {
		return
	}
	e.tellRestart(change.Restart)
	e.applyAPI(before.config, now)
	e.license.Trust(now.License.Trusted)
	e.revise(func(h *holdings) { h.setLicense(e.license.State()) })
	e.reconcile()
}

// PeeringChanges are the edits of the configuration file that make one table of another, and set MTUs by
// ID, of which 0 removes one.
func PeeringChanges(old, next peering.Table, mtu map[int]int) []config.Change {
	rows := map[int]peering.Row{}
	for _, change := range peering.Diff(old, next) {
		rows[change.ID] = change.To
	}
	changes := config.SetRows(rows)
	for _, id := range slices.Sorted(maps.Keys(mtu)) {
		key := "tunnels.peer_mtu." + strconv.Itoa(id)
		if mtu[id] == 0 {
			changes = append(changes, config.Unset(key))
			continue
		}
		changes = append(changes, config.Set(key, mtu[id]))
	}
	return changes
}

func (e *Engine) applyStaged(ctx context.Context) error {
	h := e.now.Load()
	if h.staged == nil {
		return nil
	}
	// Staged rows are differences to a table that may have changed: they are judged again.
	if err := peering.Check(*h.staged, e.rules(h)).Err(); err != nil {
		return err
	}
	return e.saveTable(ctx, h, *h.staged, nil, "")
}

// acceptPeer gives a controller that wants to peer the row of its ID.
func (e *Engine) acceptPeer(ctx context.Context, id int) error {
	h := e.now.Load()
	if h.session != nil {
		for _, s := range h.session.strangers.list(time.Now()) {
			if s.id == id {
				row := peering.Row{Kind: peering.Address, Address: s.from.Addr().Unmap().String()}
				return e.setPeering(ctx, control.PeeringSet{Rows: map[int]peering.Row{id: row}})
			}
		}
	}
	return &control.Error{Kind: control.NotFound, What: fmt.Sprintf("controller %d", id), Reason: "it does not ask to peer now", Remedy: "save this controller's address in a row there, then try again"}
}

// checkAddress looks at an address as a row would use it, and saves nothing.
func (e *Engine) checkAddress(ctx context.Context, q control.PeeringCheck) (control.Report, error) {
	subject := fmt.Sprintf("row %d", q.ID)
	row, err := peering.ParseRow(q.Address)
	if err != nil {
		return control.Report{}, &control.Error{Kind: control.Invalid, What: subject, Reason: err.Error()}
	}
	if row.Kind != peering.Address {
		return control.Report{OK: true}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	report := control.Report{OK: true}
	add := func(c status.Check) {
		report.Findings = append(report.Findings, control.Finding{Subject: subject, Check: c})
		report.OK = report.OK && c.Verdict != verdictError
	}
	addrs, err := tunnel.NewResolver().Resolve(ctx, row.Address)
	if err != nil || len(addrs) == 0 {
		add(nameCheck(row.Address, nil, err))
		return report, nil
	}
	add(nameCheck(row.Address, addrs, nil))
	h := e.now.Load()
	if h.config.Controller.Listen == addrs[0] || (!h.config.Controller.Listen.IsValid() && localAddresses()(addrs[0])) {
		add(reportCheck(probe.Report{Verdict: probe.Myself}, place{id: q.ID, addr: addrs[0]}))
		return report, nil
	}
	prober, self := e.checkProber(h, q.Self)
	if prober == nil {
		missing := `it is asked once a row says "this instance"`
		if _, keys := h.checksum(); !keys {
			missing = "it is asked once there is a keyset here"
		}
		add(status.Check{What: "port", Verdict: verdictUnknown, Text: missing})
		return report, nil
	}
	probeCtx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	found := prober.Probe(probeCtx, netip.AddrPortFrom(addrs[0], tunnel.LinkPort(self)), q.ID)
	outside := reportCheck(found, place{id: q.ID, self: self, addr: addrs[0]})
	if found.Verdict == probe.NotPeeredThere {
		outside.Verdict = verdictWarning // it is peered there next
	}
	add(outside)
	for _, c := range provedBy(found, q.ID) {
		add(c)
	}
	return report, nil
}

// checkProber is what asks before a session runs: it lists nobody, but it can prove the keyset. intended
// is the ID that this controller is to get, where it has none.
func (e *Engine) checkProber(h *holdings, intended int) (*tunnel.Prober, int) {
	if h.session != nil {
		return h.session.prober, h.self()
	}
	checksum, ok := h.checksum()
	self := cmp.Or(h.self(), intended)
	if !ok || self < 1 || self > peering.MaxID {
		return nil, 0
	}
	return tunnel.NewProber(tunnel.ProberOptions{
		Self: self, Discriminator: e.process.discriminator, Key: h.keys.Probe(), Checksum: checksum,
		Listen: h.config.Controller.Listen,
	}), self
}
