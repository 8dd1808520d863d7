package engine

import (
	"net/netip"
	"testing"
)

// TestOutdatedWords proves that one clientpack is told as one, and of many the first.
func TestOutdatedWords(t *testing.T) {
	h := &holdings{}
	for i := range 9 {
		h.license.Parameters.Clients = append(h.license.Parameters.Clients, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}))
	}
	const why = " exported before an endpoint, a route, a controller or a key changed: "
	for n, want := range map[int]string{
		1: "1 clientpack was" + why + "10_0_0_0",
		2: "2 clientpacks were" + why + "10_0_0_0, 10_0_0_1",
		9: "9 clientpacks were" + why + "10_0_0_0, 10_0_0_1, 10_0_0_2, 10_0_0_3, 10_0_0_4, …",
	} {
		v := &sessionView{}
		v.clients.directory, v.clients.outdated = &packDirectory{}, map[int]bool{}
		for i := range n {
			v.clients.outdated[i] = true
		}
		if f, found := v.outdatedFinding(h); !found || f.Text != want {
			t.Errorf("%d: %q, want %q", n, f.Text, want)
		}
	}
}
