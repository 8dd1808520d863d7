package forward

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"golang.zx2c4.com/wireguard/tun"

	"vns3/engine/forward/ipv4"
)

// kernelPort is the host's side of the switch: it reads what the host sends into the overlay.
type kernelPort struct {
	s    *Switch
	dev  tun.Device
	host hostWriter
	gone atomic.Bool // closed by the switch
	done sync.WaitGroup
}

// hostPacket is what the host sent, and what it left to us to do with it.
type hostPacket struct {
	data    []byte
	offload []byte // its offload header; empty: none
}

// hostReader reads many packets of the host at once. They are valid until the next read.
type hostReader interface {
	read() ([]hostPacket, error)
}

// hostWriter gives packets to the host; they start at offset in their buffers. It may change the
// buffers, and returns how many packets the host did not take. Any number of goroutines may write.
type hostWriter interface {
	write(bufs [][]byte, offset int) (lost int)
}

func newKernelPort(s *Switch, dev tun.Device) *kernelPort {
	return &kernelPort{s: s, dev: dev, host: newHostWriter(dev)}
}

// run starts the pump and drains the device's events, which it would otherwise block on.
func (k *kernelPort) run() {
	reader := newHostReader(k.dev)
	k.done.Go(func() { k.pump(reader) })
	k.done.Go(func() {
		for range k.dev.Events() {
		}
	})
}

// close closes the device and waits until the pump has ended.
func (k *kernelPort) close() {
	k.gone.Store(true)
	k.dev.Close() // its error changes nothing: the device is given up
	k.done.Wait()
}

// pump forwards what the host sends until the device is closed.
func (k *kernelPort) pump(reader hostReader) {
	for {
		packets, err := reader.read()
		if len(packets) > 0 {
			b := k.s.begin(kernelSlot)
			for _, p := range packets {
				b.takeHost(p)
			}
			b.end()
		}
		if err != nil && !errors.Is(err, tun.ErrTooManySegments) {
			if !k.gone.Load() {
				k.s.options.KernelLost(fmt.Errorf("read the kernel interface: %w", err))
			}
			return
		}
	}
}

// deviceReader reads any TUN device as its interface allows.
type deviceReader struct {
	dev     tun.Device
	bufs    [][]byte
	sizes   []int
	packets []hostPacket
}

func newDeviceReader(dev tun.Device) *deviceReader {
	n := dev.BatchSize()
	r := &deviceReader{dev: dev, bufs: make([][]byte, n), sizes: make([]int, n)}
	for i := range r.bufs {
		r.bufs[i] = make([]byte, headroom+ipv4.MaxLength)
	}
	return r
}

func (r *deviceReader) read() ([]hostPacket, error) {
	n, err := r.dev.Read(r.bufs, r.sizes, headroom)
	r.packets = r.packets[:0]
	for i := range n {
		r.packets = append(r.packets, hostPacket{data: r.bufs[i][headroom : headroom+r.sizes[i]]})
	}
	return r.packets, err
}

// deviceWriter writes to any TUN device as its interface allows.
type deviceWriter struct{ dev tun.Device }

func (w deviceWriter) write(bufs [][]byte, offset int) (lost int) {
	n := len(bufs)
	if _, err := w.dev.Write(bufs, offset); err != nil {
		return n
	}
	return 0
}
