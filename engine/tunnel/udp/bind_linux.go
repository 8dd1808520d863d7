package udp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.zx2c4.com/wireguard/conn"
)

// batchSize is how many datagrams the device hands over, or takes, at once.
const batchSize = conn.IdealBatchSize

// bufferSize is what the stock bind asks for as the socket's buffers, in bytes.
const bufferSize = 7 << 20

// CanLend says whether Options.Lend does anything.
const CanLend = true

// Bind is one UDP port, on IPv4 and IPv6.
type Bind struct {
	o       Options
	senders sync.Pool // of *sender

	mu     sync.RWMutex
	v4, v6 *socket
}

var _ conn.Bind = (*Bind)(nil)

// New returns a bind. It opens no socket before the device does.
func New(o Options) (conn.Bind, error) {
	return &Bind{o: o, senders: sync.Pool{New: func() any { return newSender() }}}, nil
}

// BatchSize returns how many datagrams go at once.
func (b *Bind) BatchSize() int { return batchSize }

// Open binds the port, of which 0 means any that is free. Where the machine has no IPv6 (or no IPv4),
// the other alone will do.
func (b *Bind) Open(port uint16) ([]conn.ReceiveFunc, uint16, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.v4 != nil || b.v6 != nil {
		return nil, 0, conn.ErrBindAlreadyOpen
	}
	for tries := 0; ; tries++ {
		v4, v6, err := b.listen(port)
		if port == 0 && errors.Is(err, unix.EADDRINUSE) && tries < 100 {
			continue // the port that was free on IPv4 is taken on IPv6
		}
		if err != nil {
			return nil, 0, err
		}
		b.v4, b.v6 = v4, v6
		break
	}
	var receive []conn.ReceiveFunc
	for _, s := range b.sockets() {
		port = s.port
		receive = append(receive, newReceiver(s, b.o.Lend).receive)
	}
	return receive, port, nil
}

// listen opens the sockets that the listen address asks for.
func (b *Bind) listen(port uint16) (v4, v6 *socket, err error) {
	if b.o.Listen.IsValid() {
		s, err := b.open(netip.AddrPortFrom(b.o.Listen.Unmap(), port))
		if err != nil {
			return nil, nil, err
		}
		if s.is6 {
			return nil, s, nil
		}
		return s, nil, nil
	}
	v4, err4 := b.open(netip.AddrPortFrom(netip.IPv4Unspecified(), port))
	if err4 != nil && !missing(err4) {
		return nil, nil, err4
	}
	if v4 != nil {
		port = v4.port
	}
	v6, err6 := b.open(netip.AddrPortFrom(netip.IPv6Unspecified(), port))
	if err6 != nil && (v4 == nil || !missing(err6)) {
		if v4 != nil {
			v4.conn.Close()
		}
		return nil, nil, err6
	}
	return v4, v6, nil
}

// missing reports whether the machine lacks that version of IP.
func missing(err error) bool {
	return errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.EADDRNOTAVAIL)
}

// socket is one UDP socket.
type socket struct {
	conn  *net.UDPConn
	raw   syscall.RawConn
	port  uint16
	is6   bool
	fault func(Fault)

	segmentation segmentation
}

func (b *Bind) open(at netip.AddrPort) (*socket, error) {
	s := &socket{is6: at.Addr().Is6(), fault: b.o.Fault}
	network := "udp4"
	if s.is6 {
		network = "udp6"
	}
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var err error
		if failed := raw.Control(func(fd uintptr) { err = b.configure(int(fd), s.is6) }); failed != nil {
			return failed
		}
		return err
	}}
	packets, err := config.ListenPacket(context.Background(), network, at.String())
	if err != nil {
		return nil, fmt.Errorf("cannot bind UDP %v: %w", at, err)
	}
	s.conn = packets.(*net.UDPConn)
	s.port = s.conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	if s.raw, err = s.conn.SyscallConn(); err != nil {
		s.conn.Close()
		return nil, err
	}
	s.segmentation.probe(s.raw)
	return s, nil
}

// configure sets the options that differ from a plain socket's.
func (b *Bind) configure(fd int, is6 bool) error {
	for _, option := range []int{unix.SO_RCVBUF, unix.SO_SNDBUF, unix.SO_RCVBUFFORCE, unix.SO_SNDBUFFORCE} {
		// The plain ones stop at the system's maximum, the forced ones need CAP_NET_ADMIN: best effort.
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, option, bufferSize)
	}
	// Older kernels lack GRO; the receiver works without.
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_UDP, unix.UDP_GRO, 1)

	level, pktinfo, recverr, discover := unix.IPPROTO_IP, unix.IP_PKTINFO, unix.IP_RECVERR, unix.IP_MTU_DISCOVER
	policy := unix.IP_PMTUDISC_DO
	if b.o.Fragment {
		policy = unix.IP_PMTUDISC_WANT
	}
	if is6 {
		level, pktinfo, recverr, discover = unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, unix.IPV6_RECVERR, unix.IPV6_MTU_DISCOVER
		if err := unix.SetsockoptInt(fd, level, unix.IPV6_V6ONLY, 1); err != nil {
			return err
		}
	}
	if !b.o.Listen.IsValid() {
		if err := unix.SetsockoptInt(fd, level, pktinfo, 1); err != nil {
			return err
		}
	}
	if err := unix.SetsockoptInt(fd, level, recverr, 1); err != nil {
		return err
	}
	return unix.SetsockoptInt(fd, level, discover, policy)
}

func (b *Bind) sockets() []*socket {
	var all []*socket
	for _, s := range []*socket{b.v4, b.v6} {
		if s != nil {
			all = append(all, s)
		}
	}
	return all
}

// Close frees the port; receiving ends with net.ErrClosed.
func (b *Bind) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var errs []error
	for _, s := range b.sockets() {
		errs = append(errs, s.conn.Close())
	}
	b.v4, b.v6 = nil, nil
	return errors.Join(errs...)
}

// SetMark sets the firewall mark of what is sent.
func (b *Bind) SetMark(mark uint32) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var errs []error
	for _, s := range b.sockets() {
		var refused error
		failed := s.raw.Control(func(fd uintptr) { refused = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_MARK, int(mark)) })
		errs = append(errs, failed, refused)
	}
	return errors.Join(errs...)
}

// Send sends the datagrams to the endpoint, in order. It fails only if none could be sent.
func (b *Bind) Send(packets [][]byte, to conn.Endpoint) error {
	ep, ok := to.(*Endpoint)
	if !ok {
		return conn.ErrWrongEndpointType
	}
	b.mu.RLock()
	s := b.v4
	if ep.to.Addr().Is6() {
		s = b.v6
	}
	b.mu.RUnlock()
	if s == nil {
		return fmt.Errorf("cannot send to %v: %w", ep.to, unix.EAFNOSUPPORT)
	}
	out := b.senders.Get().(*sender)
	err := out.send(s, packets, ep)
	b.senders.Put(out)
	return err
}
