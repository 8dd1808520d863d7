package api

import (
	"net/http"
	"slices"

	"vns3/status"
)

// table is every route there is.
func (s *Server) table() []route {
	return slices.Concat(
		s.configRoutes(), s.licenseRoutes(), s.keysetRoutes(), s.peeringRoutes(), s.statusRoutes(),
		s.packRoutes(), s.routingRoutes(), s.accessRoutes(), s.ownRoutes(),
	)
}

// ownRoutes are those that the product does not have.
func (s *Server) ownRoutes() []route {
	return []route{{
		method: http.MethodGet, path: "/local/snapshot", summary: "Get the newest snapshot",
		reply: bare{status.Snapshot{}}, serve: s.getSnapshot,
	}, {
		method: http.MethodGet, path: "/local/stream", summary: "Follow snapshots, one JSON line each, at most 10 a second; {} shows that the connection lives",
		reply: lines{status.Snapshot{}}, serve: s.getStream,
	}, {
		method: http.MethodGet, path: "/local/events", summary: "Get events after a sequence number, at most 1000",
		args:  []arg{{name: "after", about: "sequence number"}},
		reply: bare{[]status.Event{}}, serve: s.getEvents,
	}, {
		method: http.MethodPost, path: "/local/do/{action...}", summary: "Carry out an action: its name with slashes for spaces; its request and reply as JSON",
		reply: bare{map[string]any{}}, serve: s.postDo,
	}, {
		method: http.MethodGet, path: "/metrics", summary: "Metrics for Prometheus",
		reply: download{}, serve: s.getMetrics,
	}, {
		method: http.MethodGet, path: "/api/openapi.json", summary: "This description",
		reply: bare{map[string]any{}}, serve: s.getDescription,
	}}
}

// How a reply is described where it is no JSON under "response".
type (
	oneOf []any               // one of several
	bare  struct{ value any } // without the envelope
	lines struct{ value any } // one JSON value a line
)
