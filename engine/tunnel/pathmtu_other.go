//go:build !linux

package tunnel

import (
	"errors"
	"net/netip"
)

// ReadPathMTU fails: only Linux tells.
func ReadPathMTU(dst, from netip.Addr) (int, error) {
	return 0, errors.New("the path MTU can be read on Linux only")
}
