package tunnel

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// ReadPathMTU returns the largest IP packet in bytes that the kernel believes the path to dst to carry,
// when sent from the address (the zero Addr: the kernel's choice). It sends nothing: what the kernel
// knows, it learned from ICMP messages and its interfaces.
func ReadPathMTU(dst, from netip.Addr) (int, error) {
	dst = dst.Unmap()
	level, discover, do, mtuOption := unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_DO, unix.IP_MTU
	if dst.Is6() {
		level, discover, do, mtuOption = unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_DO, unix.IPV6_MTU
	}
	dialer := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		var err error
		if failed := raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), level, discover, do) }); failed != nil {
			return failed
		}
		return err
	}}
	if from.IsValid() && !from.IsUnspecified() {
		dialer.LocalAddr = net.UDPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
	}
	c, err := dialer.DialContext(context.Background(), "udp", netip.AddrPortFrom(dst, ClientPort).String()) // connecting sends nothing
	if err != nil {
		return 0, fmt.Errorf("cannot read the path MTU to %v: %w", dst, err)
	}
	defer c.Close()
	raw, err := c.(*net.UDPConn).SyscallConn()
	if err != nil {
		return 0, err
	}
	var mtu int
	var refused error
	if err := raw.Control(func(fd uintptr) { mtu, refused = unix.GetsockoptInt(int(fd), level, mtuOption) }); err != nil {
		return 0, err
	}
	if refused != nil {
		return 0, fmt.Errorf("cannot read the path MTU to %v: %w", dst, refused)
	}
	return mtu, nil
}
