package clients

import (
	"net/netip"
	"strings"

	"vns3/overlay"
)

// Name is the name of the clientpack with an overlay address: 100_127_252_1.
func Name(address netip.Addr) string { return strings.ReplaceAll(address.String(), ".", "_") }

// Find returns the index of the clientpack with the name; an overlay address is taken as well.
func Find(p overlay.Parameters, name string) (index int, ok bool) {
	address, err := netip.ParseAddr(strings.ReplaceAll(name, "_", "."))
	if err != nil {
		return 0, false
	}
	return p.ClientIndex(address)
}
