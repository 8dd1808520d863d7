// Package api plays the clients of the VNS3 API against real engines: the documented order of calls of
// both families, from unconfigured controllers to a mesh that carries traffic; edits, routes and bad
// input; and what the API says held against what is.
package api

import (
	"flag"
	"net/netip"
	"testing"

	"vns3/engine/enginetest"
	"vns3/internal/lab"
)

func TestMain(m *testing.M) { lab.Main(m) }

// documented makes the sequences run on the addresses that documents and public clients use. Only one of
// them may run there at a time: go test ./e2e/api -run Clients -documented-addresses -parallel 1
var documented = flag.Bool("documented-addresses", false, "play the sequences on 127.0.0.11 to 127.0.0.14")

// network is where the controllers of a sequence are.
func network() netip.Prefix {
	if *documented {
		return netip.MustParsePrefix("127.0.0.0/24")
	}
	return enginetest.Network()
}
