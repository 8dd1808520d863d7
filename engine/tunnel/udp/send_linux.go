package udp

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	maxSegments = 64                 // the kernel's limit for one message
	maxPayload4 = 1<<16 - 1 - 20 - 8 // bytes of one message
	maxPayload6 = 1<<16 - 1 - 8
)

// segmentation knows which batches a socket can send as one message that the kernel cuts.
type segmentation struct {
	works atomic.Bool // the kernel and the network device can

	mu     sync.Mutex
	limits atomic.Pointer[map[netip.Addr]limit] // replaced, never changed; nil: none
}

// limit bounds the segments to one destination for a while.
type limit struct {
	size  int
	until time.Time
}

// probe asks the kernel whether it knows UDP_SEGMENT.
func (g *segmentation) probe(raw syscall.RawConn) {
	_ = raw.Control(func(fd uintptr) {
		_, err := unix.GetsockoptInt(int(fd), unix.IPPROTO_UDP, unix.UDP_SEGMENT)
		g.works.Store(err == nil)
	})
}

// limit returns the largest segment that may be sent to the destination.
func (g *segmentation) limit(to netip.Addr) int {
	if !g.works.Load() {
		return 0
	}
	limits := g.limits.Load()
	if limits == nil {
		return maxPayload4
	}
	if l, ok := (*limits)[to]; ok && time.Now().Before(l.until) {
		return l.size
	}
	return maxPayload4
}

// exceeded notes that segments of the size did not pass.
func (g *segmentation) exceeded(to netip.Addr, size int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	limits := map[netip.Addr]limit{to: {size - 1, now.Add(retrySegments)}}
	if old := g.limits.Load(); old != nil {
		for addr, l := range *old {
			if addr != to && now.Before(l.until) {
				limits[addr] = l
			}
		}
	}
	g.limits.Store(&limits)
}

// sender holds what one system call needs to send a batch.
type sender struct {
	msgs    [batchSize]unix.Mmsghdr
	iovs    [batchSize]unix.Iovec
	control [batchSize][controlLen]byte
	first   [batchSize + 1]int // index of the first packet of each message, and the end
	name    unix.RawSockaddrInet6
	nameLen uint32

	write func(fd uintptr) bool // made once: a closure per call would be an allocation
	s     *socket
	from  int // messages to send: from…to
	to    int
	sent  int
	errno unix.Errno
}

func newSender() *sender {
	out := &sender{}
	out.write = out.sendmmsg
	return out
}

// sendmmsg sends what the socket takes; false: it takes nothing now.
func (out *sender) sendmmsg(fd uintptr) bool {
	for {
		n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&out.msgs[out.from])),
			uintptr(out.to-out.from), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case unix.EAGAIN:
			return false
		case unix.EINTR:
			continue
		case 0:
			out.sent, out.errno = int(n), 0
		default:
			out.sent, out.errno = 0, errno
			if reported(errno) {
				out.s.drain(int(fd))
			}
		}
		return true
	}
}

// send sends the packets and falls back from what fails: segments that are too large or not supported
// to single packets, an unfit local address to the kernel's choice.
func (out *sender) send(s *socket, packets [][]byte, ep *Endpoint) error {
	out.s = s
	out.address(ep)
	done, delivered, reports := 0, 0, 0
	var failure error
	var retried *[]byte // a packet gets a second chance after a report, and only one
	limit := s.segmentation.limit(ep.to.Addr())
	out.compose(packets, ep, limit)
	for out.from < out.to {
		if err := s.raw.Write(out.write); err != nil {
			return err
		}
		out.from += out.sent
		delivered += out.first[out.from] - done
		done = out.first[out.from]
		if out.errno == 0 {
			continue
		}
		segments := out.first[out.from+1] - done
		switch {
		case segments > 1 && (out.errno == unix.EIO || out.errno == unix.EMSGSIZE || out.errno == unix.EINVAL):
			if out.errno == unix.EIO {
				s.segmentation.works.Store(false)
			} else {
				s.segmentation.exceeded(ep.to.Addr(), len(packets[done]))
			}
			out.compose(packets[done:], ep, 0)
			packets, done = packets[done:], 0
		case reported(out.errno) && reports < maxReports && retried != &packets[done]:
			reports++ // most likely about an earlier datagram: this one was not tried
			retried = &packets[done]
		case out.errno == unix.EMSGSIZE:
			failure = out.errno
			out.from++
			done = out.first[out.from]
		case ep.SrcIP().IsValid() && unfit(out.errno):
			ep.ClearSrc()
			out.compose(packets[done:], ep, limit)
			packets, done = packets[done:], 0
		default:
			return fmt.Errorf("cannot send to %v: %w", ep.to, out.errno)
		}
	}
	if delivered == 0 && failure != nil {
		return fmt.Errorf("cannot send to %v: %w", ep.to, failure)
	}
	return nil
}

