package udp

import (
	"fmt"
	"net/netip"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
	"golang.zx2c4.com/wireguard/conn"
)

const (
	slots      = 32           // messages read by one system call
	slotSize   = 1<<16 + 3*64 // one message of up to 64 kB; not a power of two, or all would share a cache set
	controlLen = 128          // bytes for the control messages of one datagram
	maxCached  = 4096         // endpoints
)

// receiver reads one socket. It is used by one goroutine.
type receiver struct {
	s       *socket
	lend    bool
	staging []byte
	msgs    [slots]unix.Mmsghdr
	iovs    [slots]unix.Iovec
	names   [slots]unix.RawSockaddrInet6 // also holds a RawSockaddrInet4
	control [slots][controlLen]byte

	read     func(fd uintptr) bool // made once: a closure per call would be an allocation
	count    int                   // messages that the last system call read
	next     int                   // the first that is not wholly handed on
	rest     []byte                // what is left of it
	segment  int                   // size of its datagrams
	from     *Endpoint             // where it came from
	errno    unix.Errno
	last     key // of lastFrom
	lastFrom *Endpoint
	cached   map[key]*Endpoint
}

// key is what makes an endpoint.
type key struct {
	addr, local [16]byte
	scope, link uint32
	port        uint16
}

func newReceiver(s *socket, lend bool) *receiver {
	r := &receiver{s: s, lend: lend, staging: make([]byte, slots*slotSize), cached: map[key]*Endpoint{}}
	for i := range r.msgs {
		r.iovs[i].Base = &r.staging[i*slotSize]
		r.iovs[i].SetLen(1 << 16)
		h := &r.msgs[i].Hdr
		h.Iov, h.Name, h.Control = &r.iovs[i], (*byte)(unsafe.Pointer(&r.names[i])), &r.control[i][0]
		h.SetIovlen(1)
		r.rearm(i)
	}
	r.read = r.recvmmsg
	return r
}

// rearm makes a message ready to be read into: the kernel overwrote the lengths.
func (r *receiver) rearm(i int) {
	h := &r.msgs[i].Hdr
	h.Namelen = unix.SizeofSockaddrInet6
	h.SetControllen(controlLen)
	h.Flags = 0
}

// recvmmsg reads what is there; false: nothing is.
func (r *receiver) recvmmsg(fd uintptr) bool {
	for {
		n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&r.msgs[0])), slots, unix.MSG_DONTWAIT, 0, 0)
		switch {
		case errno == 0:
			r.count, r.errno = int(n), 0
			return true
		case errno == unix.EAGAIN:
			return false
		case errno == unix.EINTR:
		case reported(errno):
			r.s.drain(int(fd))
		default:
			r.errno = errno
			return true
		}
	}
}

// receive is the conn.ReceiveFunc: it hands on what was read, and reads only when nothing is left.
func (r *receiver) receive(packets [][]byte, sizes []int, eps []conn.Endpoint) (int, error) {
	if r.next == r.count {
		for i := range r.count {
			r.rearm(i)
		}
		r.next, r.count = 0, 0
		if err := r.s.raw.Read(r.read); err != nil {
			return 0, err
		}
		if r.errno != 0 {
			// Wrapped, because the device gives up for good on a bare errno.
			return 0, fmt.Errorf("cannot receive on UDP %d: %w", r.s.port, r.errno)
		}
		r.open()
	}
	n := 0
	for n < len(packets) && r.next < r.count {
		size := min(r.segment, len(r.rest))
		if r.lend {
			packets[n], sizes[n] = r.rest[:size:size], size
		} else {
			sizes[n] = copy(packets[n], r.rest[:size])
		}
		eps[n] = r.from
		n++
		if r.rest = r.rest[size:]; len(r.rest) == 0 {
			r.next++
			r.open()
		}
	}
	return n, nil
}

// open looks at the next message, if there is one.
func (r *receiver) open() {
	if r.next == r.count {
		return
	}
	m := &r.msgs[r.next]
	r.rest = r.staging[r.next*slotSize:][:m.Len]
	r.segment = len(r.rest)
	k := key{}
	if r.s.is6 {
		name := &r.names[r.next]
		k.addr, k.scope, k.port = name.Addr, name.Scope_id, ntohs(name.Port)
	} else {
		name := (*unix.RawSockaddrInet4)(unsafe.Pointer(&r.names[r.next]))
		copy(k.addr[:], name.Addr[:])
		k.port = ntohs(name.Port)
	}
	control := r.control[r.next][:m.Hdr.Controllen]
	for len(control) > unix.SizeofCmsghdr {
		h, data, remainder, err := unix.ParseOneSocketControlMessage(control)
		if err != nil {
			break
		}
		switch {
		case h.Level == unix.SOL_UDP && h.Type == unix.UDP_GRO && len(data) >= 2:
			if size := int(*(*uint16)(unsafe.Pointer(&data[0]))); size > 0 {
				r.segment = size
			}
		case h.Level == unix.IPPROTO_IP && h.Type == unix.IP_PKTINFO && len(data) >= unix.SizeofInet4Pktinfo:
			copy(k.local[:], (*unix.Inet4Pktinfo)(unsafe.Pointer(&data[0])).Spec_dst[:])
		case h.Level == unix.IPPROTO_IPV6 && h.Type == unix.IPV6_PKTINFO && len(data) >= unix.SizeofInet6Pktinfo:
			info := (*unix.Inet6Pktinfo)(unsafe.Pointer(&data[0]))
			k.local = info.Addr
			if k.scope != 0 {
				k.link = info.Ifindex
			}
		}
		control = remainder
	}
	r.from = r.endpoint(k)
}

// endpoint returns the endpoint of the key, the same one as long as its local address is fit.
func (r *receiver) endpoint(k key) *Endpoint {
	if k == r.last && r.lastFrom != nil && !r.lastFrom.cleared.Load() {
		return r.lastFrom
	}
	e := r.cached[k]
	if e == nil || e.cleared.Load() {
		e = r.newEndpoint(k)
		if len(r.cached) >= maxCached {
			clear(r.cached)
		}
		r.cached[k] = e
	}
	r.last, r.lastFrom = k, e
	return e
}

func (r *receiver) newEndpoint(k key) *Endpoint {
	e := &Endpoint{scope: k.scope, fromLink: k.link}
	addr := netip.AddrFrom16(k.addr)
	if r.s.is6 {
		if k.scope != 0 {
			addr = addr.WithZone(strconv.Itoa(int(k.scope)))
		}
		if k.local != [16]byte{} {
			e.from = netip.AddrFrom16(k.local)
		}
	} else {
		addr = netip.AddrFrom4([4]byte(k.addr[:4]))
		if k.local != [16]byte{} {
			e.from = netip.AddrFrom4([4]byte(k.local[:4]))
		}
	}
	e.to = netip.AddrPortFrom(addr, k.port)
	return e
}

// ntohs turns a port from the order of the network, and to it.
func ntohs(port uint16) uint16 {
	b := (*[2]byte)(unsafe.Pointer(&port))
	return uint16(b[0])<<8 | uint16(b[1])
}
