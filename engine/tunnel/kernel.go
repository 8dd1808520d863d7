package tunnel

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"

	"golang.zx2c4.com/wireguard/tun"
)

// KernelConfig says what the kernel interface carries.
type KernelConfig struct {
	Address netip.Addr     // this controller's overlay address
	Subnet  netip.Prefix   // the overlay
	Routes  []netip.Prefix // further networks that are reached through the mesh
	MTU     int            // bytes; 0: as opened
}

const (
	autoName    = "auto"
	kernelName  = "vns3"
	kernelNames = 100 // vns3, vns31, … vns399
	tunDevice   = "/dev/net/tun"
)

// OpenKernel makes a TUN interface; "auto" means the first free of vns3, vns31, vns32, …. It goes away
// when closed. Without the privilege the error says which one and what else can be done.
func OpenKernel(name string, mtu int) (tun.Device, error) {
	if name == autoName {
		free, err := freeName()
		if err != nil {
			return nil, err
		}
		name = free
	}
	dev, err := tun.CreateTUN(name, mtu)
	switch {
	case err == nil:
		return dev, nil
	case errors.Is(err, os.ErrPermission) && !mayOpenTUN():
		return nil, fmt.Errorf("cannot make the interface %s: this user may not open %s: `chmod 666 %[2]s`, as udev does, or set overlay.interface = \"off\": %w", name, tunDevice, os.ErrPermission)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("cannot make the interface %s: %w: it needs CAP_NET_ADMIN: run as root, or `setcap cap_net_admin+ep` the program, or set overlay.interface = \"off\"", name, err)
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("cannot make the interface %s: %w: this machine has no TUN device: load the module tun, or set overlay.interface = \"off\"", name, err)
	}
	return nil, fmt.Errorf("cannot make the interface %s: %w: choose another name as overlay.interface", name, err)
}

// mayOpenTUN says that it is not the device's own mode that refuses: whoever makes an interface opens it.
func mayOpenTUN() bool {
	device, err := os.OpenFile(tunDevice, os.O_RDWR, 0)
	if err == nil {
		device.Close()
	}
	return !errors.Is(err, os.ErrPermission)
}

// freeName returns the first of our names that no interface has.
func freeName() (string, error) {
	for i := range kernelNames {
		name := kernelName
		if i > 0 {
			name += strconv.Itoa(i)
		}
		if _, err := net.InterfaceByName(name); err != nil {
			return name, nil
		}
	}
	return "", fmt.Errorf("all interfaces from %s to %s%d exist: name a free one as overlay.interface", kernelName, kernelName, kernelNames-1)
}
