package tunnel

import (
	"errors"
	"net/netip"

	"golang.zx2c4.com/wireguard/tun"
)

// KernelConfig says what the kernel interface carries.
type KernelConfig struct {
	Address netip.Addr     // this controller's overlay address
	Subnet  netip.Prefix   // the overlay
	Routes  []netip.Prefix // further networks that are reached through the mesh
	MTU     int            // bytes; 0: as opened
}

// OpenKernel makes a TUN interface; "auto" means the first free of vns3, vns31, vns32, …. It goes away
// when closed. Without the privilege the error says which one and what else can be done.
func OpenKernel(name string, mtu int) (tun.Device, error) { return nil, errors.New("unwritten") }

// ConfigureKernel gives the interface its address and routes, and takes away those it had and the
// configuration no longer names.
func ConfigureKernel(dev tun.Device, c KernelConfig) error { return nil }
