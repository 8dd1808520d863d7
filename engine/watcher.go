package engine

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"vns3/engine/tunnel"
	"vns3/engine/tunnel/probe"
)

const (
	reopenEvery     = 3 * time.Second        // a UDP port that is in use is tried again
	probeEvery      = time.Second            // while the link is not up
	probeUpEvery    = 30 * time.Second       // while it is: clocks and addresses change
	probeTimeout    = 900 * time.Millisecond // several requests fit
	rotateAfter     = 3 * time.Second        // without an answer the name's next address is tried
	closedStands    = 15 * time.Second
	measureMTUEvery = time.Minute
)

// watcher is the part of a link that waits for names, ports and probes.
type watcher struct {
	*peerLink
	resolver *tunnel.Resolver
	lookup   tunnel.Lookup

	started   bool      // the core knows the link
	aimed     bool      // the device knows an endpoint
	reaim     bool      // tell it again
	aimedAt   time.Time // when it was last told
	reopenAt  time.Time
	probeAt   time.Time
	measureAt time.Time
	offerAt   time.Time // of the license
	wasUp     bool
}

func (w *watcher) run(ctx context.Context) {
	w.started = true
	for {
		w.step(ctx)
		next := time.NewTimer(time.Until(w.due()))
		select {
		case <-next.C:
		case <-w.wake:
			next.Stop()
		case <-ctx.Done():
			next.Stop()
			return
		}
	}
}

// due is when there is something to do without being woken.
func (w *watcher) due() time.Time {
	due := []time.Time{w.lookup.Due(w.up()), w.probeAt}
	if w.device.Load() == nil {
		due = append(due, w.reopenAt)
	}
	if w.up() {
		due = append(due, w.offerAt)
	}
	return slices.MinFunc(due, time.Time.Compare)
}

func (w *watcher) step(ctx context.Context) {
	now, up := time.Now(), w.up()
	if w.device.Load() == nil && !now.Before(w.reopenAt) {
		w.open()
		w.reopenAt = now.Add(reopenEvery)
		w.aimed = false
		w.aim()
	}
	if !now.Before(w.lookup.Due(up)) {
		addrs, err := w.resolver.Resolve(ctx, w.address)
		w.lookup.Resolved(addrs, err, time.Now())
		w.note(func(f *linkFacts) {
			if f.resolveErr = err; err == nil {
				f.addrs = addrs // else the last good ones stay
			}
		})
	}
	if !up {
		if stale := now.Sub(w.aimedAt) >= rotateAfter; w.wasUp || stale {
			if stale && !w.wasUp {
				w.lookup.Rotate()
			}
			w.reaim = true // where WireGuard roamed to has failed
		}
		w.aim()
	}
	if w.wasUp != up {
		w.probeAt = time.Time{}
	}
	if up {
		w.closedAt.Store(0)
	}
	w.wasUp = up
	if !now.Before(w.probeAt) {
		w.outerProbe(ctx)
	}
	if up && !now.Before(w.offerAt) {
		w.offerAt = now.Add(offerEvery)
		if offer := w.session.license.offer(); offer != nil {
			w.session.fabric.SendControl(w.id, offer)
		}
	}
	if w.remeasure.Swap(false) || !now.Before(w.measureAt) {
		w.measure()
	}
}

// aim points the device at the candidate. While the link is up, what WireGuard learned from
// authenticated packets is better than any name.
func (w *watcher) aim() {
	candidate, ok := w.lookup.Candidate()
	device := w.device.Load()
	if !ok || device == nil {
		return
	}
	if candidate == w.facts.Load().candidate && w.aimed && !w.reaim {
		return
	}
	late := !w.aimed && w.started // the core's own first initiation had nowhere to go
	w.aimed, w.reaim, w.aimedAt = true, false, time.Now()
	w.note(func(f *linkFacts) { f.candidate = candidate })
	device.SetEndpoint(netip.AddrPortFrom(candidate, 0))
	if late {
		device.Initiate()
	}
	w.measureAt = time.Time{}
}

// outerProbe asks what is there, outside the tunnel.
func (w *watcher) outerProbe(ctx context.Context) {
	candidate := w.facts.Load().candidate
	if device := w.device.Load(); device != nil && w.up() && device.Endpoint().IsValid() {
		candidate = device.Endpoint().Addr()
	}
	every := probeEvery
	if w.up() {
		every = probeUpEvery
	}
	w.probeAt = time.Now().Add(every)
	if !candidate.IsValid() {
		return
	}
	report := w.ask(ctx, candidate)
	if observed := report.Observed.Addr(); observed.IsValid() {
		if w.session.sightings.note(w.id, observed) {
			w.session.readdressed()
		}
	}
	now, astray := time.Now(), w.astray(ctx)
	w.note(func(f *linkFacts) {
		f.astray = astray
		// Hosts send few ICMP errors: a probe without one is no news of a port that was closed just now.
		switch {
		case report.Verdict == probe.PortClosed:
			w.closedAt.Store(now.UnixNano())
		case report.Verdict == probe.NoAnswer && now.Sub(time.Unix(0, w.closedAt.Load())) < closedStands:
			report.Verdict = probe.PortClosed
		case report.Verdict != probe.NoAnswer:
			w.closedAt.Store(0)
		}
		f.report, f.probedAt = report, now
	})
}

// ask asks what is at an address.
func (w *watcher) ask(ctx context.Context, addr netip.Addr) probe.Report {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	return w.session.outerCheck(ctx, w.id, addr)
}

// astray reports whether no address of the row leads to the peer though the tunnel is up: at another
// address, from which the peer reached us by itself.
func (w *watcher) astray(ctx context.Context) bool {
	device, f := w.device.Load(), w.facts.Load()
	if device == nil || !device.Endpoint().IsValid() || len(f.addrs) == 0 && f.resolveErr == nil {
		return false
	}
	if slices.Contains(f.addrs, device.Endpoint().Addr().Unmap()) {
		return false
	}
	for _, addr := range f.addrs {
		if !w.up() || w.ask(ctx, addr).ID == w.id {
			return false
		}
	}
	return w.up()
}

// measure reads the kernel's idea of the path.
func (w *watcher) measure() {
	w.measureAt = time.Now().Add(measureMTUEvery)
	candidate := w.facts.Load().candidate
	if !candidate.IsValid() {
		return
	}
	if outer, err := tunnel.ReadPathMTU(candidate, w.session.listen); err == nil {
		w.limit(candidate, outer)
	}
}
