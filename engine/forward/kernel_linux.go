package forward

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/tun"

	"vns3/engine/forward/ipv4"
)

// newHostReader returns the reader that is fastest for the device.
func newHostReader(dev tun.Device) hostReader {
	if r, err := newBatchReader(dev.File()); err == nil {
		return r
	}
	return newDeviceReader(dev)
}

const (
	rawLength = ipv4.OffloadHeaderLength + ipv4.MaxLength // of the largest packet the kernel hands over
	// arenaLength has room for one large packet behind many small ones. It is small enough to stay in
	// the processor's cache.
	arenaLength = rawLength + 192<<10
)

// batchReader reads the kernel interface itself. The device's own Read takes one packet per call; this
// one goes on without waiting until the batch is full or the host has no more. Packets lie one behind
// the other, large ones uncut: they are cut where they are copied to.
type batchReader struct {
	conn    syscall.RawConn
	drain   func(fd uintptr) bool // drainFrom, bound once
	arena   []byte
	packets []hostPacket
	err     error
}

var errNoOffload = errors.New("the device is no TUN device with offload headers")

// newBatchReader needs a TUN device whose packets have offload headers, and whose file does not block,
// as all native ones of wireguard-go.
func newBatchReader(file *os.File) (*batchReader, error) {
	if file == nil {
		return nil, errNoOffload
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	if err := checkOffload(raw); err != nil {
		return nil, err
	}
	return startBatchReader(raw), nil
}

func startBatchReader(raw syscall.RawConn) *batchReader {
	r := &batchReader{conn: raw, arena: make([]byte, arenaLength), packets: make([]hostPacket, 0, conn.IdealBatchSize)}
	r.drain = r.drainFrom
	return r
}

// checkOffload returns nil if the packets of a TUN device have offload headers.
func checkOffload(raw syscall.RawConn) error {
	var failed error
	err := raw.Control(func(fd uintptr) {
		request, err := unix.NewIfreq("")
		if err == nil {
			err = unix.IoctlIfreq(int(fd), unix.TUNGETIFF, request)
		}
		if err == nil && request.Uint16()&unix.IFF_VNET_HDR == 0 {
			err = errNoOffload
		}
		failed = err
	})
	return errors.Join(err, failed)
}

// read waits for the host's next packets and returns them and what else is there.
func (r *batchReader) read() ([]hostPacket, error) {
	r.packets, r.err = r.packets[:0], nil
	if err := r.conn.Read(r.drain); err != nil {
		return r.packets, err
	}
	return r.packets, r.err
}

// drainFrom reads until the batch is full or fd has no more; false: there was nothing, wait.
func (r *batchReader) drainFrom(fd uintptr) bool {
	for end := 0; len(r.packets) < cap(r.packets) && len(r.arena)-end >= rawLength; {
		n, err := unix.Read(int(fd), r.arena[end:end+rawLength])
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return len(r.packets) > 0
		case err != nil:
			r.err = err
			return true
		case n == 0:
			r.err = os.ErrClosed
			return true
		case n < ipv4.OffloadHeaderLength:
			continue
		}
		raw := r.arena[end : end+n]
		r.packets = append(r.packets, hostPacket{
			offload: raw[:ipv4.OffloadHeaderLength],
			data:    raw[ipv4.OffloadHeaderLength:],
		})
		end += (n + 63) &^ 63 // each packet on its own cache lines
	}
	return true
}
