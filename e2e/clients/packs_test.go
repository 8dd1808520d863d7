//go:build linux

package clients

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"vns3/control"
	"vns3/internal/lab"
	"vns3/status"
)

// TestPartedControllersHandOutNoPackTwice proves that controllers that cannot reach each other never hand
// out the same clientpack: each hands out its own share, all at the same time, and then says why there are
// no more and what helps. When the mesh is whole again, everybody knows all that was handed out, and the
// rest can be had anywhere.
func TestPartedControllersHandOutNoPackTwice(t *testing.T) {
	l := lab.New(t, 3)
	l.Mesh()
	l.Of(1).HandOut(func(status.Client) bool { return true }) // they are level
	l.Drop(append(append(lab.Both(1, 2), lab.Both(1, 3)...), lab.Both(2, 3)...)...)
	for _, m := range l.Machines {
		m.Until(lab.Patience, "it is alone", lab.AllUp(0))
	}
	out := make([][]string, 3)
	var all sync.WaitGroup
	for i, m := range l.Machines {
		all.Go(func() { out[i] = handedOut(t, m) })
	}
	all.Wait()
	seen := map[string]int{}
	for i, names := range out {
		if len(names) == 0 {
			t.Errorf("controller %d handed out nothing", i+1)
		}
		for _, name := range names {
			if seen[name] != 0 {
				t.Errorf("clientpack %s was handed out by %d and by %d", name, seen[name], i+1)
			}
			seen[name] = i + 1
		}
	}
	l.Heal()
	for _, m := range l.Machines {
		m.Until(lab.Patience, "it knows what the others handed out", func(s *status.Snapshot) bool {
			for name := range seen {
				if !lab.ClientOf(s, name).CheckedOut {
					return false
				}
			}
			return lab.AllUp(2)(s)
		})
	}
	if free := notHandedOut(l.Of(2).Status()); free > 0 {
		l.Of(2).HandOut(func(status.Client) bool { return true })
	}
}

// handedOut is what a controller hands out until it refuses, which it has to explain.
func handedOut(t *testing.T, m *lab.Machine) (names []string) {
	for {
		ctx, cancel := context.WithTimeout(context.Background(), lab.Patience)
		next, err := control.Do[control.PackHandedOut](ctx, m.Backend(), control.PackNext{})
		cancel()
		if err == nil {
			names = append(names, next.Name)
			continue
		}
		var refused *control.Error
		if !errors.As(err, &refused) || refused.Reason == "" || !strings.Contains(refused.Remedy, "repair the mesh") {
			t.Errorf("controller %d refused with %v", m.ID, err)
		}
		return names
	}
}

func notHandedOut(s *status.Snapshot) (n int) {
	for _, c := range s.Clients {
		if !c.CheckedOut {
			n++
		}
	}
	return n
}
