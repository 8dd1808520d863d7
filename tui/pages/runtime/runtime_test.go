package runtime

import (
	"testing"

	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

var topologies = map[string]func() *status.Snapshot{
	"three": statustest.Three, "degraded": statustest.Degraded, "nine": statustest.Nine, "single": statustest.Single,
	"crowd": statustest.Crowd, "unlicensed": statustest.Unlicensed, "no-keyset": statustest.NoKeyset,
	"other-keyset": statustest.OtherKeyset, "one-way": statustest.OneWay,
}

// The page at every size, in every state of a topology.
func TestGolden(t *testing.T) {
	for name, build := range topologies {
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

// The list of clients, sorted by trouble and filtered.
func TestGoldenClients(t *testing.T) {
	tuitest.Golden(t, func(t *testing.T, c *page.Context) page.Page {
		p := New(c)
		player := tuitest.Play(t, c, p)
		player.Keys("s", "s", "s", "/", `"#2 203"`, "enter", "down")
		return p
	}, func() *page.Context { return tuitest.NewContext(tuitest.NewBackend(statustest.Crowd())) })
}
