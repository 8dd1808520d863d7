//go:build linux

package netns

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The commands of linux/ethtool.h that switch offloads.
const (
	setRxChecksum = 0x15
	setTxChecksum = 0x17
	setTSO        = 0x1f
	setGSO        = 0x24
	setGRO        = 0x2c
)

// SetOffload switches checksum and segmentation offloads of an interface on or off, as a network card
// without them would be. A veth pair with them passes super-packets whole.
func (n *Namespace) SetOffload(name string, on bool) {
	n.t.Helper()
	commands := []uint32{setTxChecksum, setRxChecksum, setTSO, setGSO, setGRO}
	n.Run(func() {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			n.t.Fatal(err)
		}
		defer unix.Close(fd)
		for _, command := range commands {
			value := struct{ command, data uint32 }{command: command}
			if on {
				value.data = 1
			}
			request := struct {
				name  [unix.IFNAMSIZ]byte
				value unsafe.Pointer
				_     [16]byte // the kernel's union is larger
			}{value: unsafe.Pointer(&value)}
			copy(request.name[:], name)
			if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&request))); errno != 0 {
				n.t.Fatalf("cannot switch offload %#x of %s: %v", command, name, errno)
			}
		}
	})
}
