package license

import (
	"time"

	"vns3/status"
)

// Status is the license as a snapshot shows it.
func (s State) Status(now time.Time) status.License {
	if !s.Present {
		return status.License{}
	}
	l := s.License
	return status.License{
		Licensed: true, Finalized: s.Finalized, Community: l.Community, Topology: l.Topology,
		Controllers: len(s.Parameters.Controllers), Clientpacks: len(s.Parameters.Clients), Signer: l.Signer, SHA1: l.SHA1,
		UploadedAt: s.UploadedAt, Expires: l.Expires, Expired: l.Expired(now),
	}
}
