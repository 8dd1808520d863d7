package udp

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// reported reports whether the error stands for an ICMP message about an earlier datagram, rather than
// for the call that returned it.
func reported(errno unix.Errno) bool {
	switch errno {
	case unix.ECONNREFUSED, unix.EHOSTUNREACH, unix.ENETUNREACH, unix.EHOSTDOWN, unix.ENONET, unix.EPROTO, unix.ENOPROTOOPT,
		unix.EMSGSIZE, unix.EACCES, unix.EOPNOTSUPP:
		return true
	}
	return false
}

// drain empties the socket's error queue and tells the owner. Afterwards the socket works again.
func (s *socket) drain(fd int) {
	var data [1]byte
	var control [512]byte
	for {
		_, controlLen, _, name, err := unix.Recvmsg(fd, data[:], control[:], unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
		if err != nil {
			return
		}
		messages, err := unix.ParseSocketControlMessage(control[:controlLen])
		if err != nil || s.fault == nil {
			continue
		}
		for _, m := range messages {
			v4 := m.Header.Level == unix.IPPROTO_IP && m.Header.Type == unix.IP_RECVERR
			v6 := m.Header.Level == unix.IPPROTO_IPV6 && m.Header.Type == unix.IPV6_RECVERR
			if (v4 || v6) && len(m.Data) >= int(unsafe.Sizeof(unix.SockExtendedErr{})) {
				report := (*unix.SockExtendedErr)(unsafe.Pointer(&m.Data[0]))
				if f, ok := fault(report, addrPort(name)); ok {
					s.fault(f)
				}
			}
		}
	}
}

// fault says in our words what an entry of the error queue means.
func fault(report *unix.SockExtendedErr, to netip.AddrPort) (Fault, bool) {
	f := Fault{To: to}
	switch unix.Errno(report.Errno) {
	case unix.EMSGSIZE:
		f.Kind, f.MTU = TooBig, int(report.Info)
	case unix.ECONNREFUSED:
		f.Kind = Refused
	case unix.EHOSTUNREACH, unix.ENETUNREACH, unix.EACCES:
		f.Kind = Unreachable
	default:
		return f, false
	}
	return f, true
}

// addrPort turns a socket address into ours.
func addrPort(name unix.Sockaddr) netip.AddrPort {
	switch a := name.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr), uint16(a.Port))
	}
	return netip.AddrPort{}
}
