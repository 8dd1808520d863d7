package mesh

import (
	"testing"

	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

// The page at every size, for topologies of one to nine controllers, well and not.
func TestGolden(t *testing.T) {
	for name, build := range map[string]func() *status.Snapshot{
		"three": statustest.Three, "degraded": statustest.Degraded, "nine": statustest.Nine, "one-way": statustest.OneWay,
		"single": statustest.Single, "unlicensed": statustest.Unlicensed,
	} {
		t.Run(name, func(t *testing.T) {
			tuitest.Golden(t, open, func() *page.Context { return tuitest.NewContext(tuitest.NewBackend(build())) })
		})
	}
}

func open(_ *testing.T, c *page.Context) page.Page {
	p := New(c)
	p.Init()
	return p
}
