package mesh

import (
	"slices"
	"testing"
	"time"

	"vns3/internal/lab"
	"vns3/status"
)

// Traffic goes round a link that is cut.
func TestCut(t *testing.T) {
	t.Parallel()
	l := lab.New(t, 3)
	l.Mesh() // keys fetched, every link up
	l.Drop(lab.Both(1, 2)...)
	l.Of(1).Until(5*time.Second, "it goes round by controller 3", func(s *status.Snapshot) bool {
		return slices.Equal(lab.Peer(s, 2).Path, []int{1, 3, 2})
	})
}
