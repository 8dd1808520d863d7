//go:build !linux

package tunnel

import (
	"errors"

	"golang.zx2c4.com/wireguard/tun"
)

// ConfigureKernel fails: the kernel interface works on Linux only.
func ConfigureKernel(tun.Device, KernelConfig) error {
	return errors.New("the kernel interface works on Linux only: set overlay.interface = \"off\"")
}
