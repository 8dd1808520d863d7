package tunnel

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"golang.zx2c4.com/wireguard/tun"

	"vns3/internal/netns"
)

// The interface has one address and the routes of the configuration, takes changes of both, counts up
// to a free name, and is gone when closed.
func TestKernel(t *testing.T) {
	if _, err := os.Stat("/dev/net/tun"); err != nil {
		t.Fatalf("this machine has no TUN device: %v", err)
	}
	n := netns.New(t)
	config := KernelConfig{
		Address: netip.MustParseAddr("100.127.255.253"), Subnet: netip.MustParsePrefix("100.127.255.192/26"),
		Routes: []netip.Prefix{netip.MustParsePrefix("10.9.0.0/16"), netip.MustParsePrefix("10.8.0.0/24")}, MTU: 1400,
	}
	routes := func(want ...string) {
		t.Helper()
		var got []string
		for route := range strings.Lines(n.Do("ip", "route", "show", "dev", "vns3")) {
			got = append(got, strings.Fields(route)[0])
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("routes %v, want %v", got, want)
		}
	}
	var devices []tun.Device
	configure := func(c KernelConfig) {
		t.Helper()
		n.Run(func() {
			if err := ConfigureKernel(devices[0], c); err != nil {
				t.Fatal(err)
			}
		})
	}
	for _, want := range []string{"vns3", "vns31"} {
		var dev tun.Device
		var err error
		n.Run(func() { dev, err = OpenKernel("auto", 1420) })
		if err != nil {
			t.Fatal(err)
		}
		devices = append(devices, dev)
		if name, err := dev.Name(); err != nil || name != want {
			t.Errorf("name %q, %v; want %s", name, err, want)
		}
	}
	configure(config)
	configure(config) // twice is once
	if text := n.Do("ip", "-o", "addr", "show", "dev", "vns3"); !strings.Contains(text, "100.127.255.253/32") {
		t.Errorf("addresses:\n%s", text)
	}
	if text := n.Do("ip", "link", "show", "dev", "vns3"); !strings.Contains(text, "mtu 1400") || !strings.Contains(text, "UP") {
		t.Errorf("link:\n%s", text)
	}
	routes("10.8.0.0/24", "10.9.0.0/16", "100.127.255.192/26")
	config.Address, config.Routes = netip.MustParseAddr("100.127.255.252"), config.Routes[:1]
	configure(config)
	routes("10.9.0.0/16", "100.127.255.192/26")
	if text := n.Do("ip", "-o", "addr", "show", "dev", "vns3"); strings.Contains(text, ".253/32") || !strings.Contains(text, ".252/32") {
		t.Errorf("addresses:\n%s", text)
	}
	for _, dev := range devices {
		dev.Close()
	}
	n.Run(func() {
		if _, err := net.InterfaceByName("vns3"); err == nil {
			t.Error("the interface outlives its device")
		}
	})
}

// A name that cannot be had says so with a remedy.
func TestKernelName(t *testing.T) {
	netns.New(t).Run(func() {
		for _, name := range []string{"lo", "a-name-that-is-too-long"} {
			if dev, err := OpenKernel(name, 1420); err == nil {
				dev.Close()
				t.Errorf("an interface %s", name)
			} else if !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "overlay.interface") {
				t.Errorf("error %v", err)
			}
		}
	})
}

// A TUN device that this user may not open is named, with its remedy, instead of a capability that the
// user has.
func TestKernelDevice(t *testing.T) {
	closed := filepath.Join(t.TempDir(), "tun")
	if err := os.WriteFile(closed, nil, 0); err != nil {
		t.Fatal(err)
	}
	opened := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: what this thread gave up ends with it
		opened <- withDevice(closed, func() error {
			_, err := OpenKernel("vns3", 1420)
			return err
		})
	}()
	if err := <-opened; !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), "chmod 666 /dev/net/tun") {
		t.Errorf("error %v", err)
	}
}

// withDevice runs do in this thread with a file in the place of the TUN device, and without the capability
// that opens what its mode forbids.
func withDevice(file string, do func() error) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var caps [2]unix.CapUserData
	for _, step := range []func() error{
		func() error { return unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS) },
		func() error { return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") },
		func() error { return unix.Mount(file, tunDevice, "", unix.MS_BIND, "") },
		func() error { return unix.Capget(&header, &caps[0]) },
		func() error {
			caps[0].Effective &^= 1 << unix.CAP_DAC_OVERRIDE
			return unix.Capset(&header, &caps[0])
		},
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return do()
}
