// Package api plays the clients of the VNS3 API against real engines: the documented order of calls of
// both families, from unconfigured controllers to a mesh that carries traffic; edits, routes and bad
// input; and what the API says held against what is.
package api

import (
	"net/netip"
	"sync"
	"testing"

	"vns3/engine/enginetest"
	"vns3/internal/lab"
	"vns3/internal/netns"
)

// alone is whether the tests have a network of their own, where nobody else has an address or a port.
var alone bool

func TestMain(m *testing.M) {
	alone = netns.Alone()
	lab.Main(m)
}

// documented are the addresses of documents and public clients, 127.0.0.11 to 127.0.0.14; taken while a
// sequence is played there.
var (
	documented = netip.MustParsePrefix("127.0.0.0/24")
	taken      sync.Mutex
)

// network is where the controllers of a sequence are: at the documented addresses, one sequence after the
// other; at some that nobody uses where the network is not the tests' own.
func network(t *testing.T) netip.Prefix {
	if !alone {
		return enginetest.Network()
	}
	taken.Lock()
	t.Cleanup(taken.Unlock)
	return documented
}
