package mesh

import (
	"slices"
	"testing"
	"time"

	"vns3/internal/lab"
	"vns3/status"
)

// TestOneWayWhileUp proves that a direction which is blocked while the link is up is named soon and for as
// long as it lasts, also after the session is given up and neither end hears the other.
func TestOneWayWhileUp(t *testing.T) {
	t.Parallel()
	l := lab.New(t, 3)
	l.Mesh()
	l.Drop(lab.Rule{From: 1, To: 2})
	named := func(s *status.Snapshot) bool {
		return slices.ContainsFunc(lab.Peer(s, 2).Checks, func(c status.Check) bool { return c.What == "port" && c.Verdict == "error" })
	}
	l.Of(1).Until(10*time.Second, "the blocked direction is named", named)
	l.Of(1).Until(15*time.Second, "the session is given up", func(s *status.Snapshot) bool { return lab.Peer(s, 2).State == status.Down })
	l.Of(1).Stays(6*time.Second, "the blocked direction is still named", named)
}