// maxReports is how many ICMP reports about earlier datagrams one batch outlives.
const maxReports = 4

// unfit reports whether the error may be due to the local address, which the machine lost.
func unfit(errno unix.Errno) bool {
	switch errno {
	case unix.EINVAL, unix.EADDRNOTAVAIL, unix.ENETUNREACH, unix.EHOSTUNREACH, unix.ENODEV:
		return true
	}
	return false
}

// address sets the destination of all messages.
func (out *sender) address(ep *Endpoint) {
	port := ntohs(ep.to.Port())
	if ep.to.Addr().Is6() {
		out.name = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: port, Addr: ep.to.Addr().As16(), Scope_id: ep.scope}
		out.nameLen = unix.SizeofSockaddrInet6
		return
	}
	*(*unix.RawSockaddrInet4)(unsafe.Pointer(&out.name)) = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: port, Addr: ep.to.Addr().As4()}
	out.nameLen = unix.SizeofSockaddrInet4
}

// compose makes messages of the packets: runs of equal size, of which the last may be shorter, become
// one message that the kernel cuts, if they are no larger than limit.
func (out *sender) compose(packets [][]byte, ep *Endpoint, limit int) {
	maxPayload := maxPayload4
	if ep.to.Addr().Is6() {
		maxPayload = maxPayload6
	}
	out.from, out.to = 0, 0
	for start := 0; start < len(packets); {
		size := len(packets[start])
		end, total := start, 0
		for end < len(packets) {
			next := len(packets[end])
			if end > start && (size > limit || next > size || end-start == maxSegments || total+next > maxPayload) {
				break
			}
			out.iovs[end].Base = unsafe.SliceData(packets[end])
			out.iovs[end].SetLen(next)
			total += next
			end++
			if next < size {
				break // a shorter one ends the run
			}
		}
		out.message(out.to, start, end, size, ep)
		out.to++
		start = end
	}
	out.first[out.to] = len(packets)
}

// message makes the i-th message of the packets from start to end.
func (out *sender) message(i, start, end, size int, ep *Endpoint) {
	out.first[i] = start
	h := &out.msgs[i].Hdr
	h.Name, h.Namelen = (*byte)(unsafe.Pointer(&out.name)), out.nameLen
	h.Iov = &out.iovs[start]
	h.SetIovlen(end - start)
	control := source(out.control[i][:0], ep)
	if end-start > 1 {
		control = cmsg(control, unix.SOL_UDP, unix.UDP_SEGMENT, uint16(size))
	}
	h.Control = nil
	if len(control) > 0 {
		h.Control = &control[0]
	}
	h.SetControllen(len(control))
}

// source appends the control message that sets the local address. Only a link-local one names an
// interface: everything else goes where the routes say.
func source(control []byte, ep *Endpoint) []byte {
	from := ep.SrcIP()
	switch {
	case !from.IsValid():
		return control
	case from.Is6():
		return cmsg(control, unix.IPPROTO_IPV6, unix.IPV6_PKTINFO, unix.Inet6Pktinfo{Addr: from.As16(), Ifindex: ep.fromLink})
	}
	return cmsg(control, unix.IPPROTO_IP, unix.IP_PKTINFO, unix.Inet4Pktinfo{Spec_dst: from.As4()})
}

// cmsg appends a control message.
func cmsg[T any](control []byte, level, kind int32, data T) []byte {
	at := len(control)
	control = control[:at+unix.CmsgSpace(int(unsafe.Sizeof(data)))]
	clear(control[at:])
	h := (*unix.Cmsghdr)(unsafe.Pointer(&control[at]))
	h.Level, h.Type = level, kind
	h.SetLen(unix.CmsgLen(int(unsafe.Sizeof(data))))
	*(*T)(unsafe.Pointer(&control[at+unix.CmsgLen(0)])) = data
	return control
}
