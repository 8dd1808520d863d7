package api

import (
	"net/http"
	"time"

	"vns3/control"
	"vns3/status"
)

// keysetStatus is GET and PUT /keyset.
type keysetStatus struct {
	Present    bool   `json:"keyset_present"`
	InProgress bool   `json:"in_progress"`
	StartedAt  string `json:"started_at,omitempty"`
	StartedAtI int64  `json:"started_at_i,omitempty"` // clients see a failed fetch by a new one
	Running    *int64 `json:"running,omitempty"`      // seconds
	CreatedAt  string `json:"created_at,omitempty"`
	CreatedAtI int64  `json:"created_at_i,omitempty"`
	Checksum   string `json:"checksum,omitempty"`
	UUID       string `json:"uuid,omitempty"`
}

func (s *Server) keysetRoutes() []route {
	return []route{{
		method: http.MethodGet, path: "/api/keyset", summary: "Get topology keyset",
		needs: license, reply: keysetStatus{}, handle: getKeyset,
	}, {
		method: http.MethodPut, path: "/api/keyset", summary: "Generate the keyset, or fetch it with source, in the background",
		args: []arg{
			{name: "token", required: true, about: "security token: the same on every controller"},
			{name: "source", about: "controller to fetch from: HOST[:PORT]; without it a keyset is generated"},
			{name: "topology_name", about: "name of the topology"},
			{name: "sealed_network", kind: ignored},
		},
		reply: keysetStatus{}, handle: putKeyset,
	}}
}

func getKeyset(c *call) (any, error) {
	if c.keysetHidden() {
		return nil, fail(http.StatusForbidden, prerequisite, mustBeLicensed)
	}
	if k := c.snap.Keyset; k.Present {
		return keysetStatus{
			Present: true, Checksum: k.Checksum, UUID: k.UUID,
			CreatedAt: stamp(k.CreatedAt), CreatedAtI: unixOrZero(k.CreatedAt),
		}, nil
	}
	if t := keysetTask(c.snap); t != nil {
		return inProgress(t.StartedAt, c.o.Now()), nil
	}
	return keysetStatus{}, nil
}

func putKeyset(c *call) (any, error) {
	switch {
	case c.snap.Keyset.Present || c.keysetHidden():
		return nil, fail(http.StatusBadRequest, badRequest, keysetExists)
	case keysetTask(c.snap) != nil:
		return nil, fail(http.StatusBadRequest, badRequest, keysetRunning)
	case c.args.text("token") == "":
		return nil, invalid("token is missing")
	}
	var q control.Request = control.KeysetGenerate{Topology: c.args.text("topology_name"), Token: c.args.text("token"), Strict: true}
	if source := c.args.text("source"); source != "" {
		q = control.KeysetFetch{Source: source, Token: c.args.text("token"), Topology: c.args.text("topology_name")}
	} else if err := c.require(license); err != nil {
		return nil, err
	}
	started, err := do[control.TaskStarted](c, q)
	if err != nil {
		return nil, keysetFailure(err)
	}
	now := c.o.Now()
	for _, t := range c.snap.Tasks {
		if t.ID == started.Task {
			return inProgress(t.StartedAt, now), nil
		}
	}
	return inProgress(now, now), nil
}

// keysetFailure says what clients compare with. Two calls at once: one of them loses here.
func keysetFailure(err error) error {
	f := failureOf(err)
	switch kindOf(err) {
	case control.Exists:
		f.Message = keysetExists
	case control.InProgress:
		f.Message = keysetRunning
	}
	return f
}

func inProgress(started, now time.Time) keysetStatus {
	return keysetStatus{
		InProgress: true, StartedAt: stamp(started), StartedAtI: started.Unix(),
		Running: new(max(0, int64(now.Sub(started)/time.Second))),
	}
}

// keysetTask is the generation or fetch that runs now, if one does.
func keysetTask(snap *status.Snapshot) *status.Task {
	generate, fetch := control.KeysetGenerate{}.Action(), control.KeysetFetch{}.Action()
	for i := range snap.Tasks {
		t := &snap.Tasks[i]
		if (t.Name == generate || t.Name == fetch) && (t.State == status.Running || t.State == status.Waiting) {
			return t
		}
	}
	return nil
}
