package forward

import (
	"os"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
	"golang.zx2c4.com/wireguard/tun"

	"vns3/engine/forward/ipv4"
)

// newHostWriter returns the writer that is fastest for the device.
func newHostWriter(dev tun.Device) hostWriter {
	if w, err := newGatherWriter(dev.File()); err == nil {
		return w
	}
	return deviceWriter{dev}
}

// gatherWriter writes to the kernel interface itself. The packets of a flow go as one large packet that
// the kernel gathers from their buffers: the device's own Write copies them into one buffer before,
// holds a lock meanwhile, and so touches all the memory that its caller's buffers could ever use.
type gatherWriter struct {
	conn       syscall.RawConn
	udp        bool
	gatherings sync.Pool
}

// newGatherWriter needs what newBatchReader needs.
func newGatherWriter(file *os.File) (*gatherWriter, error) {
	if file == nil {
		return nil, errNoOffload
	}
	raw, err := file.SyscallConn()
	if err == nil {
		err = checkOffload(raw)
	}
	if err != nil {
		return nil, err
	}
	w := &gatherWriter{conn: raw, udp: takesLargeUDP(raw)}
	w.gatherings.New = func() any { return newGathering(w.udp) }
	return w, nil
}

// takesLargeUDP asks the kernel for large packets of UDP too, which wireguard-go has done before; a
// kernel that knows none refuses.
func takesLargeUDP(raw syscall.RawConn) bool {
	const offloads = unix.TUN_F_CSUM | unix.TUN_F_TSO4 | unix.TUN_F_TSO6 | unix.TUN_F_USO4 | unix.TUN_F_USO6
	takes := false
	err := raw.Control(func(fd uintptr) { takes = unix.IoctlSetInt(int(fd), unix.TUNSETOFFLOAD, offloads) == nil })
	return err == nil && takes
}

func (w *gatherWriter) write(bufs [][]byte, offset int) (lost int) {
	g := w.gatherings.Get().(*gathering)
	defer w.gatherings.Put(g)
	for _, buf := range bufs {
		packet := buf[offset:]
		h, _ := ipv4.Parse(packet) // the switch forwards no other
		g.merger.Add(packet, h)
	}
	g.runs, g.next, g.lost = g.merger.Runs(), 0, 0
	if err := w.conn.Write(g.send); err != nil {
		g.lose(len(g.runs) - g.next)
	}
	g.merger.Reset()
	return g.lost
}

// gathering is what one write works with.
type gathering struct {
	merger ipv4.Merger
	runs   []ipv4.Run
	next   int // the first run that was not written
	lost   int // packets
	parts  []unix.Iovec
	send   func(fd uintptr) bool // sendTo, bound once
}

func newGathering(udp bool) *gathering {
	g := &gathering{merger: ipv4.Merger{UDP: udp}}
	g.send = g.sendTo
	return g
}

// sendTo writes the runs that are left; false: the kernel takes nothing now.
func (g *gathering) sendTo(fd uintptr) bool {
	for g.next < len(g.runs) {
		switch g.writev(fd, &g.runs[g.next]) {
		case 0:
			g.next++
		case unix.EINTR:
		case unix.EAGAIN:
			return false
		default:
			g.lose(1)
		}
	}
	return true
}

func (g *gathering) writev(fd uintptr, r *ipv4.Run) unix.Errno {
	g.parts = append(g.parts[:0], part(r.Offload[:]))
	for _, p := range r.Parts {
		g.parts = append(g.parts, part(p))
	}
	_, _, errno := unix.Syscall(unix.SYS_WRITEV, fd, uintptr(unsafe.Pointer(&g.parts[0])), uintptr(len(g.parts)))
	clear(g.parts)
	return errno
}

func part(b []byte) unix.Iovec {
	v := unix.Iovec{Base: unsafe.SliceData(b)}
	v.SetLen(len(b))
	return v
}

// lose passes over some runs.
func (g *gathering) lose(runs int) {
	for range runs {
		g.lost += len(g.runs[g.next].Parts)
		g.next++
	}
}
