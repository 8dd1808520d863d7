//go:build !linux

package tunnel

import (
	"errors"
	"net/netip"
)

// Gateway is not known.
func Gateway() netip.Addr { return netip.Addr{} }

// HostRoutes makes none: routes of the host work on Linux only.
type HostRoutes struct{}

// Set refuses every route.
func (*HostRoutes) Set(want []HostRoute) map[HostRoute]error {
	failed := map[HostRoute]error{}
	for _, r := range want {
		failed[r] = errors.New("routes of the host work on Linux only")
	}
	return failed
}
