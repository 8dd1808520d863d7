package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"net/netip"

	"vns3/keyset"
	"vns3/keyset/fetch"
	"vns3/status"
)

// fetchSource is this controller as the source of its keyset.
type fetchSource struct{ *Engine }

// Offer is of fetch.Source.
func (e fetchSource) Offer() (*fetch.Bundle, error) {
	keys, verifier, err := e.keys.Load()
	switch {
	case errors.Is(err, keyset.ErrNone):
		return nil, fetch.ErrNoKeyset
	case err != nil:
		return nil, err
	}
	h := e.now.Load()
	rows := map[int]string{}
	for id, row := range h.config.Peering.Rows() {
		rows[id] = row.String()
	}
	checksum, ok := h.checksum()
	if !ok {
		return nil, fetch.ErrNoKeyset
	}
	return &fetch.Bundle{
		Keyset: keys, Token: verifier, LicenseText: h.license.License.Text, Verifiers: h.license.Pinned,
		Overlay: h.license.Parameters, Finalized: h.license.Finalized, TopologyName: h.topologyName(), PeeringRows: rows,
		SourceID: h.self(), SourceName: h.name(), Version: e.options.Version, Checksum: checksum,
	}, nil
}

// fetchServerOptions say how the source counts wrong tokens: also over a restart.
func (e *Engine) fetchServerOptions() fetch.ServerOptions {
	file := fetch.StateFile(e.dir.file("fetch.json"))
	state, err := file.Load()
	if err != nil {
		e.log.Warn("the count of wrong tokens cannot be read; it starts over", "error", err)
	}
	return fetch.ServerOptions{
		Source: fetchSource{e}, State: state,
		Save: func(s fetch.State) {
			if err := file.Save(s); err != nil {
				e.log.Error("the count of wrong tokens cannot be kept", "error", err)
			}
		},
		Near: func(a netip.Addr) bool {
			s := e.now.Load().session
			return s != nil && s.links.listed(a) != 0
		},
		Events: func(ev fetch.Event) {
			severity := status.Info
			if ev.Kind != fetch.Served && ev.Kind != fetch.SourceRearmed {
				severity = status.Warn
			}
			e.events.add(status.Event{At: ev.At, Code: "fetch." + fetchCodes[ev.Kind], Severity: severity, Text: ev.String()})
		},
	}
}

// serveFetch carries out one fetch. What goes wrong is the other side's to mend, and an event where it
// matters.
func (e *Engine) serveFetch(ctx context.Context, conn *tls.Conn) {
	if err := e.source.Serve(ctx, conn); err != nil {
		e.log.Debug("a keyset fetch ended", "from", conn.RemoteAddr(), "error", err)
	}
}

var fetchCodes = map[fetch.EventKind]string{
	fetch.Served: "served", fetch.TokenRefused: "refused", fetch.SourceClosed: "closed", fetch.SourceRearmed: "rearmed",
}
